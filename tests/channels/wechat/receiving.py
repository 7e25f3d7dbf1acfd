"""A receiver of callbacks for tests: our own checks and parser behind the simulator's post."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from shared.channels.wechat.callback import WeChatCallback
from shared.channels.wechat.credentials import WeChatCredentials
from shared.domain.inbound import InboundEvent
from shared.errors import CallbackRefused
from tests.channels.wechat.samples import MovedClock


class Receiver:
    """Takes what the simulator posts. `answers` are given first, one for each call; after them our own answer."""

    def __init__(self, credentials: WeChatCredentials, clock: MovedClock, *answers: tuple[int, str] | type) -> None:
        self._callback = WeChatCallback(credentials)
        self._clock = clock
        self._answers = list(answers)
        self.calls = 0
        self.events: list[InboundEvent] = []

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        self.calls += 1
        if self._answers:
            answer = self._answers.pop(0)
            if isinstance(answer, type):
                raise answer
            return answer
        query = dict(parse_qsl(urlsplit(url).query))
        try:
            self._callback.verify(query, headers, body, self._clock.now())
        except CallbackRefused:
            return 403, ""
        self.events += self._callback.parse(query, body)
        ours = self._callback.acknowledge(query, body, self._clock.now())
        return ours.status, ours.body
