"""Encryption: what is sealed opens with its key in its place, and in no other way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.message import EventName
from shared.errors import ConfigurationError, Unsealable
from shared.storage import memory
from shared.storage.opened import storage_over
from shared.storage.seal import Sealer, place
from tests.storage.samples import CLINIC, INDEX_KEY, contact, entry, event, planned

K1, K2 = b"1" * 32, b"2" * 32
HERE = place("messages", "riverside_2026112000", "m_x", "sealed")
SEALER = Sealer({"k1": K1}, "k1")
PLAIN = b'{"to":"+447700900123"}'


@given(st.binary(max_size=300), st.text(max_size=20))
def test_what_was_sealed_opens_in_its_place(plain: bytes, where: str) -> None:
    assert SEALER.unseal(SEALER.seal(plain, where.encode()), where.encode()) == plain


def test_the_same_value_never_looks_the_same() -> None:
    assert len({SEALER.seal(PLAIN, HERE) for _ in range(100)}) == 100


def test_nothing_of_the_value_can_be_read() -> None:
    sealed = SEALER.seal(PLAIN, HERE)
    assert b"447700900123" not in sealed
    assert sealed.startswith(b"\x02k1")


@pytest.mark.parametrize(
    "where",
    [
        place("history", "riverside_2026112000", "m_x", "sealed"),
        place("messages", "riverside_2026112001", "m_x", "sealed"),
        place("messages", "riverside_2026112000", "m_y", "sealed"),
        place("messages", "riverside_2026112000", "m_x", "address"),
        place("messages", "riverside_2026112000m", "_x", "sealed"),
        b"",
    ],
)
def test_a_moved_value_does_not_open(where: bytes) -> None:
    with pytest.raises(Unsealable):
        SEALER.unseal(SEALER.seal(PLAIN, HERE), where)


def test_a_value_with_any_bit_changed_does_not_open() -> None:
    sealed = SEALER.seal(PLAIN, HERE)
    for index in range(len(sealed)):
        for bit in (1, 128):
            damaged = bytes([*sealed[:index], sealed[index] ^ bit, *sealed[index + 1 :]])
            with pytest.raises(Unsealable) as raised:
                SEALER.unseal(damaged, HERE)
            assert "447700900123" not in str(raised.value)
            assert raised.value.__cause__ is None


@pytest.mark.parametrize("length", range(0, 60, 3))
def test_a_value_that_was_cut_does_not_open(length: int) -> None:
    sealed = SEALER.seal(PLAIN, HERE)
    if length < len(sealed):
        with pytest.raises(Unsealable):
            SEALER.unseal(sealed[:length], HERE)


def test_after_a_rotation_old_values_open_and_new_ones_use_the_new_key() -> None:
    old = SEALER.seal(PLAIN, HERE)
    rotated = Sealer({"k2": K2, "k1": K1}, "k2")
    assert rotated.unseal(old, HERE) == PLAIN
    new = rotated.seal(PLAIN, HERE)
    assert new.startswith(b"\x02k2")
    with pytest.raises(Unsealable):
        SEALER.unseal(new, HERE)


def test_a_key_under_another_ones_id_opens_nothing() -> None:
    with pytest.raises(Unsealable):
        Sealer({"k1": K2}, "k1").unseal(SEALER.seal(PLAIN, HERE), HERE)


@pytest.mark.parametrize(
    ("keys", "current"),
    [({}, "k1"), ({"k1": K1}, "k2"), ({"k1": b"short"}, "k1"), ({"": K1}, ""), ({"k 1": K1}, "k 1"), ({"é": K1}, "é")],
)
def test_keys_that_cannot_work_are_refused_at_the_start(keys: dict[str, bytes], current: str) -> None:
    with pytest.raises(ConfigurationError):
        Sealer(keys, current)


async def test_after_a_restart_with_a_rotated_key_everything_stored_before_is_readable() -> None:
    before = memory.open_storage(encryption_keys={"k1": K1}, index_key=INDEX_KEY)
    await before.plans.write(CLINIC, [entry()], [contact()])
    after = storage_over(before.rows, before.blobs, {"k2": K2, "k1": K1}, INDEX_KEY)
    assert await after.messages.read(planned().id) == planned()
    assert await after.patients.contact(CLINIC, planned().patient_key) == contact()
    await after.messages.append(event(planned().id, EventName.ACCEPTED, provider_id="wamid.1"))
    assert len(await after.messages.events(planned().id)) == 1
    with pytest.raises(Unsealable):
        await before.messages.events(planned().id)
