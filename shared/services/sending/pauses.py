"""A person stops all sending of a provider account or of a clinic, and lets it go on.

Such a stop stands beside what a provider has stopped and is obeyed in the same places, release and gate; but no probe
goes, and only a person ends it. What waits comes up again every five minutes, so that it goes on within that time; what
is too late by then is dropped, and staff are told of it. Nothing is lost, and nothing that was claimed is called back.

    pause:  the stop stands ─▶ staff are told            resume: staff are told ─▶ the stop goes
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from shared.clock import Clock
from shared.domain.message import lane_of
from shared.errors import InvalidInput, NotFound, RowChanged
from shared.services.callers import Caller
from shared.services.clinics import ClinicBook
from shared.services.sending.circuits import Circuits, of_account, of_clinic
from shared.services.sending.stoppages import Stoppage, Stoppages, StopReason
from shared.storage.contract import Lanes, Stop

LONGEST_NOTE = 500  # characters

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scope:
    """What is stopped: a clinic, or an account of a channel."""

    clinic_id: str = ""
    channel: str = ""
    account: str = ""

    @property
    def key(self) -> str:
        return of_clinic(self.clinic_id) if self.clinic_id else of_account(self.lane)

    @property
    def lane(self) -> str:
        return lane_of(self.channel, self.account) if self.channel else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """Repeatable: what is paused stays so, since when it was paused first."""

    lanes: Lanes
    circuits: Circuits
    stoppages: Stoppages
    clinics: ClinicBook
    clock: Clock

    async def state(self, scope: Scope) -> Stop | None:
        """None: nobody has paused it. Raises NotFound where no clinic has such an account, or there is no clinic."""
        await self._require(scope)
        return (await self.lanes.stop(scope.key)).value

    async def pause(self, caller: Caller, scope: Scope, note: str = "") -> Stop:
        """It acts within ten seconds on every instance. Staff read who paused it, and the note (why, until when); of a
        repeat they read nothing new. Raises NotFound as `state` does, InvalidInput for a note that is too long."""
        if len(note) > LONGEST_NOTE:
            raise InvalidInput(f"The note may have at most {LONGEST_NOTE} characters.")
        stop = await self.state(scope)
        if stop is None:
            now = self.clock.now()
            stop = Stop(scope.key, caller.name, StopReason.PAUSED, now, now)
            try:
                await self.lanes.keep_stop(stop, "")
            except RowChanged:  # somebody else did it at this moment: theirs counts
                stop = (await self.lanes.stop(scope.key)).value or stop
            log.warning("sending_paused clinic=%s channel=%s", scope.clinic_id, scope.channel)
        self.circuits.forget()
        await self.stoppages.tell(_stoppage(scope, stop, ": ".join(filter(None, (stop.code, note.strip())))))
        return stop

    async def resume(self, caller: Caller, scope: Scope) -> bool:
        """False: it was not paused. What has waited goes on within five minutes. Raises NotFound as `state` does."""
        stop = await self.state(scope)
        if stop is None:
            return False
        # first: while it stands it may be repeated
        await self.stoppages.over(_stoppage(scope, stop), self.clock.now(), caller.name)
        await self.lanes.end_stop(stop)
        self.circuits.forget()
        log.warning("sending_resumed clinic=%s channel=%s", scope.clinic_id, scope.channel)
        return True

    async def _require(self, scope: Scope) -> None:
        if scope.clinic_id:
            await self.clinics.get(scope.clinic_id)
        elif not await self.clinics.of_account(scope.channel, scope.account):
            raise NotFound("No clinic sends from such an account.")


def scopes_of(stops: Sequence[Stop]) -> Sequence[tuple[Stop, str]]:
    """What people have paused, in words; without what providers have stopped."""
    found = []
    for stop in stops:
        if stop.error_class == StopReason.PAUSED:
            what, _, name = stop.lane.partition(":")
            found.append((stop, f"clinic {name}" if what == of_clinic("").rstrip(":") else f"account {name}"))
    return found


def _stoppage(scope: Scope, stop: Stop, note: str = "") -> Stoppage:
    return Stoppage(scope.lane, StopReason.PAUSED, stop.since, clinic_id=scope.clinic_id, note=note)
