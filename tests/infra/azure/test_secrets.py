"""secrets.sh against a vault of files: keys are made once and never anew, provider secrets are asked for."""

import base64
import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "infra" / "azure" / "secrets.sh"
# `az` in place of Azure's own: a vault is a folder, and every call is written down.
AZ = """#!/bin/sh
echo "$*" >>"$VAULT.calls"
case "$1 $2 $3" in
"keyvault secret list") ls "$VAULT" ;;
"keyvault secret set") cp "$9" "$VAULT/$7" ;;
"functionapp show "*) echo /subscriptions/s/app ;;
esac
"""
PROVIDERS = 6


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "az").write_text(AZ)
    (programs / "az").chmod(0o755)
    folder = tmp_path / "vault"
    folder.mkdir()
    return folder


def run(vault: Path, *answers: str) -> str:
    environment = {
        "PATH": f"{vault.parent / 'bin'}:{os.environ['PATH']}",
        "VAULT": str(vault),
        "TMPDIR": str(vault.parent),
    }
    done = subprocess.run(
        ["sh", str(SCRIPT), "kv-live", "func-live", "rg-live"],
        input="\n".join(answers) + "\n", env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_two_keys_are_made_as_the_settings_want_them(vault: Path) -> None:
    run(vault, *[""] * PROVIDERS)
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
    assert [path.name for path in vault.parent.iterdir() if path.name.startswith("tmp")] == []


def test_the_app_reads_its_secrets_again(vault: Path) -> None:
    run(vault, *[""] * PROVIDERS)
    calls = (vault.parent / "vault.calls").read_text()
    assert "/subscriptions/s/app/config/configreferences/appsettings/refresh" in calls
    assert "functionapp restart --name func-live --resource-group rg-live" in calls
