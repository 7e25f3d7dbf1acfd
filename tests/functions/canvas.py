"""What tests of the canvas app share: the app's source read, its two connections, and the app opened by a nurse."""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path

from infra.power_platform.app.connector import NAMES, read_connectors
from infra.power_platform.app.reading import Reading, read
from infra.power_platform.app.source import read_files
from infra.power_platform.generator.files import CONNECTORS
from shared.clock import SystemClock
from tests.functions.conftest import CLINICS_KEY, COLUMNS, RunningApp, running
from tests.power_platform.machine import Connection, over_http
from tests.power_platform.pressing import Screen

DAY = (SystemClock().now() + timedelta(days=3)).date()
FOLLOWER = "oFlorentina_follower_8106"
PEOPLE = (  # of each the hour of the appointment; the last ones get no reminder
    ("P-8101", "Araminta Ashdown", "07700 900411", "", 9),
    ("P-8102", "Bartholomew Birch", "07700 900412", "", 10),
    ("P-8103", "Clementine Cobb", "07700 900413", "", 11),
    ("P-8104", "Desmond Dray", "07700 900414", "", 12),
    ("P-8105", "Eglantine Elms", "07700 900415", "", 13),
    ("P-8110", "Jocasta Jolly", "07700 900719", "", 15),  # not on WhatsApp
    ("P-8106", "Florentina Finch", "", FOLLOWER, 14),
    ("P-8107", "Gideon Garth", "020 7946 0017", "", 17),
    ("P-8108", "Hepzibah Hale", "020 7946 0018", "", 8),
    ("P-8109", "Ignatius Ives", "", "", 16),
)


def number(digits: int) -> str:
    return f"+447700900{digits}"


@asynccontextmanager
async def desks(connection: str, folder: Path) -> AsyncIterator[RunningApp]:
    """An app that has reminded everybody it can."""
    async with running(connection, folder) as app:
        with (folder / "appointments.csv").open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(COLUMNS)
            for patient, name, mobile, openid, hour in PEOPLE:
                when = f"{DAY:%Y-%m-%d} {hour:02}:00"
                lines.writerow([f"A{patient}", patient, name, "1980-01-01", mobile, openid, when, "booked", "Level 2"])
        assert (await app.call("POST", "/any/v1/reminder-runs", key=CLINICS_KEY, json={})).status == 202
        await app.settled()
        yield app


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


def buttons_of(*screens: str, not_pressed_in: str) -> list[str]:
    """Those of the screens' buttons that no line of this file of tests presses."""
    tests, found = Path(not_pressed_in).read_text(encoding="utf-8"), source().app.screens
    buttons = {one.name for name in screens for one in found[name].walk() if one.type == "Classic/Button"}
    return [name for name in sorted(buttons) if f'press("{name}"' not in tests]
