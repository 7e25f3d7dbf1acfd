"""An insert whose answer is the truth, even when its first answer was lost on the way."""

import secrets
from dataclasses import replace

from shared.errors import RowExists
from shared.storage.rows import Change, Row, Rows, Verb

_WRITER = "writer"


async def insert_once(rows: Rows, table: str, row: Row) -> bool:
    """Inserts a row; False: it was there already.

    A request that is repeated after a lost answer finds its own row and is told that it exists (azure-sdk-for-python
    PR 17810), so each insert carries a word of its own by which it knows its row again.
    """
    writer = secrets.token_hex(8)
    try:
        await rows.write(table, Change(Verb.INSERT, replace(row, columns={**row.columns, _WRITER: writer})))
    except RowExists:
        there = await rows.get(table, row.partition, row.key)
        return there is not None and there.columns.get(_WRITER) == writer
    return True
