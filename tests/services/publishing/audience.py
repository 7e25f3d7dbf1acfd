"""Subscribers without a network, and what makes events for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from functions.interface.news import news_body
from shared.domain.topics import Topic
from shared.services.callers import Caller
from shared.services.jobs import TellJob
from shared.services.publishing.subscribe import Subscribed
from shared.subscribers.contract import Answered, NotPosted
from tests.world import World

WARD = Caller("key-1", "nurses", frozenset({"riverside"}))
OPERATOR = Caller("key-0", "operator", None)
ALWAYS: Callable[[str], Answered | NotPosted] = lambda _url: Answered(202)  # noqa: E731


def url(name: str) -> str:
    return f"https://{name}.logic.azure.com/w?sig=made-up"


@dataclass
class Audience:
    """Implements `subscribers.contract.Subscribers`. `answers`: to each URL; `told`: what arrived, in order."""

    answers: Callable[[str], Answered | NotPosted] = ALWAYS
    told: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    refuses: Exception | None = None

    async def check(self, callback_url: str) -> None:
        if self.refuses:
            raise self.refuses

    async def post(self, callback_url: str, body: bytes) -> Answered | NotPosted:
        answer = self.answers(callback_url)
        self.told.append((callback_url, json.loads(body)))
        return answer

    def heard(self, name: str) -> Sequence[Mapping[str, Any]]:
        """By the subscriber of that name."""
        return [news for to, news in self.told if to == url(name)]


async def subscribed(
    w: World, topic: Topic, name: str = "flow", caller: Caller = WARD, clinic: str = "", channel: str = ""
) -> Subscribed:
    return await w.services.subscribe(caller, topic, url(name), clinic, channel)


async def tell(w: World, seconds: int = 60) -> int:
    """As the timer and the queue do it, for so long. How many jobs there were."""
    jobs: list[TellJob] = []
    for _ in range(0, seconds, 5):
        w.clock.advance(seconds=5)
        found = await w.services.feed_subscribers()
        for job in found:
            await w.services.tell_subscriber(TellJob.from_json(job.to_json()), news_body)
        jobs += found
    return len(jobs)


async def waiting(w: World, done: Subscribed) -> int:
    """How much is still to be told, whenever it is due."""
    year_on = w.clock.now().replace(year=w.clock.now().year + 1)
    return len(await w.storage.outbox.due(done.subscription.id, year_on, 1000))
