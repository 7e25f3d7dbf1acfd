"""Which storage a command works on, and what it says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.azurite import Azurite
from infra.local.commands import run
from infra.local.run.open_storage import NOTE, noted, open_connection
from infra.ops.place import STORAGE
from infra.ops.registry import COMMANDS
from tests.infra.ops.conftest import KEY_ID, Shell


@pytest.fixture
def local(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Without settings of storage; `folder` is the data of a run."""
    for name in STORAGE:
        monkeypatch.setenv(name, "")  # which wins over this machine's local.settings.json
    return shell


def test_without_settings_and_data_it_says_how_to_begin(local: Shell) -> None:
    refused = local("keys", "list", "--data", local.folder)
    assert (refused.code, refused.out) == (1, "")
    assert "dev.py run" in refused.err
    assert not list(local.folder.iterdir())


def test_without_settings_it_works_on_the_data_of_the_local_run(local: Shell) -> None:
    (local.folder / "azurite").mkdir()
    data = ("--data", local.folder)
    made = local("keys", "make", "--all-clinics", "--name", "Flow", *data)
    assert (made.code, "`dev.py run`" in made.err) == (0, True)
    assert not (local.folder / NOTE).exists()
    assert KEY_ID.findall(local("keys", "list", *data).out) == [KEY_ID.findall(made.out)[0]]


def test_a_run_that_serves_is_asked_and_no_second_one_begins_on_its_data(local: Shell) -> None:
    with Azurite(local.folder / "azurite") as azurite, noted(local.folder, azurite):
        assert open_connection(local.folder) == azurite.connection_string
        assert local("keys", "make", "--all-clinics", "--name", "Flow", "--data", local.folder).code == 0
        assert run.main(["--once", "--fresh", "--port", "0", "--data", str(local.folder)]) == 1
        assert "open already" in local.capsys.readouterr().out
        assert (local.folder / "azurite").is_dir()
    assert open_connection(local.folder) is None


@pytest.mark.parametrize(
    "note", ["", "[]", "{}", '{"connection": "TableEndpoint=http://127.0.0.1:1/x;", "process": 1}']
)
def test_a_note_of_what_has_gone_counts_for_nothing(tmp_path: Path, note: str) -> None:
    (tmp_path / NOTE).write_text(note)
    assert open_connection(tmp_path) is None


@pytest.mark.parametrize("words", ["keys list", "clinic list", "keys revoke key-0123456789 --yes"])
def test_a_new_account_is_set_up_only_by_what_one_begins_with(shell: Shell, words: str) -> None:
    """Any other command may have been given the wrong account."""
    for _ in range(2):
        refused = shell(*words.split())
        assert (refused.code, refused.out) == (1, "")
        assert "A table or container is missing" in refused.err


def test_settings_that_are_missing_are_named(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INDEX_KEY")
    refused = shell("keys", "list")
    assert (refused.code, "INDEX_KEY" in refused.err) == (1, True)


def test_the_account_is_named_and_its_key_is_not(shell: Shell, empty_storage: str) -> None:
    said = shell("keys", "list").err
    parts = dict(part.split("=", 1) for part in empty_storage.split(";") if part)
    assert parts["AccountName"] in said
    assert parts["AccountKey"] not in said


def test_storage_that_does_not_answer_is_said(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "PATIENT_STORAGE_CONNECTION",
        "DefaultEndpointsProtocol=http;AccountName=gone;AccountKey=Z29uZQ==;"
        "TableEndpoint=http://127.0.0.1:1/gone;BlobEndpoint=http://127.0.0.1:1/gone;",
    )
    refused = shell("keys", "list")
    assert (refused.code, refused.out) == (1, "")
    assert "Traceback" not in refused.err


def test_without_words_it_lists_every_command(shell: Shell) -> None:
    said = shell()
    assert said.code == 2
    assert all(f"  {command.name} " in said.err and command.help in said.err for command in COMMANDS)
    assert shell("--help").code == 0
    assert "keys revoke" in shell("keys", "--help").out


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_explains_itself(shell: Shell, command: object) -> None:
    name = command.name  # type: ignore[attr-defined]
    said = shell(*name.split(), "--help")
    assert said.code == 0
    assert f"python3 dev.py ops {name}" in said.out
    assert said.out.count("\n") > 5


def test_in_a_narrow_terminal_ids_stay_whole_and_long_lists_go_to_a_pager(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr("pydoc.pager", shown.append)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("LINES", "12")
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich then believes that it writes to a terminal
    made = [shell("keys", "make", "--all-clinics", "--name", f"Flow {number}").out for number in range(9)]
    listed = shell("keys", "list")
    assert KEY_ID.findall(listed.out) == []
    [text] = shown
    assert KEY_ID.findall(text) == [KEY_ID.findall(out)[0] for out in made]
