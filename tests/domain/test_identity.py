"""Keys that say what a row is without saying who it is about."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.identity import MESSAGE_SHARDS, MessageId, Pseudonyms, message_shard
from tests.domain.examples import MOBILE, NOW

PSEUDONYMS = Pseudonyms(b"an index key for tests, 32 bytes")
DAY = date(2026, 11, 26)
APPOINTMENT = PSEUDONYMS.appointment("northgate", "a1")


def reminder(appointment_key: str = APPOINTMENT, step: str = "2d", minutes: int = 0) -> MessageId:
    return PSEUDONYMS.reminder("northgate", appointment_key, step, NOW + timedelta(minutes=minutes), DAY)


def test_a_message_id_is_its_place_and_is_read_back() -> None:
    message_id = reminder()
    assert MessageId.parse(str(message_id)) == message_id
    assert str(message_id).startswith(f"{message_id.partition}_")
    assert message_id.partition.startswith("northgate_20261126")


def test_a_reminder_is_clinic_appointment_step_and_start_and_nothing_else() -> None:
    assert reminder() == reminder()
    others = [reminder(PSEUDONYMS.appointment("northgate", "a2")), reminder(step="7d"), reminder(minutes=1)]
    assert len({reminder(), *others}) == 4


def test_a_reminder_stands_in_its_appointments_shard() -> None:
    assert reminder().shard == message_shard(APPOINTMENT) < MESSAGE_SHARDS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "northgate",
        "northgate_2026112600_short",
        "northgate_20261301" + "00_" + "a" * 26,
        "NORTH_2026112600_" + "a" * 26,
        "northgate_2026112600_" + "a" * 25 + "1",
        "northgate_2026112600_" + "a" * 26 + "\n",
        "northgate_٢٠٢٦112600_" + "a" * 26,
    ],
)
def test_what_is_no_message_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        MessageId.parse(text)


@given(st.lists(st.text(max_size=4), max_size=3), st.lists(st.text(max_size=4), max_size=3))
def test_different_parts_never_make_one_digest(first: list[str], second: list[str]) -> None:
    assert (PSEUDONYMS.digest("kind", *first) == PSEUDONYMS.digest("kind", *second)) == (first == second)


def test_a_digest_depends_on_the_key_and_shows_nothing() -> None:
    key = PSEUDONYMS.address("northgate", "whatsapp", MOBILE)
    assert key != Pseudonyms(b"another index key, also 32 bytes").address("northgate", "whatsapp", MOBILE)
    assert len(key) == 26
    assert not any(digits in key for digits in ("7700", "900123"))


def test_a_short_index_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Pseudonyms(b"short")
