"""Which language a patient reads, of those that are offered. Tags are BCP 47; case and `_` for `-` do not matter."""

from collections.abc import Sequence

_SCRIPTS = {  # how Chinese is written where (CLDR likely subtags); plain `zh` says nothing of the script
    "zh-hk": "zh-hant", "zh-mo": "zh-hant", "zh-tw": "zh-hant", "yue": "zh-hant",
    "zh-cn": "zh-hans", "zh-sg": "zh-hans", "zh-my": "zh-hans",
}  # fmt: skip
_ALIASES = {"cmn": "zh", "yue-hant": "zh-hant", "yue-hans": "zh-hans", "yue-hk": "zh-hant", "yue-cn": "zh-hans"}


def best_language(wanted: Sequence[str], offered: Sequence[str]) -> str | None:
    """The language of `offered` that suits `wanted` (best first); None if none does.

    Per wanted language: the tag itself, then shorter and shorter forms of it (`en-GB` -> `en`), then another form of
    the same language (`en` -> `en-IN`; traditional Chinese where only simplified is offered): readable at a pinch.
    """
    by_tag = {_tag(o): o for o in reversed(offered)}
    for tag in map(_tag, wanted):
        found = next((by_tag[form] for form in _forms(tag) if form in by_tag), None)
        found = found or next((o for o in offered if _primary(_tag(o)) == _primary(tag)), None)
        if found:
            return found
    return None


def _tag(tag: str) -> str:
    lower = tag.strip().replace("_", "-").lower()
    return _ALIASES.get(lower) or _ALIASES.get(_primary(lower), _primary(lower)) + lower[len(_primary(lower)) :]


def _primary(tag: str) -> str:
    return tag.split("-", 1)[0]


def _forms(tag: str) -> list[str]:
    parts = tag.split("-")
    forms = ["-".join(parts[:n]) for n in range(len(parts), 0, -1)]
    return [written for form in forms for written in (form, _SCRIPTS.get(form, form))]
