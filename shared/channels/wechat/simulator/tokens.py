"""Access tokens as WeChat gives them: stable ones, and the old kind, each call of which ends the one before."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from shared.channels.wechat.simulator.exchange import Reply, error

LIFETIME = timedelta(seconds=7200)
OVERLAP = timedelta(minutes=5)  # normal mode gives a new token this long before the old one ends, and both are good
FORCED_APART = timedelta(seconds=30)
FORCED_A_DAY = 20


@dataclass(slots=True)
class Tokens:
    """The tokens of one account. Old ones stay known, so that an expired one is told from a wrong one."""

    lifetime: timedelta = LIFETIME
    given: int = 0  # how often a token was asked for and granted
    _ends: dict[str, datetime] = field(default_factory=dict)
    _stable: str = ""
    _old_kind: str = ""
    _forced: list[datetime] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def stable(self, now: datetime, *, force: bool) -> Reply:
        self._forced = [at for at in self._forced if now - at < timedelta(days=1)]
        if force:
            if self._forced and now - self._forced[-1] < FORCED_APART:
                return error(45011)
            if len(self._forced) >= FORCED_A_DAY:
                return error(45009)
            self._forced.append(now)
            self._ends.pop(self._stable, None)
            self._stable = ""
        if not self._stable or self._ends[self._stable] - now <= min(OVERLAP, self.lifetime / 2):
            self._stable = self._new("stable", now)
        return self._granted(self._stable, now)

    def old_kind(self, now: datetime) -> Reply:
        self._ends.pop(self._old_kind, None)
        self._old_kind = self._new("old", now)
        return self._granted(self._old_kind, now)

    def refusal(self, token: str, now: datetime) -> int:
        """0, or the errcode for this token."""
        if not token:
            return 41001
        ends = self._ends.get(token)
        if ends is None:
            return 40001
        return 42001 if now >= ends else 0

    def revoke(self) -> None:
        """Ends every token at once, as a leak or a changed secret does."""
        self._ends.clear()
        self._stable = self._old_kind = ""

    def _new(self, kind: str, now: datetime) -> str:
        token = f"simulated-{kind}-{next(self._numbers)}"
        self._ends[token] = now + self.lifetime
        return token

    def _granted(self, token: str, now: datetime) -> Reply:
        self.given += 1
        return Reply({"access_token": token, "expires_in": int((self._ends[token] - now).total_seconds())})
