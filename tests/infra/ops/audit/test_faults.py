"""An account that throttles, times out and breaks off: asked again within limits, and never taken for whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import responses

from infra.ops.audit import shapes
from infra.ops.audit.asking import NotReadError, Patience
from infra.ops.audit.audit import Audit
from infra.ops.audit.findings import Findings
from infra.ops.audit.reading import AccountReader
from tests.infra.ops.audit.faults import CUT_OFF, LOST, TIMED_OUT
from tests.infra.ops.audit.reader import QUEUES, MemoryQueues

TABLE = "https://made.table.core.example"
BLOB = "https://made.blob.core.example"
CONNECTION = f"AccountName=made;AccountKey=bWFkZQ==;TableEndpoint={TABLE};BlobEndpoint={BLOB}"
DIGEST = "a" * 26
ORPHAN = {"PartitionKey": "s" * 26, "RowKey": f"e_{DIGEST}", "clinic": "riverside"}
NO_BLOBS = "<EnumerationResults><Blobs/><NextMarker/></EnumerationResults>"


@pytest.fixture
def reader(waits: list[float]) -> Iterator[AccountReader]:
    made = AccountReader(CONNECTION, patience=Patience(tries=4, first_wait_s=1, longest_wait_s=10, wait=waits.append))
    yield made
    made.close()


def a_row(key: str) -> dict[str, str]:
    return {"PartitionKey": "riverside", "RowKey": key, "Timestamp": "2020-01-01T00:00:00.0Z"}


def page(*rows: dict[str, str], more: str = "") -> dict[str, Any]:
    headers = {"x-ms-continuation-NextPartitionKey": "riverside", "x-ms-continuation-NextRowKey": more}
    return {"json": {"value": list(rows)}, "headers": headers if more else {}}


THROTTLED: dict[str, Any] = {
    "status": 503,
    "json": {"odata.error": {"code": "ServerBusy", "message": {"value": "busy"}}},
}
TORN: dict[str, Any] = {"body": '{"value": [{"PartitionKey": "riv', "headers": {"Content-Type": "application/json"}}


def answers(account: responses.RequestsMock, table: str, *said: dict[str, Any]) -> None:
    """In this order; the last one for ever."""
    for one in said:
        account.get(f"{TABLE}/{table}()", **one)


@pytest.mark.parametrize("fault", [THROTTLED, TIMED_OUT, CUT_OFF, LOST, TORN], ids=lambda f: str(f)[:30])
def test_what_fails_twice_is_asked_a_third_time(
    account: responses.RequestsMock, reader: AccountReader, waits: list[float], fault: dict[str, Any]
) -> None:
    answers(account, "marks", fault, fault, page(a_row("20261001")))
    assert [row["RowKey"] for row in reader.rows("marks")] == ["20261001"]
    assert (waits, reader.repeated) == ([1, 2], 2)


@pytest.mark.parametrize("fault", [THROTTLED, TIMED_OUT, CUT_OFF, LOST, TORN], ids=lambda f: str(f)[:30])
def test_in_the_middle_of_a_list_it_goes_on_where_it_was(
    account: responses.RequestsMock, reader: AccountReader, fault: dict[str, Any]
) -> None:
    answers(account, "marks", page(a_row("20261001"), more="20261002"), fault, page(a_row("20261002")))
    assert [row["RowKey"] for row in reader.rows("marks")] == ["20261001", "20261002"]
    resumed = [call.request.url for call in account.calls if "NextRowKey=20261002" in str(call.request.url)]
    assert len(resumed) == 2


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (THROTTLED, "the account answers 503 (ServerBusy), tried 4 times"),
        (TIMED_OUT, "the account does not answer, or its answer breaks off, tried 4 times"),
        (TORN, "the account does not answer, or its answer breaks off, tried 4 times"),
    ],
    ids=["throttled", "timed out", "torn"],
)
def test_it_gives_up_after_some_tries_and_says_why(
    account: responses.RequestsMock, reader: AccountReader, waits: list[float], fault: dict[str, Any], said: str
) -> None:
    answers(account, "marks", page(a_row("20261001"), more="20261002"), fault)
    read = reader.rows("marks")
    assert next(read)["RowKey"] == "20261001"
    with pytest.raises(NotReadError, match="^" + said.replace("(", r"\(").replace(")", r"\)") + "$"):
        next(read)
    assert waits == [1, 2, 4]


def test_it_waits_as_long_as_the_account_asks_but_not_for_an_hour(
    account: responses.RequestsMock, reader: AccountReader, waits: list[float]
) -> None:
    answers(account, "marks", {**THROTTLED, "headers": {"Retry-After": "7"}}, page())
    assert list(reader.rows("marks")) == []
    assert waits == [7]
    answers(account, "due", {**THROTTLED, "headers": {"Retry-After": "3600"}})
    with pytest.raises(NotReadError, match="asks to wait 3600 s"):
        list(reader.rows("due"))
    assert waits == [7]


@pytest.mark.parametrize(("status", "code"), [(403, "AuthorizationFailure"), (404, "TableNotFound")])
def test_a_refusal_is_not_asked_again(
    account: responses.RequestsMock, reader: AccountReader, waits: list[float], status: int, code: str
) -> None:
    body = {"odata.error": {"code": code, "message": {"value": "no"}}}
    answers(account, "marks", {"status": status, "json": body})
    with pytest.raises(NotReadError, match=f"{status} .{code}"):
        list(reader.rows("marks"))
    assert waits == []


def audited(reader: AccountReader, now: datetime = datetime(2026, 11, 20, tzinfo=UTC)) -> Findings:
    from infra.ops.audit.scope import Scope

    return Audit(reader, MemoryQueues(), QUEUES, Scope(now), {"k1": b"k" * 32}).run()


def everything_but(account: responses.RequestsMock, *tables: str) -> None:
    for table in shapes.TABLES:
        if table not in tables:
            answers(account, table, page())
    account.get(f"{BLOB}/callbacks", body=NO_BLOBS, content_type="application/xml")


def test_half_a_table_makes_no_orphans(account: responses.RequestsMock, reader: AccountReader) -> None:
    """The subscriptions are gone in the middle: what would be told to them is not judged, and all of that is said."""
    everything_but(account, "subscriptions", "outbox")
    answers(account, "outbox", page({**ORPHAN, "Timestamp": "2020-01-01T00:00:00.0Z"}))
    first = {"PartitionKey": "subscription", "RowKey": "r" * 26, "Timestamp": "2020-01-01T00:00:00.0Z"}
    answers(account, "subscriptions", page(first, more="x"), THROTTLED)
    found = audited(reader)
    assert not found.whole
    assert list(found.not_read) == ["table subscriptions"]
    assert list(found.not_checked) == ["outbox_without_subscription"]
    assert found.counts.keys() == {"sealed_missing"}  # of what was read of the subscriptions all the same


def test_the_same_whole_is_an_orphan(account: responses.RequestsMock, reader: AccountReader) -> None:
    everything_but(account, "outbox")
    answers(account, "outbox", page({**ORPHAN, "Timestamp": "2020-01-01T00:00:00.0Z"}))
    found = audited(reader)
    assert (dict(found.counts), found.whole) == ({"outbox_without_subscription": 1}, True)


def test_blobs_that_cannot_be_read_are_said(account: responses.RequestsMock, reader: AccountReader) -> None:
    for table in shapes.TABLES:
        answers(account, table, page())
    name = f"20261001/0/090000/whatsapp/default/{'0' * 32}"
    facts = "<Content-Length>9</Content-Length><BlobType>BlockBlob</BlobType>"
    blob = f"<Blobs><Blob><Name>{name}</Name><Properties>{facts}</Properties></Blob></Blobs>"
    listed = NO_BLOBS.replace("<Blobs/>", blob)
    account.get(f"{BLOB}/callbacks", body=listed, content_type="application/xml")
    account.get(f"{BLOB}/callbacks/{name}", **LOST)
    found = audited(reader)
    assert list(found.not_read) == ["container callbacks"]
    assert "tried 4 times" in found.not_read["container callbacks"]
    assert json.dumps(found.not_read).find("example") == -1
