"""The first look at a whole file: can it be read to the end, and which appointments stand in it more than once?

Reading twice keeps memory flat (16 bytes a row), and finds a wrong encoding on the last line before the first message.
"""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from shared.sources.extract.header import Header
from shared.sources.extract.rows import RowReader
from shared.sources.extract.table import Row


@dataclass(frozen=True, slots=True)
class Survey:
    """What the second look needs to know. Ids are held as hashes (64 bit, of this process)."""

    rows: int
    repeated: frozenset[int]  # in several rows that agree
    contradicted: frozenset[int]  # in several rows that do not: nobody can say which holds


def survey(rows: Iterable[Row], header: Header, reader: RowReader, pad: bool) -> Survey:
    """Raises SourceRefused where the file cannot be read to its end."""
    ids, contents = array("q"), array("q")
    count = 0
    for _, cells in rows:
        count += 1
        whole = header.whole(cells, pad)
        if whole and (appointment_id := reader.id_of(whole)):
            ids.append(hash(appointment_id))
            contents.append(hash(reader.content(whole)))
    repeated = _repeated(ids)
    first: dict[int, int] = {}
    contradicted = {
        key
        for key, content in zip(ids, contents, strict=True)
        if key in repeated and first.setdefault(key, content) != content
    }
    return Survey(count, frozenset(repeated - contradicted), frozenset(contradicted))


def _repeated(keys: "array[int]") -> set[int]:
    return {key for key, following in pairwise(sorted(keys)) if key == following}
