"""`ops consents` and `ops clinic export`: a clinic taken to an empty storage account, with what its patients want."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from infra.local.azurite import Azurite
from infra.ops.command import Desk
from shared.clock import SystemClock
from shared.domain.message import Message
from shared.storage.contract import Hold, OptIn
from tests.callbacks import said, signed, whatsapp_body
from tests.infra.ops.conftest import Shell
from tests.infra.ops.test_callbacks import handed_over
from tests.world import SETTINGS, clinic_document

PRIVATE = 0o600


@pytest.fixture
def elsewhere(azurite: Azurite) -> str:
    """Connection string of another account, empty."""
    return azurite.empty_account()


def stops(shell: Shell, message: Message) -> None:
    """The patient says STOP; the callback goes both halves of its way."""

    async def stop(desk: Desk) -> None:
        at = SystemClock().now()
        body = whatsapp_body(said("text", {"body": "STOP"}, at=at, sender=message.to))
        _, job = await desk.services.accept("whatsapp", "default", {}, signed(body), body)
        await desk.services.receive(job)
        hold = Hold("ward", "whatsapp", "a" * 26, "b" * 26)
        await desk.storage.patients.hold(hold, at, "wrong_person")
        await desk.storage.patients.opt_in("ward", [OptIn("c" * 26, "whatsapp", at, "form")])

    shell.look(stop)


def opted_out(shell: Shell, message: Message) -> bool:
    async def look(desk: Desk) -> bool:
        now = SystemClock().now() + timedelta(days=400)
        return (await desk.storage.patients.standing("ward", "whatsapp", message.address_key, now)).opted_out

    return shell.look(look)


def test_who_said_stop_has_said_so_in_the_new_storage_too(
    shell: Shell, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.clinic_with_a_list()
    message = handed_over(shell)
    stops(shell, message)
    copy, file = shell.folder / "ward.jsonl", shell.folder / "ward-out.json"
    exported = shell("consents", "export", copy, "--clinic", "ward")
    assert exported.code == 0, exported.err
    assert "1 opt-out, 1 held address, 1 opt-in of ward" in exported.out
    assert copy.stat().st_mode & 0o777 == PRIVATE
    assert message.to not in copy.read_text()
    assert list(shell.folder.glob(".*")) == [], "nothing half is left behind"
    assert shell("clinic", "export", "ward", "--to", file).code == 0

    monkeypatch.setenv("PATIENT_STORAGE_CONNECTION", elsewhere)
    assert shell("clinic", "load", file).code == 0
    assert not opted_out(shell, message)
    dry = shell("consents", "load", copy, "--dry-run")
    assert (dry.code, "would be taken back: 1 opt-out, 1 held address, 1 opt-in" in dry.out) == (0, True)
    assert not opted_out(shell, message)
    loaded = shell("consents", "load", copy)
    assert (loaded.code, "taken back: 1 opt-out, 1 held address, 1 opt-in" in loaded.out) == (0, True), loaded.err
    assert opted_out(shell, message)
    again = shell("consents", "load", copy)
    assert "which says as much or more: 1 opt-out, 1 held address, 1 opt-in" in again.out


def test_what_cannot_be_copied_or_taken_back_is_refused(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.clinic("riverside")
    copy = shell.folder / "copy.jsonl"
    assert shell("consents", "export", copy, "--clinic", "riverside").code == 0
    there = shell("consents", "export", copy, "--clinic", "riverside")
    assert (there.code, "is there already" in there.err) == (1, True)
    nowhere = shell("consents", "export", shell.folder / "no" / "folder", "--clinic", "riverside")
    assert (nowhere.code, "cannot be written" in nowhere.err) == (1, True)
    unknown = shell("consents", "export", shell.folder / "other", "--clinic", "nowhere")
    assert (unknown.code, "There are: riverside." in unknown.err) == (1, True)
    gone = shell("consents", "load", shell.folder / "gone")
    assert (gone.code, "cannot be read" in gone.err) == (1, True)
    cut = shell.file("cut.jsonl", copy.read_text().splitlines()[0] + "\n")
    broken = shell("consents", "load", cut)
    assert (broken.code, "breaks off" in broken.err) == (1, True)
    monkeypatch.setenv("INDEX_KEY", base64.b64encode(b"j" * 32).decode())
    other = shell("consents", "load", copy)
    assert (other.code, "another INDEX_KEY" in other.err) == (1, True)
    assert SETTINGS["INDEX_KEY"] not in other.err


def test_on_a_schedule_no_clinic_is_forgotten(shell: Shell) -> None:
    shell.clinic("riverside")
    shell.clinic("harbour")

    async def spoil(desk: Desk) -> None:
        await desk.storage.clinics.put("lotus", "{}", SystemClock().now())

    shell.look(spoil)
    copies = shell.folder / "copies"
    copies.mkdir()
    assert shell("consents", "export", copies, "--all-clinics").code == 0
    found = sorted(copies.iterdir())
    assert [file.name.split(".")[0] for file in found] == ["harbour", "lotus", "riverside"]
    assert shell("consents", "load", found[0]).code == 0
    for words in ((), ("--clinic", "riverside", "--all-clinics")):
        assert shell("consents", "export", shell.folder / "x", *words).code == 1


@pytest.mark.parametrize(
    "around", ["{}", "{}\n", "\ufeff{}", "\r\n{}\r\n", " \n\t{}\n\n"], ids=["bare", "unix", "mark", "windows", "blank"]
)
def test_a_clinics_file_goes_round_byte_for_byte(
    shell: Shell, elsewhere: str, monkeypatch: pytest.MonkeyPatch, around: str
) -> None:
    document = clinic_document(id="riverside", name={"en": "Riverside 河畔診所"}).encode().decode("unicode_escape")
    first, second = shell.folder / "first.json", shell.folder / "second.json"
    original = around.format(document).encode()
    first.write_bytes(original)
    assert shell("clinic", "load", first).code == 0
    out = shell.folder / "out.json"
    assert shell("clinic", "export", "riverside", "--to", out).code == 0
    monkeypatch.setenv("PATIENT_STORAGE_CONNECTION", elsewhere)
    assert shell("clinic", "load", out).code == 0
    assert shell("clinic", "export", "riverside", "--to", second).code == 0
    assert second.read_bytes() == out.read_bytes() == original
    assert shell("clinic", "export", "riverside").out.encode() == original


def test_an_export_says_what_else_the_clinic_needs(shell: Shell) -> None:
    shell.clinic("riverside", channels=[{"channel": "whatsapp", "account": "own-one", "opt_in": "opt_out"}])
    said_ = shell("clinic", "export", "riverside")
    assert "own-one of whatsapp" in said_.err
    assert "ops consents export" in said_.err
