"""The people who follow the account, and how long they may still be written to freely."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.channels.wechat.simulator.behaviours import Behaviours

AFTER_MESSAGE = (
    timedelta(hours=48),
    5,
)  # for so long, so many free texts (WeChat: Customer service messages, June 2023)
AFTER_ACTION = (timedelta(minutes=1), 3)


@dataclass(slots=True)
class Person:
    openid: str
    follows: bool = True
    blocks: bool = False  # has turned off the account's messages: sends are taken, receipts say `user block`
    followed_at: datetime | None = None
    scene: str = ""
    window_ends: datetime | None = None
    texts_left: int = 0

    def wrote(self, now: datetime) -> None:
        self._open(now, AFTER_MESSAGE)

    def acted(self, now: datetime) -> None:
        """Followed, scanned or pressed a menu: a short window, unless a longer one is open."""
        if self.window_ends is None or self.window_ends < now + AFTER_ACTION[0]:
            self._open(now, AFTER_ACTION)

    def refuses_text(self, now: datetime) -> int:
        """0, or the errcode of a free text now."""
        if self.window_ends is None or now >= self.window_ends:
            return 45015
        return 45047 if self.texts_left <= 0 else 0

    def _open(self, now: datetime, window: tuple[timedelta, int]) -> None:
        self.window_ends, self.texts_left = now + window[0], window[1]


class People:
    """Everyone the account knows. Who has the form of a follower is one from the start."""

    def __init__(self, behaviours: Behaviours) -> None:
        self._behaviours = behaviours
        self._known: dict[str, Person] = {}

    def find(self, openid: str) -> Person | None:
        known = self._known.get(openid)
        if known is None and self._behaviours.follower.fullmatch(openid):
            known = self._known[openid] = Person(openid)
        return known

    def meet(self, openid: str) -> Person:
        """Whoever this is, they do something with the account now."""
        return self.find(openid) or self._known.setdefault(openid, Person(openid, follows=False))
