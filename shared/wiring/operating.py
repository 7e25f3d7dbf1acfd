"""What only operators' commands do."""

from dataclasses import dataclass

from shared.services.receiving.receive import ReceiveCallback
from shared.services.receiving.replay import ReplayCallbacks
from shared.wiring.parts import Parts


@dataclass(frozen=True, slots=True)
class Operating:
    """Beside the services that triggers call too."""

    replay_callbacks: ReplayCallbacks


def make_operating(parts: Parts, receive: ReceiveCallback) -> Operating:
    storage = parts.storage
    return Operating(replay_callbacks=ReplayCallbacks(callbacks=storage.callbacks, receive=receive))
