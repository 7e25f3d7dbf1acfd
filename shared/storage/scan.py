"""Reading spans of rows: all of them, or one page for a list."""

from collections.abc import AsyncIterator, Sequence

from shared.storage.rows import PAGE_ROWS, Row, RowPage, Rows, Span

MOST_REQUESTS = 10  # for one page of a list: then it is handed out short, with a cursor


async def every_row(rows: Rows, table: str, span: Span, select: Sequence[str] = ()) -> AsyncIterator[Row]:
    """All rows of a span, one page of the store after the other."""
    resume = ""
    while True:
        page = await rows.query(table, span, select=select, resume=resume)
        for row in page.rows:
            yield row
        if not page.resume:
            return
        resume = page.resume


async def one_page(rows: Rows, table: str, span: Span, top: int, resume: str, select: Sequence[str] = ()) -> RowPage:
    """`top` rows from where `resume` says. The store may answer short and still have more: it is asked again."""
    found: list[Row] = []
    for _ in range(MOST_REQUESTS):
        page = await rows.query(table, span, select=select, top=min(top - len(found), PAGE_ROWS), resume=resume)
        found.extend(page.rows)
        resume = page.resume
        if not resume or len(found) >= top:
            break
    return RowPage(found, resume)
