"""The state of a message is the fold of its events, in any order and however often they come (promise 1, house.md)."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.identity import MessageId
from shared.domain.message import Event, EventName, State, fold

ID = MessageId("northgate", date(2026, 11, 26), 0, "a" * 26)
DUE = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def event(name: str, minute: int = 0, attempt: int = 1, detail: str = "", provider_id: str = "") -> Event:
    return Event(ID, EventName(name), DUE + timedelta(minutes=minute), attempt, detail, provider_id)


def story(*names: str) -> list[Event]:
    """`claimed`, `claimed 2` (attempt 2) …, a minute apart."""
    parts = [name.split() for name in names]
    return [event(part[0], minute, int(part[1]) if len(part) > 1 else 1) for minute, part in enumerate(parts)]


STORIES = [
    ([], State.SCHEDULED),
    (["claimed"], State.SENDING),
    (["claimed", "accepted"], State.ACCEPTED),
    (["claimed", "accepted", "sent"], State.SENT),
    (["claimed", "accepted", "sent", "delivered"], State.DELIVERED),
    (["claimed", "accepted", "sent", "delivered", "read"], State.READ),
    (["claimed", "read"], State.READ),  # the receipt came before the answer was recorded
    (["claimed", "accepted", "failed"], State.FAILED),
    (["claimed", "accepted", "delivered", "failed"], State.DELIVERED),  # failed after delivered is a note
    (["claimed", "accepted", "failed", "delivered"], State.DELIVERED),  # delivered after failed wins
    (["claimed", "accepted", "sent", "failed", "read"], State.READ),
    (["claimed", "unknown"], State.UNKNOWN),
    (["claimed", "unknown", "accepted"], State.ACCEPTED),
    (["claimed", "unknown", "sent"], State.SENT),
    (["claimed", "unknown", "failed"], State.FAILED),
    (["claimed", "rejected"], State.SCHEDULED),
    (["claimed", "rejected", "claimed 2"], State.SENDING),
    (["claimed", "rejected", "claimed 2", "unknown 2"], State.UNKNOWN),
    (["claimed", "rejected", "claimed 2", "accepted 2"], State.ACCEPTED),
    (["claimed", "rejected", "claimed 2", "rejected 2"], State.SCHEDULED),
    (["claimed", "rejected", "cancelled 2"], State.CANCELLED),
    (["claimed", "rejected", "dropped 2"], State.DROPPED),
    (["claimed", "unknown", "claimed 2"], State.SENDING),  # WeChat: the same key again within its window
    (["claimed", "unknown", "claimed 2", "rejected 2", "dropped 3"], State.UNKNOWN),  # "not sent" would not be true
    (["claimed", "unknown", "cancelled 2"], State.UNKNOWN),
    (["claimed", "unknown", "dropped 2", "delivered"], State.DELIVERED),
    (["dropped", "restored"], State.SCHEDULED),
    (["dropped", "restored", "claimed 2"], State.SENDING),
    (["dropped", "restored", "dropped 2"], State.DROPPED),
    (["dropped", "restored", "dropped 2", "restored 2", "claimed 3", "accepted 3"], State.ACCEPTED),
    (["claimed", "unknown", "dropped 2", "restored 2"], State.UNKNOWN),  # it may have reached the patient
    (["cancelled"], State.CANCELLED),
    (["dropped"], State.DROPPED),
    (["claimed", "rejected", "failed"], State.FAILED),  # refused for good
    (["claimed 1", "rejected 1", "claimed 2", "accepted 2", "cancelled 3"], State.ACCEPTED),
    (["held 0"], State.SCHEDULED),
    (["held 0", "claimed"], State.SENDING),
    (["claimed", "rejected", "held 1", "claimed 2"], State.SENDING),
    (["claimed", "rejected", "held 1", "dropped 2"], State.DROPPED),
    (["claimed", "unknown", "resumed"], State.SCHEDULED),  # a person's word
    (["claimed", "unknown", "resumed", "held 1"], State.SCHEDULED),
    (["claimed", "unknown", "resumed", "claimed 2", "accepted 2"], State.ACCEPTED),
    (["claimed", "unknown", "resumed", "dropped 2"], State.UNKNOWN),  # the first attempt may have arrived all the same
    (["claimed", "unknown", "told", "asked", "resumed", "claimed 2"], State.SENDING),
    (["claimed", "accepted", "asked", "rerouted", "answered"], State.ACCEPTED),  # notes change nothing
    (["answered", "told"], State.SCHEDULED),
]


@pytest.mark.parametrize(("names", "state"), STORIES)
def test_a_story_comes_to_its_state(names: list[str], state: State) -> None:
    assert fold(story(*names), DUE).state is state


@pytest.mark.parametrize("names", [names for names, _ in STORIES if len(names) > 1])
def test_every_order_of_a_story_comes_to_the_same(names: list[str]) -> None:
    told = fold(story(*names), DUE)
    assert all(fold(order, DUE) == told for order in permutations(story(*names)))


events = st.builds(
    Event,
    message_id=st.just(ID),
    name=st.sampled_from(EventName),
    at=st.integers(0, 3).map(lambda m: DUE + timedelta(minutes=m)),
    attempt=st.integers(1, 3),
    detail=st.sampled_from(["", "131026", "timeout"]),
    provider_id=st.sampled_from(["", "wamid.a", "wamid.b"]),
    owner=st.sampled_from(["", "worker-a", "worker-b"]),
    lease_until=st.none() | st.just(DUE + timedelta(minutes=2)),
)


@settings(max_examples=500)
@given(st.lists(events, max_size=10), st.randoms(use_true_random=False), st.integers(0, 10))
def test_any_order_and_any_repetition_come_to_the_same(told: list[Event], random: object, repeats: int) -> None:
    again = [*told, *told[:repeats]]
    random.shuffle(again)  # type: ignore[attr-defined]
    assert fold(again, DUE) == fold(told, DUE)


@given(st.lists(events, min_size=1, max_size=10))
def test_a_receipt_never_takes_a_message_backwards(told: list[Event]) -> None:
    forward = [State.ACCEPTED, State.SENT, State.FAILED, State.DELIVERED, State.READ]
    best = -1
    for n in range(1, len(told) + 1):
        state = fold(told[:n], DUE).state
        if state in forward:
            assert forward.index(state) >= best
            best = forward.index(state)
        else:
            assert best == -1, "an accepted message is never unaccepted"


def test_a_repeated_receipt_keeps_the_first_time() -> None:
    assert fold([event("delivered", 9), event("delivered", 3), event("delivered", 5)], DUE).at == DUE + timedelta(
        minutes=3
    )


def test_events_that_differ_in_one_field_only_are_still_in_one_order() -> None:
    told = [event("accepted", provider_id=f"wamid.{n:02d}") for n in range(40)]
    assert fold(told, DUE) == fold(reversed(told), DUE)
    assert fold(told, DUE).provider_id == "wamid.39", "the same in every process, whatever its hash seed"


def test_the_status_says_what_a_worker_needs() -> None:
    lease = DUE + timedelta(minutes=2)
    claim = Event(ID, EventName.CLAIMED, DUE, 2, owner="w", lease_until=lease)
    status = fold([event("claimed"), event("rejected", 1), claim], DUE)
    assert (status.attempt, status.lease_until, status.reason) == (2, lease, "")
    accepted = fold([claim, event("accepted", 1, 2, provider_id="wamid.a"), event("sent", 2)], DUE)
    assert (accepted.provider_id, accepted.lease_until) == ("wamid.a", None)
    assert fold([event("dropped", 1, detail="expired")], DUE).reason == "expired"
    assert fold([event("claimed"), event("failed", 1, detail="131026")], DUE).reason == "131026"
