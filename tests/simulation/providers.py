"""The simulated providers: two WhatsApp numbers and a WeChat account, their callbacks, and what they were sent."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from shared.channels.wechat.credentials import WeChatCredentials
from shared.channels.wechat.simulator import WeChatSimulator
from shared.channels.wechat.simulator.behaviours import Behaviour, Behaviours, shipped_behaviours
from shared.channels.whatsapp.credentials import WhatsAppCredentials
from shared.channels.whatsapp.simulator import WhatsAppSimulator
from shared.services.reference import read_reference
from shared.settings import Settings
from tests.reliability.outside import Callback, Wire
from tests.simulation.clinics import ACCOUNT_OF_NUMBER, SYDNEY_ACCOUNT
from tests.simulation.jumping_time import JumpingClock
from tests.simulation.weather import TAKEN_ALL_THE_SAME, TIMES_OUT_S, Weather

WEEK_LATE_S = 6.9 * 86_400
ENDINGS: Mapping[str, Behaviour] = {
    "_week": Behaviour(delay_s=WEEK_LATE_S),
    "_thrice": Behaviour(copies=3, delay_s=30),
    "_early": Behaviour(early=True),
    "_silent": Behaviour(receipt=""),
    "_lost": Behaviour(receipt="failed: system failed"),
    "_blocked": Behaviour(receipt="failed:user block"),
    "_gone": Behaviour(send=43004),
}
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 3_600.0  # Meta tries again for seven days, ever more seldom (Cloud API, Webhooks)
PROVIDER_GIVES_UP_S = 7 * 86_400.0

SPEAKS_OF_THE_PATIENT = frozenset({131026, 130472})

Posted = Callable[[Callback], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that a provider took, by its own ledger. `digest`: of ours; empty for what we did not make."""

    lane: str
    to: str
    at: datetime
    digest: str
    text: str
    reached: bool = True
    keyed: bool = True  # carries a key of ours; WeChat's free texts cannot

    @property
    def channel(self) -> str:
        return self.lane.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A send that left our process, whatever became of it."""

    lane: str
    at: datetime


class SimulatedProviders:
    """Implements what `tests.reliability.inside.GatedTransport` asks of the wire. `arrived` is told of every new entry
    of a ledger, `posted` takes the callbacks."""

    def __init__(self, settings: Settings, clock: JumpingClock, weather: Weather, random: Random) -> None:
        default = WhatsAppCredentials.from_mapping(settings.group("WHATSAPP_"))
        own = WhatsAppCredentials.from_mapping({**settings.group("WHATSAPP_"), **SYDNEY_ACCOUNT})
        self.whatsapp = WhatsAppSimulator(default, own, clock=clock, post=self._whatsapp_posts, seed="simulation")
        for number, account in ACCOUNT_OF_NUMBER.items():
            self.whatsapp.set_webhook(f"https://app.example/whatsapp/{account}", number)
        shipped = shipped_behaviours()
        behaviours = Behaviours(shipped.follower, ENDINGS, shipped.older_templates)
        wechat = WeChatCredentials.from_mapping(settings.group("WECHAT_"))
        self.wechat = WeChatSimulator(
            wechat, clock, "https://app.example/wechat/default", post=self._wechat_posts, behaviours=behaviours
        )
        self.attempts: list[Attempt] = []
        self.refused: set[str] = set()  # addresses that were, or will be, answered with "not this person"
        self.arrived: Callable[[Arrival], None] = lambda _: None
        self.posted: Posted = self._nobody_listens
        self._clock = clock
        self._weather = weather
        self._random = random
        self._transports: Mapping[str, httpx.AsyncBaseTransport] = {
            "whatsapp": self.whatsapp.transport,
            "wechat": self.wechat.transport(),
        }
        self._seen = {"whatsapp": 0, "wechat": 0}
        self._insisting: set[asyncio.Task[None]] = set()

    async def exchange(
        self, channel: str, method: str, url: str, headers: Mapping[str, str], content: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of the answer. Raises httpx.TransportError."""
        request = httpx.Request(method, url, headers=headers, content=content)
        if lane := _lane_of_send(channel, url):
            self.attempts.append(Attempt(lane, self._clock.now()))
            self._prepare(channel, lane, json.loads(content))
        await asyncio.sleep(self._weather.answers_after_s())
        try:
            response = await self._transports[channel].handle_async_request(request)
        except httpx.ReadTimeout:
            await asyncio.sleep(TIMES_OUT_S)
            raise httpx.ReadTimeout("simulated") from None
        except httpx.TransportError as failure:
            raise type(failure)("simulated") from None
        finally:
            self._tell_what_arrived()
        return response.status_code, dict(response.headers), await response.aread()

    def _prepare(self, channel: str, lane: str, body: Mapping[str, Any]) -> None:
        """What this send meets, and what becomes of it if it is taken."""
        fault = self._weather.fault(lane, self._clock.now())
        if channel == "wechat":
            if body["touser"].endswith(("_gone", "_blocked", "_lost")):
                self.refused.add(body["touser"])
            if fault:
                self.wechat.add_fault(**fault, path="template/send", to=body["touser"])
            return
        to = str(body.get("to") or body.get("recipient"))
        if fault:
            self.whatsapp.fault(**fault, to=to)
        if fault and fault.get("code") in SPEAKS_OF_THE_PATIENT:
            self.refused.add(to)
        if fault is None or fault["kind"] in TAKEN_ALL_THE_SAME:
            receipts = self._weather.receipts()
            self.whatsapp.script(receipts, to=to)
            if any(step.status == "failed" for step in receipts.steps):
                self.refused.add(to)

    def _tell_what_arrived(self) -> None:
        for entry in self.whatsapp.ledger.entries[self._seen["whatsapp"] :]:
            self._seen["whatsapp"] += 1
            joined = read_reference(entry.reference)
            lane = f"whatsapp:{ACCOUNT_OF_NUMBER[entry.sender]}"
            self.arrived(Arrival(lane, entry.to, entry.at, joined.message_id.digest if joined else "", entry.text))
        for taken in list(self.wechat.ledger)[self._seen["wechat"] :]:
            self._seen["wechat"] += 1
            self.arrived(
                Arrival(
                    "wechat:default",
                    taken.to,
                    taken.at,
                    taken.client_msg_id,
                    taken.text,
                    taken.reached,
                    taken.kind == "template",
                )
            )

    async def _whatsapp_posts(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """As Meta: what is not taken is posted again and again."""
        callback = _callback("whatsapp", url, headers, body)
        status = await self.posted(callback)
        if status >= 500 or status == 0:
            task = asyncio.create_task(self._insists(callback))
            self._insisting.add(task)
            task.add_done_callback(self._insisting.discard)
        return 200

    async def _insists(self, callback: Callback) -> None:
        wait, until = FIRST_WAIT_S, self._clock.now().timestamp() + PROVIDER_GIVES_UP_S
        while self._clock.now().timestamp() < until:
            await asyncio.sleep(wait)
            if 0 < await self.posted(callback) < 500:
                return
            wait = min(wait * 2, LONGEST_WAIT_S)

    async def _wechat_posts(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        status = await self.posted(_callback("wechat", url, headers, body))
        return status, "success" if status == 200 else ""

    async def _nobody_listens(self, _callback: Callback) -> int:
        return 503

    def received(self) -> Counter[str]:
        """How often which message is on its patient's phone, by its digest."""
        return Wire(self).received()

    async def aclose(self) -> None:
        await self.whatsapp.aclose()
        await self.wechat.aclose()


def _lane_of_send(channel: str, url: str) -> str:
    """Empty for a call that sends nothing."""
    path = urlsplit(url).path.split("/")
    if channel == "wechat":
        return "wechat:default" if path[-2:] == ["template", "send"] else ""
    return f"whatsapp:{ACCOUNT_OF_NUMBER[path[-2]]}" if path[-1] == "messages" else ""


def _callback(channel: str, url: str, headers: Mapping[str, str], body: bytes) -> Callback:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    lower = {name.lower(): value for name, value in headers.items()}
    return Callback(channel, query, lower, body, parts.path.rpartition("/")[2])
