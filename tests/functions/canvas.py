"""What tests of the canvas app share: the app's source read, its two connections, and the app opened by a nurse."""

from __future__ import annotations

import json
from functools import cache

from infra.power_platform.app.connector import NAMES, read_connectors
from infra.power_platform.app.reading import Reading, read
from infra.power_platform.app.source import read_files
from infra.power_platform.generator.files import CONNECTORS
from tests.functions.conftest import CLINICS_KEY, RunningApp
from tests.power_platform.machine import Connection, over_http
from tests.power_platform.pressing import Screen


@cache
def source() -> Reading:
    return read(read_files(), read_connectors())


def connections_to(app: RunningApp) -> dict[str, Connection]:
    found = {}
    for name in NAMES:
        swagger = json.loads((CONNECTORS / name.lower() / "apiDefinition.swagger.json").read_text(encoding="utf-8"))
        found[name] = Connection(swagger, app.host.url, CLINICS_KEY, over_http(app.session))
    return found


async def opened(app: RunningApp) -> Screen:
    """At Home, by somebody of the clinic."""
    screen = Screen(source(), connections_to(app))
    await screen.start()
    return screen
