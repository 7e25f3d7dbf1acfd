"""Which event of a message is news of what."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.domain.decision import SkipReason
from shared.domain.identity import MessageId
from shared.domain.message import GO_EVENTS, Event, EventName, TooLate
from shared.domain.topics import NOT_WANTED_ANY_MORE, Topic, topics_of

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MESSAGE = MessageId.parse("riverside_2026112700_" + "a" * 26)
STATUS, FAILED = {Topic.MESSAGE_STATUS}, {Topic.MESSAGE_STATUS, Topic.MESSAGE_FAILED}

NEWS: dict[EventName, set[Topic]] = {
    EventName.CLAIMED: set(),
    EventName.CANCELLED: STATUS,
    EventName.DROPPED: FAILED,
    EventName.RESTORED: set(),
    EventName.HELD: set(),
    EventName.RESUMED: set(),
    EventName.ACCEPTED: {Topic.MESSAGE_SENT},
    EventName.REJECTED: set(),
    EventName.UNKNOWN: FAILED,
    EventName.SENT: STATUS,
    EventName.DELIVERED: STATUS,
    EventName.READ: STATUS,
    EventName.FAILED: FAILED,
    EventName.ASKED: set(),
    EventName.REROUTED: set(),
    EventName.TOLD: set(),
    EventName.ANSWERED: set(),
    EventName.OPTED_OUT: set(),  # told as what the person wrote or staff recorded, not as a note on a message
}


def event(name: EventName, attempt: int = 1, detail: str = "", owner: str = "") -> Event:
    return Event(MESSAGE, name, NOW, attempt, detail, owner=owner)


@pytest.mark.parametrize("name", EventName)
def test_every_event_is_news_of_what_it_should_be(name: EventName) -> None:
    assert set(topics_of(event(name))) == NEWS[name]


@pytest.mark.parametrize("reason", [*SkipReason, *TooLate])
def test_a_message_that_nobody_wants_sent_any_more_has_not_failed(reason: str) -> None:
    wanted = reason not in NOT_WANTED_ANY_MORE
    assert (Topic.MESSAGE_FAILED in topics_of(event(EventName.DROPPED, detail=reason))) is wanted
    assert Topic.MESSAGE_STATUS in topics_of(event(EventName.DROPPED, detail=reason))


@pytest.mark.parametrize(
    "reason", [SkipReason.OPTED_OUT, SkipReason.UNREACHABLE, TooLate.EXPIRED, SkipReason.NO_OPT_IN]
)
def test_one_that_could_not_go_has(reason: str) -> None:
    assert Topic.MESSAGE_FAILED in topics_of(event(EventName.DROPPED, detail=reason))


def test_only_events_that_exclude_each_other_share_a_key() -> None:
    events = [event(name, attempt, "d", "o") for name in EventName for attempt in (1, 2)]
    shared = {name for name in EventName if event(name).key == event(EventName.CLAIMED).key}
    assert shared == GO_EVENTS
    others = {(one.name, one.key) for one in events if one.name not in GO_EVENTS}
    assert len({key for _, key in others}) == len(others)
