"""One reading of a FHIR server's list.

Appointment?date=ge…&date=lt… ─▶ page ─▶ drafts ─▶ patients and locations of the page, in batches ─▶ appointments
      ▲                           │
      └───────── next ────────────┘
"""

import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from datetime import datetime, timedelta

from shared.domain.appointment import Appointment, BadRow, Unreadable, Window
from shared.errors import SourceIncomplete
from shared.sources.fhir_r4.appointment import Draft, read_appointment
from shared.sources.fhir_r4.bundle import Page
from shared.sources.fhir_r4.options import FhirOptions
from shared.sources.fhir_r4.people import People
from shared.sources.fhir_r4.server import FhirServer

RECENT = 2000  # appointments, two of the largest pages: a list that moves while it is paged repeats neighbours

log = logging.getLogger(__name__)


async def read_list(
    server: FhirServer, options: FhirOptions, people: People, window: Window
) -> AsyncGenerator[Appointment | BadRow]:
    """Every appointment of the window. Raises SourceIncomplete where the server counted more than it sent."""
    recent, matched, total = Recent(), 0, None
    async with aclosing(server.pages("Appointment", query(window, options))) as pages:
        async for page in pages:
            _warn_of_ignored(page)
            if options.check_total and total is None and "_total" not in page.ignored:
                total = page.total
            drafts: list[Draft] = []
            for row in rows(page, server, options):
                if isinstance(row, BadRow):
                    matched += 1
                    yield row
                elif not recent.repeats(row):
                    matched += 1
                    drafts += [row] if wanted(row.appointment, window, options) else []
            for appointment in await people.completed(drafts):
                yield appointment
    if total is not None and matched < total:
        raise SourceIncomplete(f"The server counted {total} appointments and sent {matched}.")


def query(window: Window, options: FhirOptions) -> list[tuple[str, str]]:
    """The search for a window, in whole seconds around it: what is too much is left out by us.

    Instants with offset, because a bare day would be the server's day, not the clinic's.
    """
    start, end = window.start.replace(microsecond=0), window.end.replace(microsecond=0)
    if window.end.microsecond:
        end += timedelta(seconds=1)
    asked = [("date", f"ge{_instant(start)}"), ("date", f"lt{_instant(end)}")]
    if options.statuses:
        asked.append(("status", ",".join(options.statuses)))
    asked.append(("_count", str(options.page_size)))
    if options.check_total:
        asked.append(("_total", "accurate"))
    return asked


def _instant(instant: datetime) -> str:
    if instant.tzinfo is None:
        raise ValueError("a window's bounds are instants")
    return instant.isoformat()


def rows(page: Page, server: FhirServer, options: FhirOptions) -> Iterator[Draft | BadRow]:
    """Every match of a page, read or reported."""
    for place in page.unreadable:
        yield BadRow(place, Unreadable.BAD_RESOURCE, "resource")
    for place, resource in page.matches:
        yield read_appointment(resource, page.included, server.address, options, place)


def wanted(appointment: Appointment, window: Window, options: FhirOptions) -> bool:
    """Our own filter: servers may overlook theirs, and some do so without a word."""
    if options.statuses and appointment.status not in options.statuses:
        return False
    return appointment.start is None or appointment.start in window


class Recent:
    """The appointments seen last. A booking that moves while we page pushes its neighbours onto the next page again."""

    def __init__(self) -> None:
        self._versions: OrderedDict[str, str] = OrderedDict()

    def repeats(self, draft: Draft) -> bool:
        """Whether this version of the appointment was seen; a newer version is no repeat."""
        known = self._versions.get(draft.appointment.id)
        self._versions[draft.appointment.id] = draft.version
        if len(self._versions) > RECENT:
            self._versions.popitem(last=False)
        return known is not None and known == draft.version


def _warn_of_ignored(page: Page) -> None:
    for name in sorted(page.ignored):
        log.warning("source_parameter_ignored kind=fhir_r4 parameter=%s", name)
