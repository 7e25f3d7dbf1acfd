"""Queues that throttle, time out and break off: asked again within limits, and the rest of the audit stands."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import responses

from infra.ops.audit.asking import NotReadError, Patience
from infra.ops.audit.audit import Audit
from infra.ops.audit.findings import Findings
from infra.ops.audit.queue_reading import QueueReader
from infra.ops.audit.scope import Scope
from infra.ops.queue_account import NOT_NAMED
from tests.infra.ops.audit.faults import CUT_OFF, LOST, TIMED_OUT
from tests.infra.ops.audit.reader import QUEUES, MemoryReader

ACCOUNT = "https://made.queue.core.example"
CONNECTION = f"AccountName=made;AccountKey=bWFkZQ==;QueueEndpoint={ACCOUNT}"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
BUSY = '<?xml version="1.0" encoding="utf-8"?><Error><Code>ServerBusy</Code><Message>busy</Message></Error>'


def peeked(text: str, at: str = "Thu, 19 Nov 2026 23:50:00 GMT") -> str:
    content = b64encode(text.encode()).decode()
    job = (
        f"<MessageId>job-1</MessageId><InsertionTime>{at}</InsertionTime><ExpirationTime>{at}</ExpirationTime>"
        f"<DequeueCount>0</DequeueCount><MessageText>{content}</MessageText>"
    )
    return f"<QueueMessagesList><QueueMessage>{job}</QueueMessage></QueueMessagesList>"


EMPTY = "<QueueMessagesList/>"
TELLS = '{"subscription": "s", "event": "e"}'
THROTTLED: dict[str, Any] = {"status": 503, "body": BUSY, "headers": {"x-ms-error-code": "ServerBusy"}}
TORN: dict[str, Any] = {"body": peeked(TELLS)[:90]}
FAULTS = [THROTTLED, TIMED_OUT, CUT_OFF, LOST, TORN]
NAMES = ["throttled", "timed out", "cut off", "lost", "torn"]


@pytest.fixture
def reader(waits: list[float]) -> Iterator[QueueReader]:
    made = QueueReader(CONNECTION, patience=Patience(tries=4, first_wait_s=1, longest_wait_s=10, wait=waits.append))
    yield made
    made.close()


def peeks(account: responses.RequestsMock, queue: str, *said: dict[str, Any]) -> None:
    """In this order; the last one for ever."""
    for one in said:
        account.get(f"{ACCOUNT}/{queue}/messages", **{"content_type": "application/xml", **one})


def counts(account: responses.RequestsMock, queue: str, count: int) -> None:
    account.get(f"{ACCOUNT}/{queue}", headers={"x-ms-approximate-messages-count": str(count)})


@pytest.mark.parametrize("fault", FAULTS, ids=NAMES)
def test_what_fails_twice_is_asked_a_third_time(
    account: responses.RequestsMock, reader: QueueReader, waits: list[float], fault: dict[str, Any]
) -> None:
    peeks(account, "events", fault, fault, {"body": peeked(TELLS)})
    [job] = reader.peeked("events")
    assert (job.id, job.inserted_at) == ("job-1", datetime(2026, 11, 19, 23, 50, tzinfo=UTC))
    assert (waits, reader.repeated) == ([1, 2], 2)


def test_it_peeks_and_takes_nothing(account: responses.RequestsMock, reader: QueueReader) -> None:
    counts(account, "events", 1)
    peeks(account, "events", {"body": peeked(TELLS)})
    assert (reader.length("events"), len(reader.peeked("events"))) == (1, 1)
    asked = [(call.request.method, str(call.request.url)) for call in account.calls]
    assert {method for method, _ in asked} == {"GET"}
    assert [("peekonly=true" in url, "numofmessages=32" in url) for _, url in asked if "/messages" in url] == [
        (True, True)
    ]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (THROTTLED, "the account answers 503 (ServerBusy), tried 4 times"),
        (TIMED_OUT, "the account does not answer, or its answer breaks off, tried 4 times"),
        (LOST, "the account does not answer, or its answer breaks off, tried 4 times"),
        (TORN, "the account does not answer, or its answer breaks off, tried 4 times"),
    ],
    ids=["throttled", "timed out", "lost", "torn"],
)
def test_it_gives_up_after_some_tries_and_says_why(
    account: responses.RequestsMock, reader: QueueReader, waits: list[float], fault: dict[str, Any], said: str
) -> None:
    peeks(account, "events", fault)
    with pytest.raises(NotReadError) as given_up:
        reader.peeked("events")
    assert (str(given_up.value), waits) == (said, [1, 2, 4])


def test_it_waits_as_long_as_the_account_asks(
    account: responses.RequestsMock, reader: QueueReader, waits: list[float]
) -> None:
    peeks(account, "events", {**THROTTLED, "headers": {"Retry-After": "7"}}, {"body": EMPTY})
    assert reader.peeked("events") == []
    assert waits == [7]


def test_a_queue_that_was_never_needed_is_empty(account: responses.RequestsMock, reader: QueueReader) -> None:
    gone = {"status": 404, "headers": {"x-ms-error-code": "QueueNotFound"}}
    account.get(f"{ACCOUNT}/events", **gone)
    peeks(account, "events", gone)
    assert (reader.length("events"), reader.peeked("events")) == (0, [])


def audited(reader: QueueReader) -> Findings:
    return Audit(MemoryReader(), reader, QUEUES, Scope(NOW), {"k1": b"k" * 32}).run()


def everything_but(account: responses.RequestsMock, *queues: str) -> None:
    for name in QUEUES.values():
        for queue in (name, f"{name}-poison"):
            if queue not in queues:
                counts(account, queue, 0)
                peeks(account, queue, {"body": EMPTY})


def test_jobs_are_judged_as_they_come_over_the_wire(account: responses.RequestsMock, reader: QueueReader) -> None:
    everything_but(account, "events")
    counts(account, "events", 1)
    peeks(account, "events", {"body": peeked("call +447700900123")})
    found = audited(reader)
    assert (dict(found.counts), found.whole, found.jobs["events"]) == ({"job_with_patient_data": 1}, True, 1)


def test_queues_that_break_off_in_the_middle_are_said_and_the_rest_stands(
    account: responses.RequestsMock, reader: QueueReader
) -> None:
    everything_but(account, "checks")
    counts(account, "checks", 3)
    peeks(account, "checks", LOST)
    found = audited(reader)
    assert list(found.not_read) == ["queues"]
    assert found.not_read["queues"].startswith("checks: the account does not answer")
    assert (dict(found.counts), "table messages" in found.not_read) == ({}, False)
    assert not any("/callbacks" in str(call.request.url) for call in account.calls)  # nor asked for in vain


def test_what_was_doubted_is_not_told_where_the_second_look_fails(
    account: responses.RequestsMock, reader: QueueReader
) -> None:
    everything_but(account, "events")
    counts(account, "events", 1)
    peeks(account, "events", {"body": peeked(TELLS, "Thu, 19 Nov 2026 23:30:00 GMT")}, THROTTLED)
    found = audited(reader)
    assert (dict(found.counts), list(found.not_read)) == ({}, ["second look"])


def test_a_refusal_is_not_asked_again(account: responses.RequestsMock, reader: QueueReader, waits: list[float]) -> None:
    account.get(f"{ACCOUNT}/plans", status=403, headers={"x-ms-error-code": "AuthorizationPermissionMismatch"})
    found = audited(reader)
    assert found.not_read == {"queues": "plans: the account answers 403 (AuthorizationPermissionMismatch)"}
    assert waits == []


def test_an_account_that_nobody_named_is_said() -> None:
    assert audited(QueueReader(unnamed=NOT_NAMED)).not_read == {"queues": f"plans: {NOT_NAMED}"}
