"""What patients do with a message: answer 1, 2 or 3, write something, say stop, unfollow, block, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from random import Random
from typing import Any

from tests.simulation.clinics import ACCOUNT_OF_NUMBER
from tests.simulation.jumping_time import JumpingClock
from tests.simulation.parts import Parts
from tests.simulation.providers import Arrival, SimulatedProviders
from tests.simulation.truth import Town

WITHIN_S = 6 * 3_600.0
DOES = {"nothing": 50, "1": 30, "2": 5, "3": 4, "free text": 5, "stop": 2, "leave": 2}
FREE_TEXTS = (
    "Can my daughter Quozzlewick come along?",
    "no I cannot make it tomorrow but maybe Thursday Quozzlewick",
    "don't cancel Quozzlewick",
    "wrong person Quozzlewick",
    "我可以改時間嗎 Quozzlewick",
    "👍 Quozzlewick",
)
STOP_WORDS: Mapping[str, str] = {"whatsapp": "STOP", "wechat": "退訂"}
TELLTALE = "Quozzlewick"  # stands in every free text, so that a log that holds one is found out


class Townsfolk:
    """Acts on what arrives. Objections go to the town's own book, with the instant at which they were made."""

    def __init__(
        self,
        towns: Mapping[str, Town],
        providers: SimulatedProviders,
        clock: JumpingClock,
        random: Random,
        parts: Parts,
    ) -> None:
        self._parts = parts
        self._towns = towns
        self._providers = providers
        self._clock = clock
        self._random = random
        self._tasks: set[asyncio.Task[None]] = set()

    def receive(self, arrival: Arrival, clinic_id: str) -> None:
        what = self._random.choices(list(DOES), list(DOES.values()))[0]
        if what != "nothing" and arrival.reached:
            acts = {"wechat": self._on_wechat, "whatsapp": self._on_whatsapp}[arrival.channel]
            self._later(acts(what, arrival, self._towns[clinic_id]))

    async def _on_whatsapp(self, what: str, arrival: Arrival, town: Town) -> None:
        await asyncio.sleep(self._random.random() * WITHIN_S)
        patients, account = self._providers.whatsapp.patients, arrival.lane.partition(":")[2]
        to = next(number for number, name in ACCOUNT_OF_NUMBER.items() if name == account)
        if what == "stop":
            self._objects("whatsapp", arrival.to, town)
            await patients.write(arrival.to, STOP_WORDS["whatsapp"], to=to)
        elif what == "free text":
            await patients.write(arrival.to, self._free_text(arrival, town), to=to)
        elif what == "leave":
            await patients.set_marketing(arrival.to, stop=True, to=to)  # concerns no reminder
        elif self._random.random() < 0.5:
            await patients.press(arrival.to, what, to=to)
        else:
            await patients.write(arrival.to, what, to=to)

    async def _on_wechat(self, what: str, arrival: Arrival, town: Town) -> None:
        await asyncio.sleep(self._random.random() * WITHIN_S)
        people = self._providers.wechat.people
        if what == "leave":
            town.objections.setdefault(("wechat", arrival.to), self._clock.now())
            await people.unfollow(arrival.to)
        elif what == "stop":
            self._objects("wechat", arrival.to, town)
            await people.write(arrival.to, STOP_WORDS["wechat"])
        elif what == "free text":
            await people.write(arrival.to, self._free_text(arrival, town))
        else:
            await people.write(arrival.to, what)

    def _free_text(self, arrival: Arrival, town: Town) -> str:
        text = self._random.choice(FREE_TEXTS)
        if "wrong" in text:
            town.doubted.add(arrival.to)
        return text

    def _objects(self, channel: str, address: str, town: Town) -> None:
        """By a word, as far as words are acted on."""
        if self._parts.stop_is_heard:
            town.objections.setdefault((channel, address), self._clock.now())

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
