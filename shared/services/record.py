"""Recording: every event of a message goes through here, and the log by day has a line for each of its turns.

A turn is what competes for an attempt: claimed, cancelled, dropped. Its line is written first, so that nothing ever
leaves, and nothing is stopped, without one. A line whose turn was lost to another one says nothing: lists pass it over
(`is_line_of`). What became of a message is told by its events, not by the line.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.domain.message import GO_EVENTS, Event, EventName, Message, State
from shared.services.clinics import ClinicBook
from shared.storage.contract import Log, LogEntry, Messages

_STATE = {
    EventName.CLAIMED: State.SENDING,
    EventName.CANCELLED: State.CANCELLED,
    EventName.DROPPED: State.DROPPED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """Writes events, and the lines of turns. Repeatable."""

    messages: Messages
    daylog: Log
    clinics: ClinicBook

    async def record(self, message: Message, event: Event) -> bool:
        """False: the event was there already, or another one holds the attempt."""
        if event.name not in GO_EVENTS:
            return await self.messages.append(event)
        await self._log(message, event)
        return await self.messages.claim(event)

    async def _log(self, message: Message, turn: Event) -> None:
        clinic = await self.clinics.get(message.id.clinic_id)
        await self.daylog.append(
            LogEntry(
                at=turn.at,
                day=clinic.local_day(turn.at),
                message_id=message.id,
                kind=message.kind,
                channel=message.channel,
                state=_STATE[turn.name],
                reason=turn.detail,
            )
        )


def is_line_of(line: LogEntry, events: Iterable[Event]) -> bool:
    """Whether this is the line by which lists show a message: that of its last turn. Others would show it twice."""
    turns = [event for event in events if event.name in GO_EVENTS]
    last = max(turns, key=lambda event: event.attempt, default=None)
    return last is not None and (line.at, line.state) == (last.at, _STATE[last.name])
