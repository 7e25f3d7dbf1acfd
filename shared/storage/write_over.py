"""One row that depends on what stands there: read, decided, and written only where nobody has changed it meanwhile."""

from collections.abc import Callable

from shared.errors import Conflict, RowChanged, RowExists, RowMissing
from shared.storage.rows import Change, Row, Rows, Verb

_MOST_TRIES = 5  # each lost try means that somebody else changed it

type Decide = Callable[[Row | None], Row | None]
"""What is to stand, by what stands there; None: that stays."""


async def write_over(rows: Rows, table: str, partition: str, key: str, decide: Decide) -> bool:
    """Whether something was written. Raises Conflict where others change it all the time: then come again."""
    for _ in range(_MOST_TRIES):
        there = await rows.get(table, partition, key)
        wanted = decide(there)
        if wanted is None:
            return False
        verb, version = (Verb.INSERT, "") if there is None else (Verb.REPLACE, there.etag)
        try:
            await rows.write(table, Change(verb, wanted, version))
        except (RowExists, RowChanged, RowMissing):
            continue
        return True
    raise Conflict("Somebody else is changing the same thing. Try again.")
