"""Call a reference back: its page shows it no more, and a message that still waits does not go.

What has reached a phone cannot be called back, and a pharmacy does not ask us: the answer says so honestly.
"""

from dataclasses import dataclass

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.message import Event, EventName, State, fold
from shared.domain.prescription.life import PrescriptionEvent, PrescriptionEventName, is_revoked
from shared.services.callers import Caller
from shared.services.prescribing.limits import LONGEST_NOTE
from shared.services.prescribing.view import PrescriptionReports, PrescriptionView
from shared.services.record import Recorder
from shared.storage.contract import MessageLog, Messages, Prescriptions

BY_STAFF = "by_staff"
TRIES = 3  # each lost try means that somebody else took a turn
STOPPED = "A message that was still waiting was cancelled: it does not go."
LEFT = (
    "A message had already left, and what has reached a phone cannot be called back. The patient's page shows the code "
    "no more, but whoever has read it may still use it: cancel the prescription where it was issued, and phone the "
    "patient."
)
NEVER_LEFT = "No message of it has left: nobody has read the code."

_WAITS = frozenset({State.SCHEDULED, State.QUEUED})
_WENT = frozenset({State.SENDING, State.ACCEPTED, State.SENT, State.DELIVERED, State.READ, State.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Revoked:
    """What the caller is told."""

    view: PrescriptionView
    clinic: Clinic
    repeat: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokePrescription:
    """`POST …/prescriptions/{id}/revoke`. Repeatable."""

    reports: PrescriptionReports
    prescriptions: Prescriptions
    messages: Messages
    recorder: Recorder
    clock: Clock

    async def __call__(self, caller: Caller, text: str, sender: str = "", note: str = "") -> Revoked:
        """Raises NotFound, also for another clinic's."""
        log, clinic = await self.reports.found(caller, text)
        one, repeat = log.prescription, is_revoked(log.events)
        by = f"{caller.name}: {sender.strip()}" if sender.strip() else caller.name
        # first: from here on the page shows nothing, and no message of it passes the gate
        event = PrescriptionEvent(PrescriptionEventName.REVOKED, self.clock.now(), None, by, note[:LONGEST_NOTE])
        await self.prescriptions.append(clinic.id, one.id, event)
        states = [await self._stopped(whole, caller) for whole in await self.reports.messages_of(log)]
        warnings: tuple[str, ...] = (STOPPED,) if State.CANCELLED in states and not repeat else ()
        warnings += (LEFT,) if _WENT.intersection(states) else (NEVER_LEFT,)
        return Revoked(await self.reports.of(one.id, clinic), clinic, repeat, warnings)

    async def _stopped(self, whole: MessageLog, caller: Caller) -> State:
        """What its state is once it was tried to stop it."""
        found: MessageLog | None = whole
        status = fold(whole.events, whole.message.scheduled_for)
        for _ in range(TRIES):
            if found is None or status.state not in _WAITS:
                break
            turn = Event(
                whole.message.id, EventName.CANCELLED, self.clock.now(), status.attempt + 1, BY_STAFF, owner=caller.id
            )
            await self.recorder.record(whole.message, turn)
            found = await self.messages.whole(whole.message.id)
            status = fold(found.events, found.message.scheduled_for) if found else status
        return status.state
