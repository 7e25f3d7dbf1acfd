"""What keeps every lane's pace and circuit, put together."""

from dataclasses import dataclass

from shared.clock import Clock
from shared.domain.identity import Pseudonyms
from shared.services.clinics import ClinicBook
from shared.services.sending.circuits import Circuits
from shared.services.sending.feed import FeedLane
from shared.services.sending.paces import Paces
from shared.services.sending.pauses import Pauses
from shared.services.sending.stoppages import Stoppages
from shared.services.sending.wire import Wire
from shared.storage.contract import Storage
from shared.wiring.channels import standard_pace


@dataclass(frozen=True, slots=True)
class Pacing:
    """For release, and for workers: `wire.slot(lane, await paces.rule(lane))` just before the provider."""

    paces: Paces
    circuits: Circuits
    wire: Wire
    feed_lane: FeedLane


def make_pacing(storage: Storage, clinics: ClinicBook, pseudonyms: Pseudonyms, clock: Clock) -> Pacing:
    paces = Paces(clinics=clinics, standard=standard_pace)
    stoppages = Stoppages(worklist=storage.worklist, clinics=clinics, pseudonyms=pseudonyms)
    circuits = Circuits(storage.lanes, stoppages, clock)
    feed_lane = FeedLane(lanes=storage.lanes, paces=paces, circuits=circuits, stoppages=stoppages)
    return Pacing(paces, circuits, Wire(lanes=storage.lanes, clock=clock), feed_lane)


def make_pauses(
    storage: Storage, clinics: ClinicBook, circuits: Circuits, pseudonyms: Pseudonyms, clock: Clock
) -> Pauses:
    stoppages = Stoppages(worklist=storage.worklist, clinics=clinics, pseudonyms=pseudonyms)
    return Pauses(lanes=storage.lanes, circuits=circuits, stoppages=stoppages, clinics=clinics, clock=clock)
