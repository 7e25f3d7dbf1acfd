"""What the product does today, as far as the simulation must know it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parts:
    """What the product does today. Where a part is built, it is switched on here, and its checks with it.

    `stop_is_heard`: a written STOP is an objection. `checked_at_send`: list and objections are looked at again at the
    send. `worklist`: unknown outcomes are on it. `paced`: no account sends faster than its pace.
    """

    stop_is_heard: bool = True
    checked_at_send: bool = True
    worklist: bool = True
    paced: bool = True


TODAY = Parts()
