"""What only operators' commands do."""

from dataclasses import dataclass

from shared.services.receiving.receive import ReceiveCallback
from shared.services.receiving.replay import ReplayCallbacks
from shared.services.staff.due import ListDue
from shared.services.wishes.copy import CopyWishes
from shared.services.wishes.restore import RestoreWishes
from shared.wiring.parts import Parts


@dataclass(frozen=True, slots=True)
class Operating:
    """Beside the services that triggers call too."""

    replay_callbacks: ReplayCallbacks
    copy_wishes: CopyWishes
    restore_wishes: RestoreWishes
    list_due: ListDue


def make_operating(parts: Parts, receive: ReceiveCallback) -> Operating:
    storage = parts.storage
    return Operating(
        replay_callbacks=ReplayCallbacks(callbacks=storage.callbacks, receive=receive),
        copy_wishes=CopyWishes(wishes=storage.wishes, pseudonyms=parts.pseudonyms, clock=parts.clock),
        restore_wishes=RestoreWishes(
            wishes=storage.wishes,
            runs=storage.runs,
            clinics=parts.clinics,
            pseudonyms=parts.pseudonyms,
            clock=parts.clock,
        ),
        list_due=ListDue(due=storage.due, clock=parts.clock),
    )
