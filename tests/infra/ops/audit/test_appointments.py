"""The auditor's own figures of a day agree with the domain's, whatever was decided, sent and answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.ops.audit.appointments import ANSWERS, IN_TIME, NO_WAY, Figures
from infra.ops.audit.findings import Findings
from infra.ops.audit.messages import ROWS, Ledger, take
from infra.ops.audit.recount import COUNTED
from infra.ops.audit.scope import Scope
from shared.domain import decision, tally
from shared.domain.decision import SkipReason
from shared.domain.identity import MessageId
from shared.domain.message import Event, EventName, Kind, RequestStatus
from shared.domain.tally import PLAIN, DayFold, Figure, TalliedDecision, TalliedMessage

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
APPOINTMENTS = [letter * 26 for letter in "ab"]
DIGESTS = [letter * 26 for letter in "defgh"]
CHANNELS = st.sampled_from(["whatsapp", "wechat"])
INSTANTS = st.sampled_from([-60, -48, -47, -1, 0, 1, 2, 48]).map(lambda hours: NOW + timedelta(hours=hours))
REASONS = st.none() | st.sampled_from(
    [SkipReason.MOVED, SkipReason.NOT_IN_LIST, SkipReason.NO_OPT_IN, SkipReason.HIDDEN]
)
DECISIONS = st.dictionaries(
    st.tuples(st.sampled_from(APPOINTMENTS), st.sampled_from(["d1", "d2"])),
    st.tuples(REASONS, CHANNELS, st.sampled_from(DIGESTS)),
)
EVENTS = st.sampled_from([*[EventName.ANSWERED, EventName.ACCEPTED, EventName.DELIVERED] * 3, *EventName])
"""Those on which an appointment's figures depend, the more often."""


@st.composite
def messages(draw: Any) -> Mapping[str, TalliedMessage]:
    found = {}
    for digest in draw(st.sets(st.sampled_from(DIGESTS), min_size=1)):
        one, events = MessageId("riverside", NOW.date(), 0, digest), {}
        for name in draw(st.lists(EVENTS, max_size=6)):
            said = draw(st.sampled_from(RequestStatus)) if name is EventName.ANSWERED else ""
            event = Event(one, name, draw(INSTANTS), draw(st.integers(1, 2)), said, owner=draw(st.sampled_from("xy")))
            events[event.key] = event
        found[digest] = TalliedMessage(
            digest=digest,
            kind=draw(st.sampled_from([Kind.REMINDER, Kind.REMINDER, Kind.RAW])),
            channel=draw(CHANNELS),
            language=draw(st.sampled_from(["en", "zh-hans"])),
            template="template",
            scheduled_for=draw(INSTANTS),
            appointment_key=draw(st.sampled_from([*APPOINTMENTS, *APPOINTMENTS, ""])),
            starts_at=draw(st.none() | INSTANTS),
            stands_in=draw(st.booleans()),
            events=tuple(events.values()),
        )
    return found


def rows_of(decisions: Mapping[Any, Any], found: Mapping[str, TalliedMessage]) -> list[dict[str, Any]]:
    """As they stand in the table."""
    partition = f"riverside_{NOW:%Y%m%d}00"
    rows = [
        {"RowKey": f"d_{key}_{step}", **({"reason": reason.value} if reason else _planned(partition, channel, message))}
        for (key, step), (reason, channel, message) in decisions.items()
    ]
    for one in found.values():
        facts = {
            "kind": one.kind.value, "channel": one.channel, "language": one.language, "template": one.template,
            "scheduled_for": one.scheduled_for.isoformat(), "created_at": NOW.isoformat(),
            "appointment_key": one.appointment_key, "instead_of": "x" if one.stands_in else None,
            "starts_at": one.starts_at.isoformat() if one.starts_at else None,
        }  # fmt: skip
        rows.append({"RowKey": f"m_{one.digest}", **facts})
        for event in one.events:
            columns = {"event": event.name.value, "at": event.at.isoformat(), "attempt": event.attempt}
            rows.append(
                {"RowKey": f"m_{one.digest}_{event.key}", **columns, "detail": event.detail, "owner": event.owner}
            )
    return [{"PartitionKey": partition, **row} for row in sorted(rows, key=lambda row: str(row["RowKey"]))]


def _planned(partition: str, channel: str, message: str) -> dict[str, str]:
    return {"channel": channel, "message": f"{partition}_{message}"}


def never(_day: object, _figures: object) -> bool:
    return False


@settings(max_examples=300)
@given(DECISIONS, messages())
def test_the_figures_are_the_domains(decisions: Mapping[Any, Any], found: Mapping[str, TalliedMessage]) -> None:
    fold = DayFold()
    for (key, _), (reason, channel, message) in decisions.items():
        fold.take(TalliedDecision(key, reason=reason) if reason else TalliedDecision(key, channel, None, message))
    for one in found.values():
        fold.take(one)
    expected: Figures = Counter({ROWS: fold.rows})
    for cell, figures in fold.cells().items():
        for name, count in zip(PLAIN, figures.plain, strict=True):
            if name is not Figure.TEMPLATE:
                expected[*cell, name.value] += count
    ledger, findings = Ledger(), Findings()
    take(iter(rows_of(decisions, found)), ledger, Scope(NOW), findings, never)
    assert +ledger.days.get(("riverside", f"{NOW:%Y%m%d}"), Counter()) == +expected


def test_the_lists_of_the_auditor_are_those_of_the_domain() -> None:
    assert {reason.value for reason in decision.NO_WAY} == NO_WAY
    assert {status.value for status in RequestStatus} == set(ANSWERS)
    assert tally.IN_TIME == IN_TIME
    assert {figure.value for figure in Figure if figure is not Figure.TEMPLATE} == COUNTED


def test_an_answer_that_is_none_makes_a_strange_row() -> None:
    key = APPOINTMENTS[0]
    one = MessageId("riverside", NOW.date(), 0, DIGESTS[0])
    answer = Event(one, EventName.ANSWERED, NOW, 1, RequestStatus.CONFIRMED_ATTENDANCE)
    message = TalliedMessage(one.digest, Kind.REMINDER, "wechat", "en", "", NOW, key, NOW, False, (answer,))
    facts, event = rows_of({}, {one.digest: message})
    findings = Findings()
    take(iter([facts, {**event, "detail": "perhaps"}]), Ledger(), Scope(NOW), findings, never)
    assert dict(findings.counts) == {"strange_row": 1}
