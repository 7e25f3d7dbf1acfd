"""Where the storage account is and how we prove who we are: a connection string's key, or the app's identity."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from shared.errors import ConfigurationError

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.core.pipeline.transport import AioHttpTransport

_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
_CONNECT_S = 2.0


@dataclass(frozen=True, slots=True)
class Account:
    """One storage account. Without `connection_string` the app's identity is used (`client_id`: which, if several).

    Raises ConfigurationError for endpoints that would carry patients' data unencrypted.
    """

    connection_string: str = field(repr=False, default="")
    table_endpoint: str = ""
    blob_endpoint: str = ""
    client_id: str = ""

    def __post_init__(self) -> None:
        if self.connection_string:
            _check_connection_string(self.connection_string)
            return
        for endpoint in (self.table_endpoint, self.blob_endpoint):
            if urlsplit(endpoint).scheme != "https" or not urlsplit(endpoint).hostname:
                raise ConfigurationError("A storage endpoint must be an address that begins with https://.")

    def options(self) -> dict[str, Any]:
        """What every client of the SDK gets: patience, and a transport that does not read the machine's settings.

        A provider waits for the answer to its callback (WeChat 5 s): one row is there, or has failed, before.
        """
        return {"transport": transport(), "retry_total": 3, "retry_backoff_factor": 0.1, "retry_backoff_max": 2}

    def credential(self) -> "AsyncTokenCredential":
        from azure.identity.aio import DefaultAzureCredential  # 0.17 s of import, not needed with a key

        return DefaultAzureCredential(managed_identity_client_id=self.client_id or None)


def transport() -> "AioHttpTransport":
    """Without `use_env_settings=False` aiohttp looks for a .netrc file, in a thread, at every request."""
    from azure.core.pipeline.transport import AioHttpTransport

    return AioHttpTransport(connection_timeout=_CONNECT_S, use_env_settings=False)


def _check_connection_string(text: str) -> None:
    parts = dict(part.split("=", 1) for part in text.strip().split(";") if "=" in part)
    if parts.get("UseDevelopmentStorage", "").lower() == "true":
        return
    if not parts.get("AccountName") or not parts.get("AccountKey"):
        raise ConfigurationError("The storage connection string needs an AccountName and an AccountKey.")
    addresses = [parts[name] for name in ("TableEndpoint", "BlobEndpoint") if name in parts]
    plain = parts.get("DefaultEndpointsProtocol", "https") != "https" and len(addresses) < 2
    remote = [a for a in addresses if urlsplit(a).scheme != "https" and urlsplit(a).hostname not in _LOCAL]
    if plain or remote:
        raise ConfigurationError("A storage endpoint outside this machine must begin with https://.")
