"""The parts of the local run: each is named while it starts, and says what to do when it does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from infra.local.azurite import AzuriteError
from infra.local.host.engine import IndexingError
from infra.local.host.routes import RouteError
from infra.local.host.settings import HostSettingsError
from infra.local.host.timers import ScheduleError
from infra.local.run.progress import RunStoppedError
from infra.local.tools import ToolMissingError
from shared.errors import PatientMessagingError

TROUBLES = (
    OSError,
    TimeoutError,
    AzuriteError,
    ToolMissingError,
    IndexingError,
    HostSettingsError,
    RouteError,
    ScheduleError,
    PatientMessagingError,
)


@contextmanager
def part(name: str, to_do: str) -> Iterator[None]:
    """What goes wrong inside in a known way becomes a RunStoppedError that names the part."""
    try:
        yield
    except TROUBLES as error:
        what = str(error) or type(error).__name__
        raise RunStoppedError(name, what.rstrip("."), to_do) from error
