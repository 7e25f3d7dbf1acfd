"""Where appointments come from. One file per kind of source; nothing outside it knows how that kind speaks."""

from collections.abc import AsyncGenerator
from typing import Protocol

from shared.domain.appointment import Appointment, BadRow, Window


class Source(Protocol):
    """One clinic's appointments."""

    def read(self, window: Window) -> AsyncGenerator[Appointment | BadRow]:
        """Every appointment that starts in the window, whatever its status, as a stream; bad rows in between.

        Ends normally only if the whole list was read. Raises SourceUnavailable, SourceRefused before the first item
        where possible, SourceIncomplete when the rest cannot be read. Appointments without a start are delivered too.
        """
        ...

    async def read_one(self, appointment_id: str) -> Appointment | None:
        """The appointment as it is now; None where the source says that it does not exist.

        Raises SourceUnavailable; SourceRefused where this kind of source cannot be asked for one.
        """
        ...

    async def aclose(self) -> None: ...
