"""`ops pause` and `ops resume`: said, shown by `status`, and gone again."""

from __future__ import annotations

import pytest

from tests.infra.ops.conftest import Shell


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["--clinic", "riverside"], "clinic riverside is PAUSED"),
        (["--channel", "whatsapp"], "account whatsapp:default is PAUSED"),
    ],
)
def test_what_is_paused_is_shown_until_it_goes_on(shell: Shell, words: list[str], shown: str) -> None:
    shell.clinic("riverside")
    assert "would be paused" in shell("pause", *words, "--dry-run").out
    assert "is not paused" in shell("resume", *words).out
    paused = shell("pause", *words)
    assert (paused.code, f"ops resume {' '.join(words)}" in paused.out) == (0, True), paused.err
    assert shown in shell("status").out
    assert "is paused since" in shell("pause", *words).out
    assert "would go on" in shell("resume", *words, "--dry-run").out
    assert shown in shell("status").out
    assert "goes on" in shell("resume", *words).out
    assert "PAUSED" not in shell("status").out


@pytest.mark.parametrize(
    "words",
    [[], ["--clinic", "riverside", "--channel", "whatsapp"], ["--clinic", "nowhere"], ["--channel", "wechat"]],
)
def test_what_cannot_be_paused_is_refused(shell: Shell, words: list[str]) -> None:
    shell.clinic("riverside")
    for command in ("pause", "resume"):
        assert shell(command, *words).code == 1
    assert "PAUSED" not in shell("status").out
