"""A person's word that messages may go again to an address that was held.

    every hold of the item is lifted ─▶ a run is wanted ─▶ the item is resolved, by the caller

A crash in between leaves an item that is still open, whose second answer does the same again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.clock import Clock
from shared.storage.contract import Hold, Patients, Runs


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftHolds:
    """Lets an address be written to, and its clinic be planned anew: what was passed over may be due today."""

    patients: Patients
    runs: Runs
    clock: Clock

    async def __call__(self, holds: Sequence[Hold]) -> None:
        now = self.clock.now()
        for hold in holds:
            await self.patients.lift(hold, now)
        for clinic_id in sorted({hold.clinic_id for hold in holds}):
            await self.runs.want(clinic_id, now)
