"""The words by which answers are understood: `replies.json`, which a clinician and native speakers can check."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from shared.domain.reply import Lexicon, Meaning
from shared.domain.reply_text import Phrases, heard

_FILE = Path(__file__).with_name("replies.json")
type _Lists = Mapping[str, Mapping[str, Iterable[str]]]


@cache
def shipped_replies() -> Lexicon:
    """The shipped words, read at the first answer of a process. Raises ValueError where one answer has two meanings."""
    document = json.loads(_FILE.read_text("utf-8"))
    phrases = {group: list(_entries(lists)) for group, lists in document["phrases"].items()}
    return Lexicon(
        buttons={answer: Meaning(meaning) for answer, meaning in document["buttons"].items()},
        whole=_whole(document["whole"]),
        polite=frozenset(heard(word).words for word in phrases.pop("polite")),
        **{group: Phrases(entries) for group, entries in phrases.items()},
    )


def _whole(groups: _Lists) -> Mapping[str, Meaning]:
    found: dict[str, Meaning] = {}
    for name, lists in groups.items():
        for entry in _entries(lists):
            words, meaning = heard(entry).words, Meaning(name)
            if found.setdefault(words, meaning) is not meaning:
                raise ValueError(f"{entry!r} means {found[words]} and {meaning}")
    return found


def _entries(lists: Mapping[str, Iterable[str]]) -> Iterator[str]:
    for entries in lists.values():
        yield from entries
