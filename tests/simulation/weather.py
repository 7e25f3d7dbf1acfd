"""Trouble at the providers by chance: outages, storms of 429, token failures, and single calls that go wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from shared.channels.wechat.simulator.faults import FaultKind as WeChatFault
from shared.channels.whatsapp.simulator.behaviours import ReceiptScript, ReceiptStep
from shared.channels.whatsapp.simulator.faults import FaultKind

BUSY = {"whatsapp:default": (2, 9), "whatsapp:sydney": (22, 23), "wechat:default": (2, 10)}
"""By lane: hours (UTC) in which its clinics' reminders are due; half of the trouble begins about then."""
TAKES_S = (0.05, 0.4)  # how long a provider takes to answer
TIMES_OUT_S = 20.0  # how long our client waits for one that does not

TAKEN_ALL_THE_SAME = frozenset(kind for kind in FaultKind if kind.endswith("_after"))

SPELLS: Mapping[str, Sequence[tuple[Mapping[str, Any], tuple[float, float]]]] = {
    "whatsapp": (
        ({"kind": FaultKind.CONNECTION_REFUSED}, (10, 150)),
        ({"kind": FaultKind.ERROR, "code": 131016}, (5, 60)),
        ({"kind": FaultKind.ERROR, "code": 130429, "retry_after_s": 90}, (5, 45)),
        ({"kind": FaultKind.ERROR, "code": 131056, "retry_after_s": 60}, (5, 30)),
        ({"kind": FaultKind.ERROR, "code": 190}, (10, 90)),
        ({"kind": FaultKind.TIMEOUT_AFTER}, (3, 15)),
    ),
    "wechat": (
        ({"kind": WeChatFault.REFUSE}, (10, 120)),
        ({"kind": WeChatFault.ERRCODE, "value": -1}, (5, 60)),
        ({"kind": WeChatFault.ERRCODE, "value": 45011}, (5, 45)),
        ({"kind": WeChatFault.ERRCODE, "value": 40001}, (10, 60)),
        ({"kind": WeChatFault.TIMEOUT_AFTER}, (3, 15)),
    ),
}
"""By channel: a fault, and for how many minutes it lasts at least and at most."""

SINGLE: Mapping[str, Sequence[tuple[Mapping[str, Any], float]]] = {
    "whatsapp": (
        ({"kind": FaultKind.TIMEOUT_AFTER}, 0.01),
        ({"kind": FaultKind.TIMEOUT_BEFORE}, 0.005),
        ({"kind": FaultKind.GATEWAY_AFTER}, 0.005),
        ({"kind": FaultKind.RESET_AFTER}, 0.005),
        ({"kind": FaultKind.NO_ID_AFTER}, 0.002),
        ({"kind": FaultKind.ERROR, "code": 131026}, 0.01),
        ({"kind": FaultKind.ERROR, "code": 130472}, 0.005),
        ({"kind": FaultKind.CONNECTION_REFUSED}, 0.01),
    ),
    "wechat": (
        ({"kind": WeChatFault.TIMEOUT_AFTER}, 0.015),
        ({"kind": WeChatFault.RESET_BEFORE}, 0.005),
        ({"kind": WeChatFault.STATUS_AFTER, "value": 502}, 0.005),
        ({"kind": WeChatFault.REFUSE}, 0.01),
    ),
}
"""By channel: a fault, and the share of sends that meet it."""


@dataclass(frozen=True, slots=True)
class Spell:
    lane: str
    begins: datetime
    ends: datetime
    fault: Mapping[str, Any]


class Weather:
    """What each send meets. `every`: about how often each lane has a spell of trouble."""

    def __init__(self, random: Random, began: datetime, days: int, every: timedelta = timedelta(days=2)) -> None:
        self._random = random
        self.spells = [spell for lane in BUSY for spell in self._spells(lane, began, days, every)]

    def fault(self, lane: str, now: datetime) -> Mapping[str, Any] | None:
        """The fault that a send on this lane meets now, as the simulators take it."""
        for spell in self.spells:
            if spell.lane == lane and spell.begins <= now < spell.ends:
                return spell.fault
        chance = self._random.random()
        for fault, share in SINGLE[lane.partition(":")[0]]:
            chance -= share
            if chance < 0:
                return fault
        return None

    def answers_after_s(self) -> float:
        return self._random.uniform(*TAKES_S)

    def receipts(self) -> ReceiptScript:
        """What becomes of an accepted WhatsApp message: mostly read within minutes, sometimes anything."""
        kind = self._random.choices(("usual", "any order", "silent", "refused", "late refusal"), (80, 12, 3, 3, 2))[0]
        if kind == "usual":
            return ReceiptScript(kind, self._steps(("sent", "delivered", "read"), 900.0, in_order=True))
        if kind == "silent":
            return ReceiptScript(kind, ())
        if kind == "refused":
            return ReceiptScript(kind, (ReceiptStep("failed", self._random.uniform(0.1, 60), 131026),), reaches=False)
        if kind == "late refusal":
            steps = (*self._steps(("sent", "delivered"), 600.0), ReceiptStep("failed", 700.0, 131026))
            return ReceiptScript(kind, steps)
        names = ("sent", "delivered", "read")
        repeated = (*names, *self._random.sample(names, self._random.randint(0, 3)))
        steps = self._steps(repeated, self._random.choice((0.5, 3_600.0, 6.9 * 86_400)))
        together, early = self._random.random() < 0.2, self._random.random() < 0.3
        return ReceiptScript(kind, steps, together=together, before_answer=early and not together)

    def _steps(self, names: Sequence[str], within_s: float, *, in_order: bool = False) -> tuple[ReceiptStep, ...]:
        times = [round(self._random.random() * within_s, 3) for _ in names]
        ordered = sorted(times) if in_order else times
        steps = (ReceiptStep(name, at) for name, at in zip(names, ordered, strict=True))
        return tuple(sorted(steps, key=lambda step: step.after_s))

    def _spells(self, lane: str, began: datetime, days: int, every: timedelta) -> list[Spell]:
        found, at = [], began
        while True:
            at += timedelta(seconds=self._random.expovariate(1 / every.total_seconds()))
            if at >= began + timedelta(days=days):
                return found
            fault, (least, most) = self._random.choice(SPELLS[lane.partition(":")[0]])
            lasts = timedelta(minutes=self._random.uniform(least, most))
            begins = self._at_a_busy_hour(at, lane) if self._random.random() < 0.5 else at
            found.append(Spell(lane, begins, begins + lasts, fault))

    def _at_a_busy_hour(self, at: datetime, lane: str) -> datetime:
        hour = self._random.choice(BUSY[lane])
        return at.replace(hour=hour, minute=0) - timedelta(minutes=self._random.uniform(-5, 30))
