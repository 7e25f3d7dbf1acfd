"""The seam: the same semantics in memory and on Azurite."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.errors import InvalidInput, RowChanged, RowExists, RowMissing, RowTooLarge
from shared.storage.opened import OpenStorage
from shared.storage.rows import Change, Row, Rows, Span, Value, Verb

TABLE = "messages"


@pytest.fixture
def rows(storage: OpenStorage) -> Rows:
    return storage.rows


def change(verb: Verb, key: str = "k", partition: str = "p", etag: str = "*", **columns: Any) -> Change:
    return Change(verb, Row(partition, key, columns), etag)


async def keys(rows: Rows, span: Span, top: int = 1000) -> list[tuple[str, str]]:
    found, resume = [], ""
    while True:
        page = await rows.query(TABLE, span, top=top, resume=resume)
        found += [(row.partition, row.key) for row in page.rows]
        if not (resume := page.resume):
            return found


async def test_a_row_comes_back_as_it_was_written(rows: Rows) -> None:
    columns: dict[str, Value] = {
        "text": "Ärztin 醫院 \"'\n",
        "number": -5,
        "flag": True,
        "off": False,
        "octets": bytes(range(256)),
    }
    etag = await rows.write(TABLE, Change(Verb.INSERT, Row("p", "k", columns)))
    assert await rows.get(TABLE, "p", "k") == Row("p", "k", columns, etag)
    assert etag


async def test_a_row_that_is_not_there_is_none(rows: Rows) -> None:
    assert await rows.get(TABLE, "p", "k") is None


async def test_a_second_insert_is_refused(rows: Rows) -> None:
    await rows.write(TABLE, change(Verb.INSERT, a="1"))
    with pytest.raises(RowExists):
        await rows.write(TABLE, change(Verb.INSERT, a="2"))


async def test_an_upsert_replaces_the_whole_row(rows: Rows) -> None:
    await rows.write(TABLE, change(Verb.UPSERT, a="1", b="1"))
    await rows.write(TABLE, change(Verb.UPSERT, a="2"))
    row = await rows.get(TABLE, "p", "k")
    assert row is not None
    assert row.columns == {"a": "2"}


async def test_a_merge_keeps_the_other_columns(rows: Rows) -> None:
    await rows.write(TABLE, change(Verb.INSERT, a="1", b="1"))
    await rows.write(TABLE, change(Verb.MERGE, a="2"))
    row = await rows.get(TABLE, "p", "k")
    assert row is not None
    assert row.columns == {"a": "2", "b": "1"}


@pytest.mark.parametrize("verb", [Verb.REPLACE, Verb.MERGE])
async def test_a_write_to_another_version_is_refused(rows: Rows, verb: Verb) -> None:
    old = await rows.write(TABLE, change(Verb.INSERT, a="1"))
    new = await rows.write(TABLE, change(verb, etag=old, a="2"))
    with pytest.raises(RowChanged):
        await rows.write(TABLE, change(verb, etag=old, a="3"))
    await rows.write(TABLE, change(verb, etag=new, a="4"))


async def test_deleting_what_is_not_there_is_no_error_alone_but_fails_a_batch(rows: Rows) -> None:
    await rows.write(TABLE, change(Verb.DELETE))
    with pytest.raises(RowMissing):
        await rows.apply(TABLE, [change(Verb.DELETE), Change(Verb.INSERT, Row("p", "other"))])


async def test_a_row_of_another_version_is_not_deleted(rows: Rows) -> None:
    old = await rows.write(TABLE, change(Verb.INSERT, a="1"))
    new = await rows.write(TABLE, change(Verb.UPSERT, a="2"))
    with pytest.raises(RowChanged):
        await rows.write(TABLE, change(Verb.DELETE, etag=old))
    with pytest.raises(RowChanged):
        await rows.apply(TABLE, [change(Verb.DELETE, etag=old), Change(Verb.INSERT, Row("p", "other"))])
    await rows.apply(TABLE, [change(Verb.DELETE, etag=new), Change(Verb.INSERT, Row("p", "other"))])
    assert await rows.get(TABLE, "p", "k") is None
    await rows.write(TABLE, change(Verb.DELETE, etag=new))


@pytest.mark.parametrize("verb", [Verb.REPLACE, Verb.MERGE])
async def test_there_must_be_a_row_to_change(rows: Rows, verb: Verb) -> None:
    with pytest.raises(RowMissing):
        await rows.write(TABLE, change(verb))


async def test_a_deleted_row_is_gone(rows: Rows) -> None:
    await rows.write(TABLE, change(Verb.INSERT))
    await rows.write(TABLE, change(Verb.DELETE))
    assert await rows.get(TABLE, "p", "k") is None


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (change(Verb.INSERT, "there"), RowExists),
        (change(Verb.DELETE, "missing"), RowMissing),
        (change(Verb.REPLACE, "there", etag='W/"stale"'), RowChanged),
    ],
)
async def test_a_batch_is_done_as_a_whole_or_not_at_all(rows: Rows, bad: Change, error: type[Exception]) -> None:
    await rows.write(TABLE, change(Verb.INSERT, "there"))
    with pytest.raises(error):
        await rows.apply(TABLE, [change(Verb.UPSERT, "new"), bad])
    assert await rows.get(TABLE, "p", "new") is None


async def test_a_batch_gives_the_new_versions(rows: Rows) -> None:
    changes = [change(Verb.UPSERT, f"k{i}", a=i) for i in range(100)]
    etags = await rows.apply(TABLE, changes)
    assert len(etags) == 100
    await rows.write(TABLE, change(Verb.REPLACE, "k7", etag=etags[7]))


async def test_a_batch_may_do_different_things(rows: Rows) -> None:
    await rows.apply(TABLE, [change(Verb.INSERT, "a"), change(Verb.INSERT, "b", x="1")])
    await rows.apply(TABLE, [change(Verb.DELETE, "a"), change(Verb.MERGE, "b", y="2"), change(Verb.UPSERT, "c")])
    assert await keys(rows, Span.within("p")) == [("p", "b"), ("p", "c")]


@pytest.mark.parametrize(
    "changes",
    [
        [change(Verb.UPSERT, "a"), change(Verb.UPSERT, "b", partition="q")],
        [change(Verb.UPSERT, "a"), change(Verb.DELETE, "a")],
        [],
    ],
)
async def test_what_is_no_batch_is_a_mistake(rows: Rows, changes: list[Change]) -> None:
    with pytest.raises(ValueError, match="a batch"):
        await rows.apply(TABLE, changes)


async def test_a_batch_of_101_is_refused(rows: Rows) -> None:
    with pytest.raises(RowTooLarge):
        await rows.apply(TABLE, [change(Verb.UPSERT, f"k{i}") for i in range(101)])


async def test_rows_come_in_ordinal_order_of_partition_and_key(rows: Rows) -> None:
    for key in ("9", "10", "a", "B", "_", "-", "~", "a_1", "a1"):
        for partition in ("q", "P", "p"):
            await rows.write(TABLE, change(Verb.INSERT, key, partition))
    found = await keys(rows, Span("P", "q"), top=4)
    assert found == sorted(found)
    assert len(found) == 27


async def test_a_span_has_its_bounds(rows: Rows) -> None:
    for partition in ("p0", "p1", "p2", "p3"):
        await rows.apply(TABLE, [change(Verb.INSERT, key, partition) for key in ("a", "b_1", "b_2", "c")])
    assert await keys(rows, Span("p1", "p2", "b", "c")) == [
        ("p1", "b_1"), ("p1", "b_2"), ("p2", "b_1"), ("p2", "b_2"),
    ]  # fmt: skip
    assert await keys(rows, Span.prefixed("p3", "b_")) == [("p3", "b_1"), ("p3", "b_2")]
    assert await keys(rows, Span("p0~", "p1")) == [("p1", key) for key in ("a", "b_1", "b_2", "c")]


async def test_a_span_can_ask_for_flagged_rows_and_few_columns(rows: Rows) -> None:
    await rows.write(TABLE, change(Verb.INSERT, "a", gone=True, x="1", y=b"2"))
    await rows.write(TABLE, change(Verb.INSERT, "b", gone=False, x="1"))
    await rows.write(TABLE, change(Verb.INSERT, "c", x="1"))
    page = await rows.query(TABLE, Span("p", "p", flag="gone"), select=("y", "z"))
    assert [(row.key, row.columns) for row in page.rows] == [("a", {"y": b"2"})]


async def test_a_page_has_a_thousand_rows_at_most(rows: Rows) -> None:
    for first in range(0, 1100, 100):
        await rows.apply(TABLE, [change(Verb.UPSERT, f"{i:05d}") for i in range(first, first + 100)])
    page = await rows.query(TABLE, Span.within("p"), top=5000)
    assert len(page.rows) == 1000
    rest = await rows.query(TABLE, Span.within("p"), top=5000, resume=page.resume)
    assert [row.key for row in rest.rows] == [f"{i:05d}" for i in range(1000, 1100)]
    assert rest.resume == ""


@pytest.mark.parametrize("key", ["", "a/b", "a\\b", "a#b", "a?b", "a\nb", "a b", "ä", "x" * 513, "a'b", "%2F"])
async def test_a_key_that_cannot_be_is_refused_before_it_travels(rows: Rows, key: str) -> None:
    with pytest.raises(InvalidInput):
        await rows.get(TABLE, "p", key)
    with pytest.raises(InvalidInput):
        await rows.write(TABLE, change(Verb.UPSERT, key))
    with pytest.raises(InvalidInput):
        await rows.apply(TABLE, [change(Verb.UPSERT, "k", partition=key or "/")])


async def test_every_character_that_keys_may_have_works(rows: Rows) -> None:
    key = "AZaz09._~:@=-"
    await rows.write(TABLE, change(Verb.INSERT, key, key, a="1"))
    assert (await rows.get(TABLE, key, key)) is not None
    await rows.apply(TABLE, [change(Verb.MERGE, key, key, a="2")])
    await rows.write(TABLE, change(Verb.DELETE, key, key))


async def test_of_fifty_inserts_at_once_one_wins(rows: Rows) -> None:
    tries = [rows.write(TABLE, change(Verb.INSERT, n=n)) for n in range(50)]
    came = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, str) for one in came) == 1
    assert sum(isinstance(one, RowExists) for one in came) == 49


async def test_tables_can_be_made_again(storage: OpenStorage) -> None:
    await storage.create_tables()


async def test_a_blob_comes_back_until_it_is_deleted(storage: OpenStorage) -> None:
    content = bytes(range(256)) * 12_000
    assert await storage.blobs.get("callbacks", "a/b") is None
    await storage.blobs.put("callbacks", "a/b", content)
    assert await storage.blobs.get("callbacks", "a/b") == content
    await storage.blobs.delete("callbacks", "a/b")
    await storage.blobs.delete("callbacks", "a/b")
    assert await storage.blobs.get("callbacks", "a/b") is None


async def test_blobs_are_listed_in_pages_and_replaced_only_in_the_version_that_was_read(storage: OpenStorage) -> None:
    blobs = storage.blobs
    for name in ("a/3", "a/1", "a/2"):
        await blobs.put("callbacks", name, name.encode())
    first = await blobs.names("callbacks", top=2)
    rest = await blobs.names("callbacks", top=2, resume=first.resume)
    assert (list(first.names), list(rest.names), rest.resume) == (["a/1", "a/2"], ["a/3"], "")
    read = await blobs.read("callbacks", "a/1")
    assert read is not None
    await blobs.replace("callbacks", "a/1", b"second", read.etag)
    with pytest.raises(RowChanged):
        await blobs.replace("callbacks", "a/1", b"third", read.etag)
    assert await blobs.get("callbacks", "a/1") == b"second"
    again = await blobs.read("callbacks", "a/1")
    await blobs.delete("callbacks", "a/1")
    assert await blobs.read("callbacks", "a/1") is None
    with pytest.raises(RowChanged):
        await blobs.replace("callbacks", "a/1", b"back again", again.etag if again else "")
    assert await blobs.get("callbacks", "a/1") is None


async def test_rows_of_a_query_have_their_version_also_where_few_columns_are_asked_for(rows: Rows) -> None:
    await rows.write(TABLE, change(Verb.INSERT, text="first", other="kept"))
    [row] = (await rows.query(TABLE, Span.within("p"), select=["text"])).rows
    await rows.write(TABLE, change(Verb.MERGE, etag=row.etag, text="second"))
    with pytest.raises(RowChanged):
        await rows.write(TABLE, change(Verb.MERGE, etag=row.etag, text="third"))
    [row] = (await rows.query(TABLE, Span.within("p"))).rows
    assert row.columns == {"text": "second", "other": "kept"}
