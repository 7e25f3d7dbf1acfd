"""The one place that knows which adapters there are, and puts the services together.

Everything is built at the first use, once per process: importing this needs no setting, so a wrong setting makes the
app answer 503 with a sentence, not show "0 functions found". Adapters are imported when they are first used.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from shared import settings as app_settings
from shared.clock import Clock, SystemClock
from shared.services.clinics import DEFAULT_ACCOUNT
from shared.settings import Settings
from shared.storage.contract import Storage
from shared.subscribers.contract import Subscribers
from shared.telemetry.quiet import hush
from shared.wiring.channels import WEBHOOK_CHANNELS, known_channel, one_channel
from shared.wiring.services import Services, build_services

if TYPE_CHECKING:
    from shared.storage.opened import OpenStorage

__all__ = ["DEFAULT_ACCOUNT", "WEBHOOK_CHANNELS", "Deps", "Services", "build_services", "known_channel", "one_channel"]


class Deps:
    """What triggers get. `services()` builds everything at the first call; concurrent first calls wait for it."""

    def __init__(
        self,
        read_settings: Callable[[], Settings] = app_settings.read_settings,
        storage: Storage | None = None,
        clock: Clock | None = None,
        subscribers: Subscribers | None = None,
    ) -> None:
        hush()
        self._read_settings = read_settings
        self._storage = storage
        self._clock = clock or SystemClock()
        self._subscribers = subscribers
        self._services: Services | None = None
        self._opened: OpenStorage | None = None
        self._building = asyncio.Lock()

    async def services(self) -> Services:
        """Raises ConfigurationError that names every wrong setting; tried again at the next call."""
        if self._services is None:
            async with self._building:
                if self._services is None:
                    self._services = self._build()
        return self._services

    async def aclose(self) -> None:
        """Closes every connection, for a host that ends before its process does; the next call opens new ones."""
        services, self._services = self._services, None
        opened, self._opened = self._opened, None
        if services is not None:
            await services.fresh.aclose()
            await services.network.aclose()
        if opened is not None:
            await opened.aclose()

    def _build(self) -> Services:
        settings = self._read_settings()
        if self._storage is not None:
            return self._build_on(settings, self._storage)
        self._opened = self._opened or _open_storage(settings)
        return self._build_on(settings, self._opened)

    def _build_on(self, settings: Settings, storage: Storage) -> Services:
        return build_services(settings, storage, self._clock, subscribers=self._subscribers)


def _open_storage(settings: Settings) -> "OpenStorage":
    from shared.storage.azure import open_storage

    return open_storage(
        connection_string=settings.storage_connection,
        table_endpoint=settings.table_endpoint,
        blob_endpoint=settings.blob_endpoint,
        client_id=settings.identity_client_id,
        encryption_keys=app_settings.encryption_keys(settings),
        index_key=app_settings.index_key(settings),
    )
