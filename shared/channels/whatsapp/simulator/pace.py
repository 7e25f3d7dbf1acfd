"""Meta's rate limits (Cloud API, Throughput and limits)."""

from dataclasses import dataclass
from datetime import datetime

from shared.channels.whatsapp.simulator.graph_answer import Refused

_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class PaceLimits:
    """Per number: `per_second`. Per patient: one each `pair_every_s`, in bursts that borrow from the future. 0: off."""

    per_second: int = 80
    pair_every_s: float = 6.0
    pair_burst: int = 45


class Pace:
    """Counts each limit as a single moment: when it would be idle again (generic cell rate algorithm). Microseconds, so
    that eighty eightieths are a second."""

    def __init__(self, limits: PaceLimits) -> None:
        self.limits = limits
        self._number_free_at: dict[str, int] = {}
        self._pair_free_at: dict[tuple[str, str], int] = {}

    def check(self, number: str, to: str, now: datetime) -> None:
        """Counts one message. Raises Refused with 130429 or 131056, and then counts nothing."""
        at = round(now.timestamp() * _SECOND)
        number_free_at, pair_free_at = self._number_free_at.get(number, at), self._pair_free_at.get((number, to), at)
        if self.limits.per_second:
            number_free_at = max(number_free_at, at) + _SECOND // self.limits.per_second
            if number_free_at - at > _SECOND:
                raise Refused(130429, "Too many messages were sent from this phone number in a short period of time.")
        if self.limits.pair_every_s:
            every = round(self.limits.pair_every_s * _SECOND)
            pair_free_at = max(pair_free_at, at) + every
            if pair_free_at - at > every * self.limits.pair_burst:
                raise Refused(131056, "Too many messages were sent from this phone number to the same phone number.")
        self._number_free_at[number], self._pair_free_at[number, to] = number_free_at, pair_free_at
