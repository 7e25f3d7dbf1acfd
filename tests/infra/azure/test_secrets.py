"""secrets.sh against a vault of files: keys are made once and never anew, provider secrets are asked for."""

import base64
import os
import pty
import shutil
import signal
import subprocess
import termios
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "infra" / "azure" / "secrets.sh"
# `az` in place of Azure's own: a vault is a folder, and every call is written down.
AZ = """#!/bin/sh
echo "$*" >>"$VAULT.calls"
case "$1 $2 $3" in
"keyvault secret list") ls "$VAULT" ;;
"keyvault secret set")
    if [ "$7" = "${REFUSED:-}" ]; then exit 1; fi
    cp "$9" "$VAULT/$7" ;;
"rest --method post") if [ "${REFUSED:-}" = refresh ]; then exit 1; fi ;;
"functionapp show "*) echo /subscriptions/s/app ;;
esac
"""
PROVIDERS = 6
SHELLS = [shell for shell in ("dash", "bash") if shutil.which(shell)]


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "az").write_text(AZ)
    (programs / "az").chmod(0o755)
    folder = tmp_path / "vault"
    folder.mkdir()
    return folder


def around(vault: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": f"{vault.parent / 'bin'}:{os.environ['PATH']}",
        "VAULT": str(vault),
        "TMPDIR": str(vault.parent),
    } | more


def tried(vault: Path, *answers: str, shell: str = "sh", **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shell, str(SCRIPT), "kv-live", "func-live", "rg-live"],
        input="\n".join(answers) + "\n", env=around(vault, **more), capture_output=True, text=True, check=False,
    )  # fmt: skip


def run(vault: Path, *answers: str, shell: str = "sh") -> str:
    done = tried(vault, *answers, shell=shell)
    assert done.returncode == 0, done.stderr
    return done.stdout


def left(vault: Path) -> list[str]:
    """Folders with values that were not taken away."""
    return [path.name for path in vault.parent.iterdir() if path.name.startswith("tmp")]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_two_keys_are_made_as_the_settings_want_them(vault: Path, shell: str) -> None:
    run(vault, *[""] * PROVIDERS, shell=shell)
    key_id, _, key = (vault / "ENCRYPTION-KEYS").read_text().partition(":")
    assert (key_id, len(base64.b64decode(key, validate=True))) == ("k1", 32)
    assert len(base64.b64decode((vault / "INDEX-KEY").read_text(), validate=True)) == 32
    assert {path.name for path in vault.iterdir()} == {"ENCRYPTION-KEYS", "INDEX-KEY"}


def test_a_key_that_is_there_is_never_made_anew(vault: Path) -> None:
    run(vault, *[""] * PROVIDERS)
    before = {path.name: path.read_text() for path in vault.iterdir()}
    assert "ENCRYPTION-KEYS is there: kept" in run(vault, *[""] * PROVIDERS)
    assert {path.name: path.read_text() for path in vault.iterdir()} == before


def test_what_is_answered_is_kept_to_the_letter_and_shown_nowhere(vault: Path) -> None:
    said = run(vault, "EAAG%s\\n token", *[""] * (PROVIDERS - 1))
    assert (vault / "WHATSAPP-ACCESS-TOKEN").read_text() == "EAAG%s\\n token"
    assert "EAAG" not in said
    calls = (vault.parent / "vault.calls").read_text()
    assert "EAAG" not in calls
    assert (vault / "INDEX-KEY").read_text() not in calls
    assert left(vault) == []


def test_the_app_reads_its_secrets_again(vault: Path) -> None:
    run(vault, *[""] * PROVIDERS)
    calls = (vault.parent / "vault.calls").read_text()
    assert "/subscriptions/s/app/config/configreferences/appsettings/refresh" in calls
    assert "functionapp restart --name func-live --resource-group rg-live" in calls


def test_a_vault_that_refuses_a_key_stops_everything_and_a_second_run_makes_it(vault: Path) -> None:
    refused = tried(vault, *[""] * PROVIDERS, REFUSED="INDEX-KEY")
    assert refused.returncode != 0
    assert "INDEX-KEY was made" not in refused.stdout
    first = (vault / "ENCRYPTION-KEYS").read_text()
    assert left(vault) == []
    said = run(vault, *[""] * PROVIDERS)
    assert "INDEX-KEY was made" in said
    assert (vault / "ENCRYPTION-KEYS").read_text() == first


def test_an_app_that_cannot_be_told_is_no_success_and_nothing_is_made_anew(vault: Path) -> None:
    assert tried(vault, "a token", *[""] * (PROVIDERS - 1), REFUSED="refresh").returncode != 0
    before = {path.name: path.read_text() for path in vault.iterdir()}
    assert "the app reads its secrets again" in run(vault, *[""] * PROVIDERS)
    assert {path.name: path.read_text() for path in vault.iterdir()} == before


@pytest.mark.parametrize("shell", SHELLS)
def test_without_randomness_no_key_is_put(vault: Path, shell: str) -> None:
    broken = vault.parent / "bin" / "openssl"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    assert tried(vault, *[""] * PROVIDERS, shell=shell).returncode != 0
    assert list(vault.iterdir()) == []


@pytest.mark.parametrize("shell", SHELLS)
def test_who_breaks_off_leaves_no_secret_and_a_terminal_that_shows_what_is_typed(vault: Path, shell: str) -> None:
    ours, theirs = pty.openpty()
    command = [shell, str(SCRIPT), "kv-live", "func-live", "rg-live"]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, env=around(vault)) as asking:
        assert asking.stdout is not None
        said = b""
        while b"WHATSAPP-VERIFY-TOKEN" not in said:
            said += os.read(asking.stdout.fileno(), 1024)
            if said.endswith(b"WHATSAPP-ACCESS-TOKEN (empty: none): "):
                os.write(ours, b"EAAG-fictional\n")
        asking.send_signal(signal.SIGTERM)
        said += asking.stdout.read()
    assert asking.returncode == 143
    assert b"EAAG" not in said
    assert (vault / "WHATSAPP-ACCESS-TOKEN").read_text() == "EAAG-fictional"
    assert termios.tcgetattr(theirs)[3] & termios.ECHO
    assert left(vault) == []
    os.close(ours)
    os.close(theirs)
