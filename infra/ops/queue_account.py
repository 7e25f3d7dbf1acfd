"""Where the host's queues are: the account that the app's bindings name, by connection string or by identity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.local.host.settings import HostSettings, HostSettingsError

CONNECTION = "AzureWebJobsStorage"
NOT_NAMED = f"the settings name no account of queues ({CONNECTION} or {CONNECTION}__queueServiceUri)"
ELSEWHERE = f"{CONNECTION} is the storage of this machine, and what is stored is not"
_OF_THIS_MACHINE = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True)
class QueueAccount:
    """`client_id`: which identity, where there are several. `unnamed`: why it is not known."""

    connection_string: str = field(repr=False, default="")
    endpoint: str = ""
    client_id: str = ""
    unnamed: str = ""


def queue_account(values: Mapping[str, str]) -> QueueAccount:
    """By the names that the host itself reads (functions-reference, identity-based connections)."""
    endpoint = values.get(f"{CONNECTION}__queueServiceUri", "")
    if not endpoint and (account := values.get(f"{CONNECTION}__accountName", "")):
        endpoint = f"https://{account}.queue.core.windows.net"
    try:
        connection, unnamed = HostSettings(values, {}).connection_string(CONNECTION), ELSEWHERE
    except HostSettingsError:
        connection, unnamed = "", NOT_NAMED
    if connection and (_data_are_here(values) or not _is_here(connection)):
        return QueueAccount(connection)
    client_id = values.get(f"{CONNECTION}__clientId") or values.get("AZURE_CLIENT_ID", "")
    return QueueAccount(endpoint=endpoint, client_id=client_id) if endpoint else QueueAccount(unnamed=unnamed)


def _data_are_here(values: Mapping[str, str]) -> bool:
    """Jobs of one place judged by the data of another would all lead nowhere."""
    connection = values.get("PATIENT_STORAGE_CONNECTION", "")
    return _is_here(connection) or connection.rstrip(";").lower() == "usedevelopmentstorage=true"


def _is_here(connection: str) -> bool:
    return any(f"://{name}" in connection for name in _OF_THIS_MACHINE)
