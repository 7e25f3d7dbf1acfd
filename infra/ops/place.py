"""Which storage a command works on: the one in the settings, else the data of `dev.py run` on this machine."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from infra.local.azurite import Azurite
from infra.local.host.settings import HostSettings
from infra.local.run.open_storage import noted, open_connection
from infra.local.run.settings import local_settings
from infra.local.tools import ROOT
from infra.ops.command import CommandRefusedError, Desk
from infra.ops.queue_account import queue_account
from shared.clock import SystemClock
from shared.settings import encryption_keys, index_key, read_settings
from shared.storage.azure import open_storage
from shared.wiring import build_services

STORAGE = ("PATIENT_STORAGE_CONNECTION", "PATIENT_STORAGE_TABLE_ENDPOINT", "PATIENT_STORAGE_BLOB_ENDPOINT")


@asynccontextmanager
async def opened(data: Path, *, make_tables: bool = False) -> AsyncIterator[Desk]:
    """The desk of one command. Raises CommandRefusedError, ConfigurationError, StorageUnavailable, and what Azurite
    and the settings files raise."""
    given = HostSettings.read(ROOT, os.environ, {}).app_settings
    if any(given.get(name) for name in STORAGE):
        async with _desk(given, _where(given), make_tables) as desk:
            yield desk
        return
    async with _local_connection(data) as connection:
        values = local_settings(data).with_addresses(connection, {})
        async with _desk(values, f"the data of `dev.py run` in {_readable(data)}", make_tables) as desk:
            yield desk


@asynccontextmanager
async def _local_connection(data: Path) -> AsyncIterator[str]:
    """Of the run that serves just now, else of an Azurite for as long as the command lasts."""
    if connection := open_connection(data):
        yield connection
        return
    if not (data / "azurite").is_dir():
        raise CommandRefusedError(
            f"There is no data in {_readable(data)} yet. Run `python3 dev.py run` once, or name the storage account in "
            "PATIENT_STORAGE_CONNECTION (or in the two PATIENT_STORAGE_…_ENDPOINT)."
        )
    async with Azurite(data / "azurite") as azurite:
        with noted(data, azurite):
            yield azurite.connection_string


@asynccontextmanager
async def _desk(values: Mapping[str, str], place: str, make_tables: bool) -> AsyncIterator[Desk]:
    settings = read_settings(values)
    storage = open_storage(
        connection_string=settings.storage_connection,
        table_endpoint=settings.table_endpoint,
        blob_endpoint=settings.blob_endpoint,
        client_id=settings.identity_client_id,
        encryption_keys=encryption_keys(settings),
        index_key=index_key(settings),
    )
    try:
        if make_tables:
            await storage.create_tables()
        services = build_services(settings, storage, SystemClock())
        try:
            yield Desk(services, storage, place, settings, queue_account(values))
        finally:
            await services.fresh.aclose()  # the sources that were asked
            await services.network.aclose()
    finally:
        await storage.aclose()


def _where(values: Mapping[str, str]) -> str:
    """The account by its name: a connection string holds a key."""
    if connection := values.get(STORAGE[0]):
        parts = dict(part.split("=", 1) for part in connection.split(";") if "=" in part)
        return f"the storage account {parts.get('AccountName', 'of this machine (UseDevelopmentStorage)')}"
    return f"the storage at {values.get(STORAGE[1])}"


def _readable(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
