"""Every command that changes something takes --dry-run, says what it would do, and changes not a byte."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path

import pytest

from infra.ops.command import Command, Desk
from infra.ops.place import Access, opened
from infra.ops.read_only import ReadOnlyBlobs, ReadOnlyRows, WouldChangeError
from infra.ops.registry import COMMANDS
from shared.services.jobs import StuckJob
from shared.storage.memory import MemoryBlobs, MemoryRows
from shared.storage.places import CALLBACKS
from shared.storage.rows import Change, Row, Verb
from tests.callbacks import receipt
from tests.infra.ops.conftest import KEY_ID, Shell
from tests.infra.ops.test_accounts_and_export import SECRETS
from tests.infra.ops.test_callbacks import comes_in, handed_over, replay
from tests.infra.ops.test_recount import FIRST, NOBODYS
from tests.infra.ops.test_stuck import items, set_aside, todays_run
from tests.infra.ops.test_worklist import an_item, unknown
from tests.services.rows import every_row
from tests.world import SETTINGS, clinic_document

CHANGING = [command for command in COMMANDS if command.changes]
NEW_KEY = "k2:" + base64.b64encode(b"n" * 32).decode()

type Words = list[str | Path]
type Prepare = Callable[[Shell, pytest.MonkeyPatch], Words]


def clinic_load(shell: Shell, _: pytest.MonkeyPatch) -> Words:
    shell.clinic("riverside")
    return [shell.file("new.json", clinic_document(zone="Asia/Hong_Kong"))]


def optins_load(shell: Shell, _: pytest.MonkeyPatch) -> Words:
    shell.clinic("riverside")
    return [
        shell.file("yes.csv", "patient,channel,at,method\nP1,whatsapp,2026-01-12T09:30,form\n"),
        "--clinic",
        "riverside",
    ]


def consents_load(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Words:
    """A copy, of which a yes is lost afterwards."""
    optins = optins_load(shell, monkeypatch)
    assert shell("optins", "load", *optins).code == 0
    copy = shell.folder / "copy.jsonl"
    assert shell("consents", "export", copy, "--clinic", "riverside").code == 0

    async def lose(desk: Desk) -> None:
        key = desk.services.keys.pseudonyms.patient("riverside", "P1")
        await desk.storage.patients.withdraw_opt_in("riverside", key, "whatsapp")

    shell.look(lose)
    return [copy]


def account_set(shell: Shell, _: pytest.MonkeyPatch) -> Words:
    shell.clinic("riverside")
    return ["whatsapp", "own-one", "--from", shell.file("secrets.json", json.dumps(SECRETS))]


def account_remove(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Words:
    assert shell("account", "set", *account_set(shell, monkeypatch)).code == 0
    return ["whatsapp", "own-one", "--yes"]


def keys_make(shell: Shell, _: pytest.MonkeyPatch) -> Words:
    shell.clinic("riverside")
    return ["--clinic", "riverside", "--name", "Flow"]


def keys_revoke(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Words:
    return [KEY_ID.findall(shell("keys", "make", *keys_make(shell, monkeypatch)).out)[0], "--yes"]


def pause(shell: Shell, _: pytest.MonkeyPatch) -> Words:
    shell.clinic("riverside")
    return ["--clinic", "riverside"]


def resume(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Words:
    assert shell("pause", *pause(shell, monkeypatch)).code == 0
    return ["--clinic", "riverside"]


def resolve(shell: Shell, _: pytest.MonkeyPatch) -> Words:
    return [str(unknown(shell).id), "send_again"]


def worklist_resolve(shell: Shell, _: pytest.MonkeyPatch) -> Words:
    shell.clinic("riverside")
    return [an_item(shell), "done"]


def stuck_replay(shell: Shell, _: pytest.MonkeyPatch) -> Words:
    shell.clinic_with_a_list()
    set_aside(shell, StuckJob.PLAN, todays_run(shell).to_json())
    return [*items(shell, "ward")]


def callbacks_replay(shell: Shell, _: pytest.MonkeyPatch) -> Words:
    shell.clinic_with_a_list()
    comes_in(shell, receipt("delivered", reference=str(handed_over(shell).id)))
    return [*replay()[2:]]


def sent_test_message(shell: Shell, _: pytest.MonkeyPatch) -> Words:
    shell.clinic("riverside")
    return ["whatsapp", "+447700900999", "--clinic", "riverside", "--yes"]


def encryption_rotate(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Words:
    shell.clinic("riverside")
    an_item(shell)
    monkeypatch.setenv("ENCRYPTION_KEYS", f"{NEW_KEY},{SETTINGS['ENCRYPTION_KEYS']}")
    return []


def recount(shell: Shell, _: pytest.MonkeyPatch) -> Words:
    shell.clinic("riverside")

    async def miscount(desk: Desk) -> None:
        await desk.storage.tallies.keep("riverside", FIRST, NOBODYS, "")

    shell.look(miscount)
    return ["riverside"]


PREPARED: Mapping[str, Prepare] = {
    "clinic load": clinic_load,
    "optins load": optins_load,
    "consents load": consents_load,
    "account set": account_set,
    "account remove": account_remove,
    "keys make": keys_make,
    "keys revoke": keys_revoke,
    "pause": pause,
    "resume": resume,
    "resolve": resolve,
    "worklist resolve": worklist_resolve,
    "stuck replay": stuck_replay,
    "callbacks replay": callbacks_replay,
    "test-message": sent_test_message,
    "encryption rotate": encryption_rotate,
    "recount": recount,
}


def bytes_of(shell: Shell) -> object:
    """Every row of every table with its version, and every blob."""

    async def read(desk: Desk) -> object:
        rows = {place: (row.columns, row.etag) for place, row in (await every_row(desk.storage.rows)).items()}
        names = (await desk.storage.blobs.names(CALLBACKS)).names
        return rows, {name: await desk.storage.blobs.read(CALLBACKS, name) for name in names}

    return shell.look(read)


def test_each_has_its_case_here() -> None:
    assert PREPARED.keys() == {command.name for command in CHANGING}


@pytest.mark.parametrize("command", CHANGING, ids=lambda command: command.name)
def test_a_dry_run_changes_not_a_byte_and_the_real_one_does(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    words = [*command.name.split(), *PREPARED[command.name](shell, monkeypatch)]
    before = bytes_of(shell)
    dry = shell(*words, "--dry-run")
    assert bytes_of(shell) == before
    assert dry.out, dry.err
    if command.name != "encryption rotate":  # whose exit code says that something is to be done
        assert (dry.code, "Nothing was changed." in dry.out) == (0, True), dry.err
    real = shell(*words)
    assert real.code == 0, real.err
    assert bytes_of(shell) != before, "else the dry run had nothing to refrain from"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_who_changes_takes_it_and_who_only_reads_does_not(shell: Shell, command: Command) -> None:
    assert ("--dry-run" in shell(*command.name.split(), "--help").out) is command.changes


def test_a_new_command_must_say_whether_it_changes() -> None:
    [changes] = [field for field in fields(Command) if field.name == "changes"]
    assert changes.default is changes.default_factory  # neither: both are MISSING


@pytest.mark.parametrize("words", [["keys", "make", "--all-clinics", "--name", "Flow"], ["clinic", "load"]])
def test_on_a_new_account_a_dry_run_makes_no_tables(shell: Shell, words: list[str]) -> None:
    file = [shell.file("riverside.json", clinic_document())] if words[0] == "clinic" else []
    dry = shell(*words, *file, "--dry-run")
    assert (dry.code, "its tables would be made" in dry.err) == (0, True), dry.err
    assert "A table or container is missing" in shell("keys", "list").err
    assert shell(*words, *file).code == 0
    assert shell("keys", "list").code == 0


def test_a_dry_run_refuses_what_the_real_one_would(shell: Shell) -> None:
    shell.clinic("riverside")
    wrong = shell.file("riverside.json", clinic_document(zone="Europe/Nowhere", plan_at="noon"))
    refused = shell("clinic", "load", wrong, "--dry-run")
    assert refused.code == 1
    assert all(field in refused.err for field in ("riverside.json: zone:", "riverside.json: plan_at:"))
    nameless = shell("keys", "make", "--clinic", "nowhere", "--name", "Flow", "--dry-run")
    assert (nameless.code, "There is no clinic nowhere" in nameless.err) == (1, True)


def test_a_dry_run_of_a_clinics_file_lists_what_would_change(shell: Shell) -> None:
    shell.clinic("riverside")
    steps = [{"days": 7, "hour": "11:00"}, {"days": 2, "hour": "10:00"}, {"days": 1, "hour": "09:00"}]
    source = {"kind": "fhir_r4", "options": {"base_url": "https://fhir.example/secret"}}
    new = shell.file("new.json", clinic_document(steps=steps, source=source, window_days=9))
    said = shell("clinic", "load", new, "--dry-run")
    flat = " ".join(said.out.split())
    for words in ("steps[0].hour 10:00 11:00", "steps[2]", "window_days 7 9", "source.options"):
        assert words in flat
    assert "fhir.example" not in said.out, "somebody may have written a secret there"
    assert "zone" not in flat.replace("time zone", "")
    same = shell.file("same.json", json.dumps(json.loads(clinic_document(window_days=7)), indent=4))
    assert "says what is loaded of riverside already" in shell("clinic", "load", same, "--dry-run").out


ROW = Row("p", "k")
REFUSED = {
    "write": lambda rows, _: rows.write("messages", Change(Verb.UPSERT, ROW)),
    "apply": lambda rows, _: rows.apply("messages", [Change(Verb.UPSERT, ROW)]),
    "create_tables": lambda rows, _: rows.create_tables(["messages"]),
    "put": lambda _, blobs: blobs.put("callbacks", "name", b""),
    "delete": lambda _, blobs: blobs.delete("callbacks", "name"),
    "replace": lambda _, blobs: blobs.replace("callbacks", "name", b"", "etag"),
    "create_containers": lambda _, blobs: blobs.create_containers(["callbacks"]),
}


@pytest.mark.parametrize("act", REFUSED.values(), ids=REFUSED)
async def test_storage_that_is_only_read_refuses_every_way_to_change_it(act: Callable[..., object]) -> None:
    with pytest.raises(WouldChangeError, match="Nothing was changed"):
        await act(ReadOnlyRows(MemoryRows()), ReadOnlyBlobs(MemoryBlobs()))  # type: ignore[misc]


async def test_a_dry_run_and_a_reading_command_get_such_storage(shell: Shell) -> None:
    async with opened(shell.folder, Access.LOOKING) as desk:
        with pytest.raises(WouldChangeError):
            await desk.storage.rows.write("due", Change(Verb.UPSERT, ROW))
