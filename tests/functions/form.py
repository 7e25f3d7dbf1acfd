"""The form's calls over HTTP: preview, send, and the link that the patient gets.

Each prescription goes to another patient: to one and the same a number sends once in six seconds.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from shared.clock import SystemClock
from shared.domain.identity import Pseudonyms
from shared.settings import index_key, read_settings
from tests.functions.conftest import (
    CLINIC,
    CLINICS_KEY,
    PATIENCE_S,
    PEOPLE,
    Answer,
    RunningApp,
    running,
    write_extract,
)
from tests.world import SETTINGS

REFERENCE = "24F5DA-A83008-7EFE6Z"
CROWD = tuple((f"P-{n}", "Quentin Quillfeather", f"07700 900{n - 8400}", "") for n in range(8901, 8961))
FOLLOWER = PEOPLE[2]


def patient_id(number: str = "P-8001", clinic: str = CLINIC) -> str:
    return Pseudonyms(index_key(read_settings(SETTINGS))).patient(clinic, number)


@dataclass
class Form:
    """A nurse of ward 7, whose clinic knows its patients."""

    app: RunningApp
    _numbers: Iterator[int] = field(default_factory=lambda: count(8901))

    async def preview(self, person: int = 8901, **fields: Any) -> Answer:
        return await self.app.call("POST", "/whatsapp/v1/previews", key=CLINICS_KEY, json=_body(person, fields))

    async def send(self, person: int = 8901, digits: str = "", **fields: Any) -> Answer:
        """As the form does it; `digits` empty: the right ones."""
        seen = await self.preview(person, **fields)
        assert seen.status == 200, seen.text
        sending = {"previewToken": seen.json["token"], "lastDigits": digits or str(person - 8400)[-3:]}
        body = _body(person, fields) | sending
        return await self.app.call("POST", "/whatsapp/v1/prescriptions", key=CLINICS_KEY, json=body)

    async def delivered(self, **fields: Any) -> tuple[dict[str, Any], str]:
        """What the caller was told, and the path of the page, for a patient of whom nobody has heard before."""
        person = next(self._numbers)
        answer = await self.send(person, **fields)
        assert answer.status == 202, answer.text
        link = await self._link(f"+447700900{person - 8400}", answer.json["messageId"])
        return {**answer.json, "digits": str(person - 8400)[-3:]}, link.partition("/api")[2]

    async def _link(self, number: str, message_id: str) -> str:
        """Once it has arrived; what waits for a patient's next turn is waited for."""
        while True:
            await self.app.settled()
            if found := [entry.link for entry in self.app.whatsapp.ledger.of(number) if entry.link]:
                return found[-1]
            now = SystemClock().now()
            rows = await self.app.storage.due.take(now + timedelta(seconds=PATIENCE_S), 500)
            [turn] = [row.at for row in rows if str(row.message_id) == message_id]
            await SystemClock().sleep(max(0.1, (turn - now).total_seconds() + 0.1))
            await self.app.host.fire("release_due")


def _body(person: int, fields: dict[str, Any]) -> dict[str, Any]:
    return {"patientId": patient_id(f"P-{person}"), "reference": REFERENCE, "channel": "auto", **fields}


@asynccontextmanager
async def forms(connection: str, folder: Path, **options: Any) -> AsyncIterator[Form]:
    """An app whose clinics have planned their day, for many patients."""
    async with running(connection, folder, **options) as app:
        write_extract(folder / "appointments.csv", (*CROWD, FOLLOWER))
        document = json.loads(await app.storage.clinics.read(CLINIC) or "")
        # on the day itself: no reminder goes beside what a test is about
        await app.services.clinics.load(json.dumps({**document, "steps": [{"days": 0, "hour": "00:30"}]}), "test")
        assert (await app.call("POST", "/any/v1/reminder-runs", key=CLINICS_KEY, json={})).status == 202
        await app.idle()
        yield Form(app)
