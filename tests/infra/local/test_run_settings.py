"""Where the local run's settings come from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.local.run.settings import local_settings
from shared.settings import encryption_keys, index_key, read_settings

CONNECTION = "UseDevelopmentStorage=true"


def test_the_settings_of_the_run_are_complete(tmp_path: Path) -> None:
    values = local_settings(tmp_path, app_dir=tmp_path).with_addresses(CONNECTION, {"WECHAT_API_URL": "http://here"})
    settings = read_settings(values)
    assert len(encryption_keys(settings)) == 1
    assert len(index_key(settings)) == 32
    assert settings.development
    assert settings.wechat_api_url == "http://here"
    assert values["AzureWebJobsStorage"] == values["PATIENT_STORAGE_CONNECTION"] == CONNECTION


def test_keys_are_made_once_and_kept_for_their_owner(tmp_path: Path) -> None:
    first, second = (local_settings(tmp_path, app_dir=tmp_path).values["ENCRYPTION_KEYS"] for _ in range(2))
    assert first == second
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0


def test_what_a_person_set_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHATSAPP_GRAPH_URL", "https://graph.example.org")
    file = {"Values": {"LOCAL_API_KEY": "from-the-file", "WHATSAPP_GRAPH_URL": "https://file.example.org"}}
    (tmp_path / "local.settings.json").write_text(json.dumps(file))
    settings = local_settings(tmp_path, app_dir=tmp_path)
    values = settings.with_addresses(CONNECTION, {"WHATSAPP_GRAPH_URL": "http://simulator"})
    assert values["WHATSAPP_GRAPH_URL"] == "https://graph.example.org"
    assert values["LOCAL_API_KEY"] == "from-the-file"
    assert "WHATSAPP_GRAPH_URL" in settings.given


def test_storage_is_the_one_that_was_started_whatever_a_person_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATIENT_STORAGE_CONNECTION", "another account")
    values = local_settings(tmp_path, app_dir=tmp_path).with_addresses(CONNECTION, {})
    assert values["PATIENT_STORAGE_CONNECTION"] == CONNECTION
