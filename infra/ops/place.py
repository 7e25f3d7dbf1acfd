"""Which storage a command works on: the one in the settings, else the data of `dev.py run` on this machine."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from enum import Enum, auto
from pathlib import Path

from infra.local.azurite import Azurite
from infra.local.host.settings import HostSettings
from infra.local.run.open_storage import noted, open_connection
from infra.local.run.settings import local_settings
from infra.local.tools import ROOT
from infra.ops.command import CommandRefusedError, Desk
from infra.ops.queue_account import queue_account
from infra.ops.read_only import ReadOnlyBlobs, ReadOnlyRows
from shared.clock import SystemClock
from shared.errors import StorageNotSetUp
from shared.settings import Settings, encryption_keys, index_key, read_settings
from shared.storage import memory
from shared.storage.azure import open_storage
from shared.storage.opened import OpenStorage
from shared.wiring import build_services

STORAGE = ("PATIENT_STORAGE_CONNECTION", "PATIENT_STORAGE_TABLE_ENDPOINT", "PATIENT_STORAGE_BLOB_ENDPOINT")


class Access(Enum):
    """What a command may do to the storage: look at it, change it, and where it is new begin on it. TRYING: a dry run
    of what begins, which finds a new account empty."""

    LOOKING = auto()
    TRYING = auto()
    CHANGING = auto()
    BEGINNING = auto()


@asynccontextmanager
async def opened(data: Path, access: Access = Access.CHANGING) -> AsyncIterator[Desk]:
    """The desk of one command. Raises CommandRefusedError, ConfigurationError, StorageUnavailable, and what Azurite
    and the settings files raise."""
    given = HostSettings.read(ROOT, os.environ, {}).app_settings
    if any(given.get(name) for name in STORAGE):
        async with _desk(given, _where(given), access) as desk:
            yield desk
        return
    async with _local_connection(data) as connection:
        values = local_settings(data).with_addresses(connection, {})
        async with _desk(values, f"the data of `dev.py run` in {_readable(data)}", access) as desk:
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
async def _desk(values: Mapping[str, str], place: str, access: Access) -> AsyncIterator[Desk]:
    settings = read_settings(values)
    storage = _storage(settings, access)
    try:
        if access is Access.BEGINNING:
            await storage.create_tables()
        if access is Access.TRYING and await _is_new(storage):
            place = f"{place}: it is new, and its tables would be made"
            await storage.aclose()
            storage = memory.open_storage(encryption_keys=encryption_keys(settings), index_key=index_key(settings))
        services = build_services(settings, storage, SystemClock())
        try:
            yield Desk(services, storage, place, settings, queue_account(values))
        finally:
            await services.fresh.aclose()  # the sources that were asked
            await services.network.aclose()
    finally:
        await storage.aclose()


def _storage(settings: Settings, access: Access) -> OpenStorage:
    may_change = access in (Access.CHANGING, Access.BEGINNING)
    return open_storage(
        connection_string=settings.storage_connection,
        table_endpoint=settings.table_endpoint,
        blob_endpoint=settings.blob_endpoint,
        client_id=settings.identity_client_id,
        encryption_keys=encryption_keys(settings),
        index_key=index_key(settings),
        around_rows=(lambda rows: rows) if may_change else ReadOnlyRows,
        around_blobs=(lambda blobs: blobs) if may_change else ReadOnlyBlobs,
    )


async def _is_new(storage: OpenStorage) -> bool:
    try:
        await storage.clinics.all()
    except StorageNotSetUp:
        return True
    return False


def _where(values: Mapping[str, str]) -> str:
    """The account by its name: a connection string holds a key."""
    if connection := values.get(STORAGE[0]):
        parts = dict(part.split("=", 1) for part in connection.split(";") if "=" in part)
        return f"the storage account {parts.get('AccountName', 'of this machine (UseDevelopmentStorage)')}"
    return f"the storage at {values.get(STORAGE[1])}"


def _readable(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
