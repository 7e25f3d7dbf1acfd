"""What the product does today, as far as the simulation must know it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parts:
    """What the product does today. Where a part is built, it is switched on here, and its checks with it.

    `stop_is_heard`: a written STOP is an objection. `checked_at_send`: objections are looked at again at the send.
    `worklist`: unknown outcomes are on it.
    """

    stop_is_heard: bool = False
    checked_at_send: bool = False
    worklist: bool = False


TODAY = Parts()
