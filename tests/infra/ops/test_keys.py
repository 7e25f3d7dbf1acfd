"""`ops keys`: made and shown once, listed, revoked."""

from __future__ import annotations

import pytest

from infra.ops.command import Desk
from shared.errors import Unauthenticated
from shared.services.callers import Caller, Permission
from tests.infra.ops.conftest import KEY, KEY_ID, Shell


def test_a_key_that_was_made_opens_its_clinics_until_it_is_revoked(shell: Shell) -> None:
    shell.clinic("riverside")
    shell.clinic("harbour")
    made = shell("keys", "make", "--clinic", "riverside", "--clinic", "harbour", "--name", "Front desk flow")
    [key], key_id = KEY.findall(made.out), KEY_ID.findall(made.out)[0]
    assert made.code == 0
    assert "may read and send for harbour, riverside" in made.out

    async def caller(desk: Desk) -> Caller:
        return await desk.services.callers.identify(key)

    assert shell.look(caller) == Caller(key_id, "Front desk flow", frozenset({"harbour", "riverside"}))
    assert shell("keys", "revoke", key_id, "--yes").code == 0
    with pytest.raises(Unauthenticated):
        shell.look(caller)


def test_a_key_may_be_for_reading_only_and_for_all_clinics(shell: Shell) -> None:
    made = shell("keys", "make", "--all-clinics", "--permission", "read", "--name", "Auditor")
    assert (made.code, "may read for all clinics" in made.out) == (0, True)

    async def caller(desk: Desk) -> Caller:
        return await desk.services.callers.identify(KEY.findall(made.out)[0])

    found = shell.look(caller)
    assert (found.clinics, found.permissions) == (None, {Permission.READ})


def test_the_list_shows_every_key_and_no_secret(shell: Shell) -> None:
    shell.clinic("riverside")
    assert "no such key" in shell("keys", "list").out
    names = ["Front [bold]desk[/bold]", "Nightly flow", "夜间流程"]
    made = [shell("keys", "make", "--clinic", "riverside", "--name", name).out for name in names]
    shell("keys", "revoke", KEY_ID.findall(made[1])[0], "--yes")
    listed = shell("keys", "list").out
    assert [name for name in names if name in listed] == names
    assert KEY_ID.findall(listed) == [KEY_ID.findall(out)[0] for out in made]
    assert not KEY.search(listed)
    assert names[1] not in shell("keys", "list", "--active").out
    assert "no such key" in shell("keys", "list", "--clinic", "harbour").out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--clinic", "nowhere"], 1, "There is no clinic nowhere. There are: riverside."),
        (["--clinic", "riverside", "--clinic", "Riverside"], 1, "There is no clinic Riverside."),
        ([], 1, "--clinic ID"),
        (["--clinic", "riverside", "--all-clinics"], 1, "--clinic ID"),
        (["--clinic", "riverside", "--permission", "delete"], 2, "choose from 'read', 'send'"),
        (["--clinic", "riverside", "--name", " "], 1, "1 to 80 characters"),
    ],
)
def test_a_wrong_wish_makes_no_key(shell: Shell, words: list[str], code: int, said: str) -> None:
    shell.clinic("riverside")
    refused = shell("keys", "make", "--name", "Flow", *words)
    assert refused.code == code
    assert said in refused.err
    assert not KEY.search(refused.out)
    assert "no such key" in shell("keys", "list").out


def test_revoking_asks_first_and_says_what_it_found(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    key_id = KEY_ID.findall(shell("keys", "make", "--all-clinics", "--name", "Flow").out)[0]
    assert "--yes" in shell("keys", "revoke", key_id).err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    asked: list[str] = []
    for answer, code in (("", 1), ("n", 1), ("y", 0)):
        monkeypatch.setattr("builtins.input", lambda question, said=answer: asked.append(question) or said)
        assert shell("keys", "revoke", key_id).code == code
    assert asked[0] == f"Revoke key {key_id} (Flow), for all clinics? [y/N] "
    again = shell("keys", "revoke", key_id, "--yes")
    assert (again.code, "revoked already" in again.out) == (0, True)


def test_a_key_that_is_not_there_cannot_be_revoked(shell: Shell) -> None:
    shell.clinic("riverside")
    refused = shell("keys", "revoke", "key-0123456789", "--yes")
    assert (refused.code, refused.out) == (1, "")
    assert "ops keys list" in refused.err
