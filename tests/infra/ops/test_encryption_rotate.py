"""`ops encryption rotate` on real tables and blobs: what it prints, and its exit code."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from infra.ops.command import Desk
from shared.storage.contract import StoredCallback
from tests.infra.ops.conftest import Shell
from tests.storage.samples import contact, entry, planned
from tests.world import SETTINGS

OLD = SETTINGS["ENCRYPTION_KEYS"]
NEW = "k2:" + base64.b64encode(b"n" * 32).decode()
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def live_with(shell: Shell, messages: int, callbacks: int) -> int:
    """How many values there are then, all under the old key."""
    shell.clinic("riverside")

    async def live(desk: Desk) -> None:
        patients = [f"P-{number}" for number in range(messages)]
        entries = [entry(f"A-{number}", patient) for number, patient in enumerate(patients)]
        await desk.storage.plans.write("riverside", entries, [contact(patient) for patient in patients])
        for _ in range(callbacks):
            await desk.storage.callbacks.store(StoredCallback("whatsapp", "default", NOW, {}, b"{}"))

    shell.look(live)
    return 3 * messages + callbacks  # a contact, a decision and the message


def test_the_key_is_rotated_and_the_old_one_may_go(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than one page of rows, and of blobs."""
    values = live_with(shell, 520, 110)
    monkeypatch.setenv("ENCRYPTION_KEYS", f"{NEW},{OLD}")
    dry = shell("encryption", "rotate", "--dry-run")
    assert (dry.code, dry.out.splitlines()[-1]) == (
        1,
        f"{values} are not under k2 yet: keep the other keys in ENCRYPTION_KEYS.",
    )
    done = shell("encryption", "rotate")
    assert done.code == 0, done.out + done.err
    assert f"{values} values are sealed anew (began " in done.out
    assert done.out.splitlines()[-1] == "Everything is under k2: the other keys may be taken out of ENCRYPTION_KEYS."
    assert "0 values are sealed anew" in shell("encryption", "rotate").out

    monkeypatch.setenv("ENCRYPTION_KEYS", NEW)
    message = planned("A-7", "P-7")

    async def read(desk: Desk) -> object:
        return await desk.storage.messages.read(message.id)

    assert shell.look(read) == message
    checked = shell("check", "storage")
    assert f"Sealed values by key: {values} under k2." in checked.out
    assert "does_not_open" not in checked.out


def test_a_key_that_went_too_early_is_missed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    values = live_with(shell, 3, 2)
    monkeypatch.setenv("ENCRYPTION_KEYS", NEW)
    said = shell("encryption", "rotate")
    assert said.code == 1
    assert f"{values} do not open: their key is not among ENCRYPTION_KEYS" in said.out
    monkeypatch.setenv("ENCRYPTION_KEYS", OLD)
    assert "0 values are sealed anew" in shell("encryption", "rotate").out
