"""Settings of the host: host.json, local.settings.json and the environment, which wins.

As the real host does, `AzureFunctionsJobHost__a__b` in the app settings overrides `a.b` of host.json
(learn.microsoft.com, functions-host-json, "Override host.json values"), and `%NAME%` in a binding names a setting.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# What Core Tools sets on a developer's machine; Azure sets Production (functions-app-settings).
DEVELOPMENT = {"AZURE_FUNCTIONS_ENVIRONMENT": "Development"}
OVERRIDE_PREFIX = "AzureFunctionsJobHost__"
DEFAULT_BODY_LIMIT_BYTES = (
    104_857_600  # "limited to 100 MB (104,857,600 bytes)", functions-bindings-http-webhook-trigger
)
# What "UseDevelopmentStorage=true" stands for (learn.microsoft.com, storage-use-azurite): public account and key.
DEVELOPMENT_STORAGE = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
    "BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;"
    "TableEndpoint=http://127.0.0.1:10002/devstoreaccount1;"
)


class HostSettingsError(ValueError):
    """A setting that the host needs is missing or cannot be read. The text names the setting, never its value."""


@dataclass(frozen=True)
class QueueOptions:
    """`extensions.queues` of host.json, with the real host's defaults. Times in seconds."""

    batch_size: int = 16
    new_batch_threshold: int = 8
    max_dequeue_count: int = 5
    retry_delay_s: float = 0.0
    max_polling_interval_s: float = 60.0
    base64: bool = True


@dataclass(frozen=True)
class HostSettings:
    """App settings and host.json of one app."""

    app_settings: Mapping[str, str]
    host_json: Mapping[str, Any]

    @classmethod
    def read(cls, app_dir: Path, environment: Mapping[str, str], overrides: Mapping[str, str]) -> HostSettings:
        """Read the app's files. `overrides` win over the environment, which wins over local.settings.json."""
        values = _json_file(app_dir / "local.settings.json").get("Values", {})
        merged = {**DEVELOPMENT, **values, **environment, **overrides}
        return cls(merged, _overridden(_json_file(app_dir / "host.json"), merged))

    @property
    def route_prefix(self) -> str:
        """Prefix of every HTTP route; `api` unless host.json says otherwise."""
        return str(self._extension("http").get("routePrefix", "api")).strip("/")

    @property
    def queues(self) -> QueueOptions:
        """Options of every queue listener."""
        given = self._extension("queues")
        batch_size = _whole(given, "batchSize", 16, 1, 32)
        return QueueOptions(
            batch_size=batch_size,
            new_batch_threshold=_whole(given, "newBatchThreshold", batch_size // 2, 0, 10_000),
            max_dequeue_count=_whole(given, "maxDequeueCount", 5, 1, 10_000),
            retry_delay_s=_seconds(given.get("visibilityTimeout", "00:00:00")),
            max_polling_interval_s=_seconds(given.get("maxPollingInterval", "00:01:00")),
            base64=str(given.get("messageEncoding", "base64")).lower() == "base64",
        )

    @property
    def body_limit_bytes(self) -> int:
        """Longest HTTP request body that is read."""
        return int(self.app_settings.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", DEFAULT_BODY_LIMIT_BYTES))

    @property
    def function_key(self) -> str:
        """Key that functions of level FUNCTION and ADMIN ask for."""
        return self.app_settings.get("DEVELOPMENT_HOST_KEY", "local")

    def connection_string(self, connection: str) -> str:
        """The storage connection string that a binding's `connection` names. Raises HostSettingsError."""
        value = self.app_settings.get(connection or "AzureWebJobsStorage", "")
        if value.rstrip(";").lower() == "usedevelopmentstorage=true":
            return DEVELOPMENT_STORAGE
        if not value:
            raise HostSettingsError(f"app setting {connection or 'AzureWebJobsStorage'} is not set")
        return value

    def resolve(self, text: str) -> str:
        """Replace every `%NAME%` by that app setting. Raises HostSettingsError for an unknown name."""
        return re.sub(r"%([^%]+)%", lambda found: self._setting(found.group(1)), text)

    def _setting(self, name: str) -> str:
        try:
            return self.app_settings[name]
        except KeyError:
            raise HostSettingsError(f"app setting {name} is named in a binding and is not set") from None

    def _extension(self, name: str) -> Mapping[str, Any]:
        section: Mapping[str, Any] = self.host_json.get("extensions", {}).get(name, {})
        return section


@contextmanager
def environment_of(settings: Mapping[str, str]) -> Iterator[None]:
    """Put app settings into the process environment, where an app reads them, and take them out again."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _json_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise HostSettingsError(f"{path.name} is not JSON: line {error.lineno}") from None
    if not isinstance(content, dict):
        raise HostSettingsError(f"{path.name} is not a JSON object")
    return content


def _overridden(host_json: dict[str, Any], settings: Mapping[str, str]) -> dict[str, Any]:
    for name, value in settings.items():
        if name.startswith(OVERRIDE_PREFIX):
            *parents, leaf = name.removeprefix(OVERRIDE_PREFIX).split("__")
            section = host_json
            for parent in parents:
                section = section.setdefault(parent, {})
            section[leaf] = value
    return host_json


def _whole(given: Mapping[str, Any], name: str, default: int, least: int, most: int) -> int:
    try:
        value = int(given.get(name, default))
    except (TypeError, ValueError):
        raise HostSettingsError(f"host.json: queues.{name} is not a whole number") from None
    if not least <= value <= most:
        raise HostSettingsError(f"host.json: queues.{name} must lie between {least} and {most}")
    return value


def _seconds(time_span: str) -> float:
    found = re.fullmatch(r"(?:(\d+)\.)?(\d{1,2}):(\d{1,2}):(\d{1,2}(?:\.\d+)?)", str(time_span))
    if not found:
        raise HostSettingsError("host.json: a time span must be written [days.]hh:mm:ss")
    days, hours, minutes, seconds = found.groups(default="0")
    return ((int(days) * 24 + int(hours)) * 60 + int(minutes)) * 60 + float(seconds)
