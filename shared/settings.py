"""Every setting of the app, read in this one place. The README lists them all; a test compares both ways.

Values come from the environment (App Service settings; `local.settings.json` is put there by the host). Nothing is
read at import: a missing setting must not make the host show "0 functions found", but answer what is missing.
"""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from shared.errors import ConfigurationError

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_AUTHORITY = re.compile(r"https://[a-z0-9.-]+(?::[0-9]+)?")
UNRESOLVED = "@Microsoft.KeyVault("  # a Key Vault reference that the platform could not resolve arrives as it stands


def _setting(name: str, meaning: str, default: str | None = "") -> str:
    """A field whose value is the setting `name`; `default` None: it must be set."""
    value: str = field(metadata={"name": name, "meaning": meaning, "default": default})
    return value


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings as text; `keys` and the channel credentials give them their meaning."""

    storage_connection: str = _setting(
        "PATIENT_STORAGE_CONNECTION", "Connection string of the account that holds patient data; empty: by identity"
    )
    table_endpoint: str = _setting(
        "PATIENT_STORAGE_TABLE_ENDPOINT", "Table endpoint of that account, used with the app's identity"
    )
    blob_endpoint: str = _setting(
        "PATIENT_STORAGE_BLOB_ENDPOINT", "Blob endpoint of that account, used with the app's identity"
    )
    identity_client_id: str = _setting(
        "AZURE_CLIENT_ID", "Client id of the user-assigned identity; empty: the system-assigned one"
    )
    encryption_keys: str = _setting(
        "ENCRYPTION_KEYS", "`id:base64` of 32 bytes each, comma between; the first one encrypts, all decrypt", None
    )
    index_key: str = _setting(
        "INDEX_KEY", "base64 of 32 bytes or more: key of the keyed hashes in table keys; never changes", None
    )
    mock_mode: str = _setting(
        "MOCK_MODE", "`true`: messages go to built-in simulators, nothing leaves the app", "false"
    )
    local_api_key: str = _setting(
        "LOCAL_API_KEY", "API key that sees all clinics; refused outside the development host"
    )
    entra_tenant_id: str = _setting(
        "ENTRA_TENANT_ID", "Id of the Entra ID tenant whose tokens may call; empty: callers need an API key"
    )
    entra_client_id: str = _setting("ENTRA_CLIENT_ID", "Client id of this app's own registration in that tenant")
    entra_audience: str = _setting(
        "ENTRA_AUDIENCE",
        "More names of this app in tokens, comma between, beside its client id and `api://<client id>`",
    )
    entra_authority: str = _setting(
        "ENTRA_AUTHORITY",
        "Who signs the tokens; in China `https://login.partner.microsoftonline.cn`",
        "https://login.microsoftonline.com",
    )
    environment: str = _setting(
        "AZURE_FUNCTIONS_ENVIRONMENT", "Set by the host; `Development` on a developer's machine", "Production"
    )
    plan_schedule: str = _setting(
        "PLAN_SCHEDULE", "NCRONTAB, UTC: how often to look for clinics to plan", "0 */15 * * * *"
    )
    release_schedule: str = _setting(
        "RELEASE_SCHEDULE", "NCRONTAB, UTC: how often to release what is due", "*/5 * * * * *"
    )
    tally_schedule: str = _setting(
        "TALLY_SCHEDULE", "NCRONTAB, UTC: how often to count the days that have changed", "20 * * * * *"
    )
    plan_queue: str = _setting("PLAN_QUEUE", "Name of the queue of planning jobs", "plan-items")
    send_queue: str = _setting("SEND_QUEUE", "Name of the queue of messages to send", "send-items")
    check_queue: str = _setting("CHECK_QUEUE", "Name of the queue of messages to look after", "check-items")
    callback_queue: str = _setting("CALLBACK_QUEUE", "Name of the queue of stored callbacks", "callback-items")
    event_queue: str = _setting("EVENT_QUEUE", "Name of the queue of events to tell subscribers", "event-items")
    publish_schedule: str = _setting(
        "PUBLISH_SCHEDULE",
        "NCRONTAB, UTC: how often to tell subscribers of events",
        "*/5 * * * * *",
    )
    subscriber_hosts: str = _setting(
        "SUBSCRIBER_HOSTS",
        "Domains to whose hosts events may be sent, `name` or `name:port`, comma between",
        "logic.azure.com,api.powerplatform.com,logic.azure.cn,api.powerplatform.partner.microsoftonline.cn",
    )
    public_url: str = _setting(
        "PUBLIC_URL",
        "Address of the app as others see it, such as `https://name.example`; empty: as each request says, and no "
        "message to a patient holds a link",
    )
    whatsapp_phone_number_id: str = _setting("WHATSAPP_PHONE_NUMBER_ID", "Default account: id of the sending number")
    whatsapp_business_account_id: str = _setting("WHATSAPP_BUSINESS_ACCOUNT_ID", "Default account: WABA id")
    whatsapp_access_token: str = _setting("WHATSAPP_ACCESS_TOKEN", "Default account: system user token")
    whatsapp_verify_token: str = _setting(
        "WHATSAPP_VERIFY_TOKEN", "Default account: word of the callback handshake; two with a comma while it rotates"
    )
    whatsapp_webhook_secret: str = _setting(
        "WHATSAPP_WEBHOOK_SECRET", "Default account: app secret that signs callbacks; two with a comma while it rotates"
    )
    whatsapp_graph_url: str = _setting("WHATSAPP_GRAPH_URL", "Address of the Graph API", "https://graph.facebook.com")
    whatsapp_graph_version: str = _setting("WHATSAPP_GRAPH_VERSION", "Version of the Graph API", "v25.0")
    wechat_app_id: str = _setting("WECHAT_APP_ID", "Default account: AppID of the Official Account")
    wechat_app_secret: str = _setting("WECHAT_APP_SECRET", "Default account: AppSecret")
    wechat_token: str = _setting(
        "WECHAT_TOKEN", "Default account: token that signs callbacks; two with a comma while it rotates"
    )
    wechat_encoding_aes_key: str = _setting(
        "WECHAT_ENCODING_AES_KEY", "Default account: EncodingAESKey (43 characters); empty: plain callbacks"
    )
    wechat_callback_mode: str = _setting(
        "WECHAT_CALLBACK_MODE", "plain, compatible or secure; empty: secure with an EncodingAESKey, else plain"
    )
    wechat_api_url: str = _setting("WECHAT_API_URL", "Address of the WeChat API", "https://api.weixin.qq.com")

    @property
    def development(self) -> bool:
        return self.environment == "Development"

    @property
    def mock(self) -> bool:
        return self.mock_mode.lower() in ("1", "true", "yes")

    @property
    def entra_audiences(self) -> frozenset[str]:
        """What a token for this app may name as its audience."""
        named = (name.strip() for name in self.entra_audience.split(","))
        return frozenset(name for name in (self.entra_client_id, f"api://{self.entra_client_id}", *named) if name)

    def group(self, prefix: str) -> Mapping[str, str]:
        """The settings whose names start with `prefix`, by their names without it, in lower case."""
        return {
            name.removeprefix(prefix).lower(): getattr(self, f.name)
            for f in fields(self)
            if (name := f.metadata["name"]).startswith(prefix)
        }


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Reads and checks the settings. Raises ConfigurationError that names every wrong one, never a value."""
    source = os.environ if environment is None else environment
    values: dict[str, str] = {}
    problems: list[str] = []
    for f in fields(Settings):
        name, default = f.metadata["name"], f.metadata["default"]
        value = source.get(name) or default
        if value is None:
            problems.append(f"{name} is not set")
        elif value.startswith(UNRESOLVED):
            problems.append(f"{name} is an unresolved Key Vault reference")
        values[f.name] = value or ""
    for name in ("entra_tenant_id", "entra_client_id"):
        values[name] = values[name].lower()  # as tokens write them
    values["entra_authority"] = values["entra_authority"].rstrip("/")
    settings = Settings(**values)
    problems += _entra_problems(settings)
    if settings.local_api_key and not settings.development:
        problems.append("LOCAL_API_KEY is only for the development host: remove it")
    if not settings.storage_connection and not (settings.table_endpoint and settings.blob_endpoint):
        problems.append("PATIENT_STORAGE_CONNECTION or the two PATIENT_STORAGE_…_ENDPOINT settings are not set")
    if problems:
        raise ConfigurationError("Settings to correct: " + "; ".join(problems))
    return settings


def _entra_problems(settings: Settings) -> list[str]:
    if not settings.entra_tenant_id and not settings.entra_client_id:
        return []
    problems = [
        f"{name} is not an id such as 00000000-0000-0000-0000-000000000000"
        for name, value in (
            ("ENTRA_TENANT_ID", settings.entra_tenant_id),
            ("ENTRA_CLIENT_ID", settings.entra_client_id),
        )
        if _GUID.fullmatch(value) is None
    ]
    if _AUTHORITY.fullmatch(settings.entra_authority) is None:
        problems.append("ENTRA_AUTHORITY is not an address of only https:// and a host")
    return problems


def encryption_keys(settings: Settings) -> Mapping[str, bytes]:
    """Key id -> 32 bytes; the first one is current. Raises ConfigurationError."""
    keys: dict[str, bytes] = {}
    for part in settings.encryption_keys.split(","):
        key_id, _, text = part.strip().partition(":")
        keys[key_id] = key = _decode(text, "ENCRYPTION_KEYS")
        if not key_id.isalnum() or len(key) != 32:
            raise ConfigurationError("ENCRYPTION_KEYS: write `id:base64` with a short id and a key of exactly 32 bytes")
    return keys


def index_key(settings: Settings) -> bytes:
    key = _decode(settings.index_key, "INDEX_KEY")
    if len(key) < 32:
        raise ConfigurationError("INDEX_KEY: write base64 of at least 32 bytes")
    return key


def _decode(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ConfigurationError(f"{name} is not valid base64") from None


def source_secret(name: str, environment: Mapping[str, str] | None = None) -> str:
    """A secret that a clinic's source names, such as `SOURCE_RIVERSIDE_TOKEN`. Raises ConfigurationError.

    Only names that begin with SOURCE_ can be asked for: a clinic file must not reach the app's own secrets.
    """
    value = (os.environ if environment is None else environment).get(name, "")
    if not name.startswith("SOURCE_") or not value or value.startswith(UNRESOLVED):
        raise ConfigurationError(
            f"The setting {name} that a clinic's source names is not set (its name must begin SOURCE_)."
        )
    return value
