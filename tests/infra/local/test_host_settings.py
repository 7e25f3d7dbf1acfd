"""host.json, local.settings.json and the environment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.local.host.settings import HostSettings, HostSettingsError, QueueOptions


def written(folder: Path, host: dict[str, Any], values: dict[str, str] | None = None) -> Path:
    (folder / "host.json").write_text(json.dumps(host))
    (folder / "local.settings.json").write_text(json.dumps({"IsEncrypted": False, "Values": values or {}}))
    return folder


def test_defaults_are_the_real_hosts(tmp_path: Path) -> None:
    settings = HostSettings.read(tmp_path, {}, {})
    assert settings.queues == QueueOptions(
        batch_size=16,
        new_batch_threshold=8,
        max_dequeue_count=5,
        retry_delay_s=0.0,
        max_polling_interval_s=60.0,
        base64=True,
    )
    assert settings.route_prefix == "api"
    assert settings.body_limit_bytes == 104_857_600


def test_the_environment_wins_over_the_file_and_what_is_given_over_both(tmp_path: Path) -> None:
    folder = written(tmp_path, {}, {"A": "file", "B": "file", "C": "file"})
    settings = HostSettings.read(folder, {"B": "environment", "C": "environment"}, {"C": "given"})
    assert [settings.app_settings[name] for name in "ABC"] == ["file", "environment", "given"]


def test_host_json_can_be_overridden_by_app_settings(tmp_path: Path) -> None:
    folder = written(tmp_path, {"extensions": {"queues": {"batchSize": 4, "visibilityTimeout": "00:01:30"}}})
    override = {"AzureFunctionsJobHost__extensions__queues__batchSize": "2"}
    options = HostSettings.read(folder, override, {}).queues
    assert (options.batch_size, options.new_batch_threshold, options.retry_delay_s) == (2, 1, 90.0)


def test_percent_names_are_resolved_and_unknown_ones_refused(tmp_path: Path) -> None:
    settings = HostSettings.read(tmp_path, {"Q": "work"}, {})
    assert settings.resolve("%Q%-poison") == "work-poison"
    with pytest.raises(HostSettingsError, match="UNKNOWN"):
        settings.resolve("%UNKNOWN%")


def test_development_storage_is_azurite_on_its_usual_ports(tmp_path: Path) -> None:
    settings = HostSettings.read(tmp_path, {"AzureWebJobsStorage": "UseDevelopmentStorage=true"}, {})
    assert "127.0.0.1:10001" in settings.connection_string("AzureWebJobsStorage")


@pytest.mark.parametrize(
    "queues",
    [{"batchSize": 33}, {"batchSize": 0}, {"batchSize": "many"}, {"visibilityTimeout": "30"}, {"maxDequeueCount": 0}],
)
def test_options_that_the_real_host_refuses_are_refused(tmp_path: Path, queues: dict[str, Any]) -> None:
    settings = HostSettings.read(written(tmp_path, {"extensions": {"queues": queues}}), {}, {})
    with pytest.raises(HostSettingsError):
        _ = settings.queues


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text("{")
    with pytest.raises(HostSettingsError, match=r"host\.json is not JSON: line 1"):
        HostSettings.read(tmp_path, {}, {})
