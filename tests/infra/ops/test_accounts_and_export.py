"""`ops account` and `ops clinic export`: secrets go in and never come out; a clinic's file comes out as it went in."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from infra.ops.command import Desk
from shared.storage.contract import DueAction, DueRow
from tests.infra.ops.conftest import Shell
from tests.storage.samples import NOW, planned
from tests.world import clinic_document

SECRETS = {
    "phone_number_id": "106540352242999",
    "business_account_id": "102290129340999",
    "access_token": "made-up-token-of-riverside",
    "verify_token": "made-up-verify-token",
    "webhook_secret": "made-up-app-secret",
}
HIDDEN = ("made-up-token-of-riverside", "made-up-verify-token", "made-up-app-secret")
OWN = [{"channel": "whatsapp", "account": "riverside", "opt_in": "opt_out"}]


def kept(shell: Shell) -> Mapping[str, str] | None:
    async def read(desk: Desk) -> Mapping[str, str] | None:
        return await desk.storage.clinics.account("whatsapp", "riverside")

    return shell.look(read)


def test_secrets_are_kept_and_never_shown(shell: Shell) -> None:
    shell.clinic("riverside", channels=OWN)
    assert "MISSING" in shell("account", "list").out
    file = shell.file("secrets.json", json.dumps(SECRETS))
    looked = shell("account", "set", "whatsapp", "riverside", "--from", file, "--dry-run")
    assert (looked.code, kept(shell)) == (0, None)
    said = shell("account", "set", "whatsapp", "riverside", "--from", file)
    assert (said.code, "is new" in said.out, f"Delete {file}" in said.out) == (0, True, True)
    assert kept(shell) == SECRETS
    listed = shell("account", "list")
    assert "access_token" in listed.out
    for text in (looked.out, said.out, said.err, listed.out):
        assert not any(secret in text for secret in HIDDEN)

    async def account(desk: Desk) -> str:
        return (await desk.services._parts.accounts.channel("whatsapp", "riverside")).account

    assert shell.look(account) == "riverside"


def test_secrets_may_come_from_stdin(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.clinic("riverside", channels=OWN)
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(SECRETS)))
    assert shell("account", "set", "whatsapp", "riverside", "--from", "-").code == 0
    assert kept(shell) == SECRETS


@pytest.mark.parametrize(
    ("place", "content", "said"),
    [
        (("whatsapp", "riverside"), {**SECRETS, "access_token": ""}, "ACCESS_TOKEN: is missing"),
        (("whatsapp", "riverside"), {**SECRETS, "accesstoken": "made-up-token-of-riverside"}, "no setting accesstoken"),
        (("whatsapp", "riverside"), {**SECRETS, "access_token": 7}, "must be text"),
        (("whatsapp", "riverside"), ["made-up-token-of-riverside"], "JSON object"),
        (("whatsapp", "default"), SECRETS, "app settings"),
        (("pigeon", "riverside"), SECRETS, "no such channel"),
    ],
)
def test_what_is_not_whole_is_refused_without_a_value(
    shell: Shell, place: tuple[str, str], content: object, said: str
) -> None:
    shell.clinic("riverside", channels=OWN)
    refused = shell("account", "set", *place, "--from", shell.file("secrets.json", json.dumps(content)))
    assert (refused.code, said in refused.err) == (1, True), refused.err
    assert not any(secret in refused.err for secret in HIDDEN)
    assert kept(shell) is None


def test_a_file_that_is_no_json_is_not_quoted(shell: Shell) -> None:
    shell.clinic("riverside", channels=OWN)
    file = shell.file("secrets.json", "access_token=made-up-token-of-riverside")
    refused = shell("account", "set", "whatsapp", "riverside", "--from", file)
    assert (refused.code, "not JSON" in refused.err, HIDDEN[0] in refused.err) == (1, True, False)


def test_a_clinic_comes_out_as_it_went_in(shell: Shell) -> None:
    shell.clinic("riverside")
    assert shell("clinic", "export", "riverside").out.strip() == clinic_document(id="riverside")
    target = shell.folder / "out.json"
    assert shell("clinic", "export", "riverside", "--to", target).code == 0
    assert target.read_text("utf-8") == clinic_document(id="riverside")
    assert "is replaced" in shell("clinic", "load", target).out
    again = shell("clinic", "export", "riverside", "--to", target)
    assert (again.code, "is there already" in again.err) == (1, True)
    gone = shell("clinic", "export", "nowhere")
    assert (gone.code, "There are: riverside." in gone.err) == (1, True)


def test_an_account_is_forgotten_when_nothing_needs_it_any_more(shell: Shell) -> None:
    shell.clinic("riverside", channels=OWN)
    file = shell.file("secrets.json", json.dumps(SECRETS))
    assert shell("account", "set", "whatsapp", "riverside", "--from", file).code == 0
    remove = ("account", "remove", "whatsapp", "riverside")
    used = shell(*remove, "--yes")
    assert (used.code, "riverside sends from this account" in used.err) == (1, True)
    shell.clinic("riverside")
    assert "ops account remove" in shell("account", "list").out, "it is listed although no clinic names it"

    due = DueRow.of(planned("A-1", account="riverside"), NOW, DueAction.CHECK)
    without_account = replace(due, lane="")

    async def put(desk: Desk) -> None:
        await desk.storage.messages.put(planned("A-1", account="riverside"))
        await desk.storage.due.put([without_account])

    async def come_to_its_end(desk: Desk) -> None:
        await desk.storage.due.delete(due.message_id, due.key)

    shell.look(put)
    waits = shell(*remove, "--yes")
    assert (waits.code, "1 messages wait" in waits.err) == (1, True)
    shell.look(come_to_its_end)

    looked = shell(*remove, "--dry-run")
    assert (looked.code, "would be forgotten" in looked.out, kept(shell)) == (0, True, SECRETS)
    assert "--yes" in shell(*remove).err
    gone = shell(*remove, "--yes")
    assert (gone.code, kept(shell)) == (0, None), gone.err
    again = shell(*remove, "--yes")
    assert (again.code, "No secrets are kept" in again.err) == (1, True)
    for text in (used.err, looked.out, gone.out):
        assert not any(secret in text for secret in HIDDEN)


def test_an_account_stays_while_a_clinic_s_file_cannot_be_read(shell: Shell) -> None:
    shell.clinic("riverside", channels=OWN)
    file = shell.file("secrets.json", json.dumps(SECRETS))
    shell("account", "set", "whatsapp", "riverside", "--from", file)

    async def spoil(desk: Desk) -> None:
        await desk.storage.clinics.put("riverside", "{}", NOW)

    shell.look(spoil)
    refused = shell("account", "remove", "whatsapp", "riverside", "--yes")
    assert (refused.code, "not valid any more" in refused.err) == (1, True)
    assert kept(shell) == SECRETS


@pytest.mark.parametrize("place", [("whatsapp", "default"), ("whatsapp", "nowhere"), ("pigeon", "riverside")])
def test_an_account_that_is_not_kept_cannot_be_forgotten(shell: Shell, place: tuple[str, str]) -> None:
    shell.clinic("riverside")
    assert shell("account", "remove", *place, "--yes").code == 1
