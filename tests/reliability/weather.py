"""Providers that have trouble for a while, and a provider that only counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

import httpx

from shared.channels.whatsapp.simulator.agenda import signed
from shared.channels.whatsapp.simulator.webhook_bodies import Value, status_value
from shared.services.reference import read_reference
from tests.reliability.outside import Callback, Outside, Wire


@dataclass(frozen=True, slots=True)
class Spell:
    """From `begins` until before `ends` every send meets this fault of the simulator."""

    begins: datetime
    ends: datetime
    fault: Mapping[str, Any]


class Weather(Wire):
    """The simulated providers, with spells of trouble. `tried`: when a send to which patient was tried."""

    def __init__(self, outside: Outside, *spells: Spell) -> None:
        super().__init__(outside.providers)
        self.tried: list[tuple[str, datetime]] = []
        self._outside = outside
        self._spells = spells

    async def exchange(
        self, channel: str, method: str, url: str, headers: Mapping[str, str], content: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        if method == "GET":
            return await super().exchange(channel, method, url, headers, content)
        now = self._outside.clock.now()
        self.tried.append((json.loads(content)["to"], now))
        for spell in self._spells:
            if spell.begins <= now < spell.ends:
                self._outside.providers.whatsapp.fault(**spell.fault)
        return await super().exchange(channel, method, url, headers, content)


@dataclass
class CountingProvider:
    """Takes every send and keeps only how often which message came: for very many of them. Implements what of `Wire` a
    send needs. `times_out`: share of the sends that are taken and then never answered."""

    outside: Outside
    times_out: float
    reports: bool
    random: Random
    timed_out: int = 0
    _received: Counter[str] = field(default_factory=Counter)
    _receipts: list[tuple[str, Value]] = field(default_factory=list)

    async def exchange(
        self, _channel: str, method: str, _url: str, _headers: Mapping[str, str], content: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        if method == "GET":
            return 200, {"Content-Type": "application/json"}, b'{"data": [], "paging": {}}'  # its history: no record
        body = json.loads(content)
        joined = read_reference(body["biz_opaque_callback_data"])
        assert joined is not None
        self._received[joined.message_id.digest] += 1
        provider_id = f"wamid.{self._received.total()}"
        if self.reports:
            self._receipts.append(("messages", self._delivered(body, provider_id)))
        if self.random.random() < self.times_out:
            self.timed_out += 1
            raise httpx.ReadTimeout("cut off")
        return 200, {"Content-Type": "application/json"}, json.dumps({"messages": [{"id": provider_id}]}).encode()

    def received(self) -> Counter[str]:
        return self._received

    def callbacks(self, together: int) -> list[Callback]:
        """The receipts of all sends, so many in one body, in any order."""
        hook = self.outside.providers.whatsapp.numbers.all[0].hook()
        assert hook is not None
        self.random.shuffle(self._receipts)
        made = []
        for start in range(0, len(self._receipts), together):
            headers, body = signed(hook, self._receipts[start : start + together])
            lower = {name.lower(): value for name, value in headers.items()}
            made.append(Callback("whatsapp", {}, lower, body))
        self._receipts.clear()
        return made

    def _delivered(self, body: Mapping[str, Any], provider_id: str) -> Value:
        return status_value(
            phone_number_id=self.outside.providers.whatsapp.numbers.all[0].id,
            provider_id=provider_id,
            to=body["to"],
            status="delivered",
            at=self.outside.clock.now(),
            reference=body["biz_opaque_callback_data"],
            code=0,
            first=True,
        )
