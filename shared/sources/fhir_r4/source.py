"""Appointments of a FHIR R4 server (rules: health.md 1.1)."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

import httpx

from shared.clock import Clock
from shared.domain.appointment import Appointment, BadRow, Window
from shared.errors import SourceIncomplete, SourceRefused, SourceUnavailable
from shared.sources.fhir_r4.addresses import RESOURCE_ID, ServerAddress
from shared.sources.fhir_r4.appointment import read_appointment
from shared.sources.fhir_r4.auth import authorization
from shared.sources.fhir_r4.http import Http, Sleep
from shared.sources.fhir_r4.options import FhirOptions
from shared.sources.fhir_r4.people import People
from shared.sources.fhir_r4.run import read_list
from shared.sources.fhir_r4.server import FhirServer
from shared.sources.options import parse_options


class FhirR4Source:
    """One FHIR R4 server. `client` is shared and stays open; a token is kept for the life of this object."""

    def __init__(
        self, options: Mapping[str, object], client: httpx.AsyncClient, clock: Clock, sleep: Sleep = asyncio.sleep
    ) -> None:
        """Raises ConfigurationError that names the wrong options."""
        self._options = parse_options(FhirOptions, options, "source.options")
        self._clock = clock
        http = Http(client, clock, self._options.timeout_s, self._options.max_wait_s, sleep)
        self._server = FhirServer(
            ServerAddress(self._options.base_url, self._options.allowed_origins),
            http,
            authorization(self._options, http, clock),
            {name: value.get_secret_value() for name, value in self._options.headers.items()},
            self._options.max_pages,
        )

    async def read(self, window: Window) -> AsyncGenerator[Appointment | BadRow]:
        """As the contract says. Server order; memory stays flat however long the list is."""
        delivered = False
        try:
            async with aclosing(read_list(self._server, self._options, self._people(), window)) as items:
                async for item in items:
                    delivered = True
                    yield item
        except (SourceRefused, SourceUnavailable) as failure:
            if not delivered:
                raise
            message = f"The rest of the list could not be read. {failure.message}"
            raise SourceIncomplete(message, retry_after_s=failure.retry_after_s) from None

    async def read_one(self, appointment_id: str) -> Appointment | None:
        """As the contract says; SourceRefused too where the record is there but cannot be read as an appointment."""
        if not RESOURCE_ID.fullmatch(appointment_id):
            return None
        resource = await self._server.read("Appointment", appointment_id)
        if resource is None:
            return None
        draft = read_appointment(resource, {}, self._server.address, self._options, "Appointment")
        if isinstance(draft, BadRow):
            raise SourceRefused(f"The appointment cannot be read ({draft.reason}, {draft.field}).")
        return (await self._people().completed([draft]))[0]

    async def aclose(self) -> None:
        """Nothing of its own to close: the client belongs to the wiring."""

    def _people(self) -> People:
        """Fresh for every reading: what was true of a patient yesterday is asked again."""
        return People(self._server, self._options, self._clock.now())
