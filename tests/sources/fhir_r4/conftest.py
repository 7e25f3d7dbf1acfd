"""A simulated FHIR server and a source that reads it."""

from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from shared.domain.appointment import Appointment, BadRow, Window
from shared.sources.fhir_r4 import FhirR4Source
from shared.sources.fhir_r4.simulator import FhirSimulator
from tests.sources.clocks import StillClock
from tests.sources.fhir_r4.people import Resource, a_location, a_patient

BASE = "https://fhir.example.org/fhir"
LONDON = ZoneInfo("Europe/London")
# the 23-hour day of health.md 3.4
SUNDAY = Window(datetime(2026, 3, 29, tzinfo=LONDON), datetime(2026, 3, 30, tzinfo=LONDON))


@dataclass
class Clinic:
    """A clinic's server, and what its source makes of it."""

    clock: StillClock = field(default_factory=StillClock)
    server: FhirSimulator = field(init=False)

    def __post_init__(self) -> None:
        self.server = FhirSimulator(self.clock)
        self.server.load([a_patient(), a_location()])

    def source(self, **options: Any) -> FhirR4Source:
        client = httpx.AsyncClient(transport=self.server.transport)
        return FhirR4Source({"base_url": BASE, **options}, client, self.clock, self.clock.sleep)

    async def items(self, window: Window = SUNDAY, **options: Any) -> list[Appointment | BadRow]:
        async with aclosing(self.source(**options).read(window)) as stream:
            return [item async for item in stream]

    async def one(self, *resources: Resource, **options: Any) -> Appointment:
        """Loads the resources; the one appointment that is read."""
        self.server.load(resources)
        [item] = await self.items(**options)
        assert isinstance(item, Appointment)
        return item

    @property
    def asked(self) -> list[str]:
        return [target for _, target in self.server.requests]


@pytest.fixture
def clinic() -> Clinic:
    return Clinic()
