"""The app settings of the local run: what the environment and local.settings.json do not say."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from infra.local.host.settings import HostSettings
from infra.local.sample import harbour, lotus
from infra.local.tools import ROOT
from shared.channels.wechat.credentials import WeChatCredentials
from shared.channels.whatsapp.credentials import WhatsAppCredentials
from shared.settings import Settings

KEYS_FILE = "keys.json"

# Credentials that open nothing but the simulators of this run.
_SAMPLE = {
    "LOCAL_API_KEY": "local",
    "WHATSAPP_PHONE_NUMBER_ID": "100000000000001",
    "WHATSAPP_BUSINESS_ACCOUNT_ID": "200000000000001",
    "WHATSAPP_ACCESS_TOKEN": "sample-access-token",
    "WHATSAPP_VERIFY_TOKEN": "sample-verify-token",
    "WHATSAPP_WEBHOOK_SECRET": "sample-app-secret",
    "WECHAT_APP_ID": "wx0000000000000001",
    "WECHAT_APP_SECRET": "sample-app-secret",
    "WECHAT_TOKEN": "sampletoken",
    "WECHAT_ENCODING_AES_KEY": base64.b64encode(b"sample key of the local run only").decode().rstrip("="),
}
_SHORT = {"PLAN_SCHEDULE": "0 * * * * *", "RELEASE_SCHEDULE": "*/2 * * * * *", "TALLY_SCHEDULE": "*/5 * * * * *"}


def _account(number: int) -> Mapping[str, str]:
    return {
        "phone_number_id": f"10000000000000{number}",
        "business_account_id": f"20000000000000{number}",
        "access_token": f"sample-access-token-{number}",
        "verify_token": f"sample-verify-token-{number}",
        "webhook_secret": f"sample-app-secret-{number}",
    }


OWN_ACCOUNTS = {lotus.ACCOUNT: _account(2), harbour.SECOND_ACCOUNT: _account(3)}
"""The clinics' own WhatsApp accounts, by name, kept in the settings store."""


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """`values`: every app setting but the addresses that only a started part knows. `given`: those set by a person."""

    values: Mapping[str, str]
    given: frozenset[str]

    def with_addresses(self, connection: str, addresses: Mapping[str, str]) -> Mapping[str, str]:
        """The whole, with the storage that was started; an address that a person set stays."""
        found = {name: value for name, value in addresses.items() if name not in self.given}
        stores = {"AzureWebJobsStorage": connection, "PATIENT_STORAGE_CONNECTION": connection}
        return {**self.values, **found, **stores}

    def group(self, prefix: str) -> Mapping[str, str]:
        """The settings with this prefix, by their names without it, in lower case."""
        return {
            name.removeprefix(prefix).lower(): value for name, value in self.values.items() if name.startswith(prefix)
        }

    def whatsapp(self) -> Sequence[WhatsAppCredentials]:
        """The default account and the clinics' own. Raises ConfigurationError."""
        default = self.group("WHATSAPP_")
        return [WhatsAppCredentials.from_mapping({**default, **own}) for own in ({}, *OWN_ACCOUNTS.values())]

    def wechat(self) -> WeChatCredentials:
        """Raises ConfigurationError."""
        return WeChatCredentials.from_mapping(self.group("WECHAT_"))


def local_settings(folder: Path, app_dir: Path = ROOT) -> LocalSettings:
    """A person's settings first (environment, then local.settings.json), then the run's own, then the shipped defaults.

    The keys are made once and kept in `folder`. Raises HostSettingsError, OSError.
    """
    everything = HostSettings.read(app_dir, os.environ, {}).app_settings
    shipped = {f.metadata["name"]: f.metadata["default"] or "" for f in fields(Settings)}
    given = {name: value for name in shipped if (value := everything.get(name))}
    environment = {"AZURE_FUNCTIONS_ENVIRONMENT": "Development", "FUNCTIONS_WORKER_RUNTIME": "python"}
    values = {**shipped, **_SHORT, **_SAMPLE, **_keys(folder), **given, **environment}
    return LocalSettings({name: value for name, value in values.items() if value}, frozenset(given))


def _keys(folder: Path) -> Mapping[str, str]:
    """What seals the data in this folder: without it the data is unreadable, and so it stays beside it."""
    path = folder / KEYS_FILE
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        keys = {"ENCRYPTION_KEYS": f"local:{_random_key()}", "INDEX_KEY": _random_key()}
        with open(path, "w", encoding="utf-8", opener=_owner_only) as file:
            json.dump(keys, file, indent=2)
    read: dict[str, str] = json.loads(path.read_text("utf-8"))
    return read


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
