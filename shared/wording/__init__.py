"""The fixed words of every language, as files that a clinician and a translator can read and check.

One file per language (`en.json`), `reasons.json` for staff, and `replies.json` by which answers are understood. All are
drafts until the people named in their header have signed them off. A new language is one new file, and its entries in
`reasons.json` and `replies.json`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from shared.domain.language import best_language

_HERE = Path(__file__).parent
_REASONS = "reasons"
_NO_LANGUAGES = (_REASONS, "replies")  # what stands beside the languages


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means and what staff should do, in words for a nurse; `to_do` is empty where that is nothing."""

    meaning: str
    to_do: str

    @property
    def text(self) -> str:
        """Both, as one paragraph."""
        return " ".join(part for part in (self.meaning, self.to_do) if part)


class Wording:
    """Dates, times, phrases and explanations by language. Implements `shared.domain.compose.Wording`."""

    def __init__(self, languages: Mapping[str, Mapping[str, Any]], reasons: Mapping[str, Mapping[str, Any]]) -> None:
        self._languages = languages
        self._reasons = reasons
        self._day = lru_cache(maxsize=512)(self._format_day)  # a run names the same few days thousands of times

    @staticmethod
    def load() -> "Wording":
        """The shipped words, read once per process."""
        return _load()

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(sorted(self._languages))

    def resolve(self, wanted: Sequence[str], default: str) -> str:
        """The shipped language that suits `wanted` (BCP 47, best first): `en-GB` is en, `zh-TW` is zh-Hant."""
        return best_language(wanted, self.languages) or best_language([default], self.languages) or "en"

    def day(self, day: date, language: str) -> str:
        """`Monday 6 August 2018`. Raises KeyError for a language that is not shipped."""
        return self._day(day, language)

    def hour(self, hour: time, language: str) -> str:
        """`5pm`, `5:30pm`, `midday`; seconds are left out. Raises KeyError for a language that is not shipped."""
        form = self._languages[language]["time"]
        clock = f"{hour:%H:%M}"
        exact: str | None = form["exact"].get(clock)
        if exact is not None:
            return exact
        period = form["periods"][max(start for start in form["periods"] if start <= clock)]
        pattern: str = form["with_minutes"] if hour.minute else form["full_hour"]
        return pattern.format(hour=hour.hour % 12 or 12, minute=f"{hour:%M}", period=period)

    def phrase(self, name: str, language: str) -> str:
        """A fixed phrase. Raises KeyError for a name or language that is not there."""
        text: str = self._languages[language]["phrases"][name]
        return text

    def page(self, name: str, language: str) -> str:
        """Words of the patient's page. Raises KeyError for a name or language that is not there."""
        text: str = self._languages[language]["page"][name]
        return text

    def preview(self, name: str, language: str, values: Mapping[str, str]) -> str:
        """The phrase `name` with `values` in it, for people to look at; a channel sends its own template."""
        return self.phrase(name, language).format_map(values)

    def explain(self, kind: str, code: str, language: str) -> Explanation:
        """What a code (`kind`: skip_reason, plan_note, state) means. Raises KeyError for what `reasons.json` lacks."""
        meaning, *to_do = self._reasons[kind][code][language]
        return Explanation(meaning, to_do[0] if to_do else "")

    def explained(self, kinds: Iterable[str], code: str, language: str) -> Explanation | None:
        """By the first of the kinds that has the code; None: nobody has put it into words."""
        return next((self.explain(kind, code, language) for kind in kinds if code in self._reasons[kind]), None)

    def _format_day(self, day: date, language: str) -> str:
        from babel.dates import format_date  # 0.1 s of import that callbacks must not pay

        form = self._languages[language]["date"]
        return str(format_date(day, form["pattern"], locale=form["locale"]))


@cache
def _load() -> Wording:
    languages = {path.stem: path for path in sorted(_HERE.glob("*.json")) if path.stem not in _NO_LANGUAGES}
    documents = {language: json.loads(path.read_text("utf-8")) for language, path in languages.items()}
    reasons = json.loads((_HERE / f"{_REASONS}.json").read_text("utf-8"))
    return Wording(documents, reasons["texts"])
