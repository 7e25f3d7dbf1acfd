"""Wherever our process is killed, or a call fails, every subscriber hears of all that happened, and of nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httpx
import pytest

from shared.domain.identity import Pseudonyms
from shared.domain.message import fold
from shared.domain.topics import HAVE_FAILED, Topic, topics_of
from shared.errors import PatientMessagingError, StorageUnavailable
from shared.settings import index_key
from shared.storage.message_rows import id_of, is_facts
from shared.storage.places import INBOUND, MESSAGES, OUTBOX
from shared.subscribers.contract import NotPosted
from tests.reliability.inside import Process
from tests.reliability.outside import Outside, at_once
from tests.services.publishing.audience import WARD, Audience, url
from tests.services.rows import every_row
from tests.world import appointment, clinic_document

MOST_CALLS = 500
CLINIC = clinic_document(steps=[{"days": 7, "hour": "10:00"}])
PHONE = "+447700900001"
PUBLISHING = frozenset({"send", "check", "callback", "publish", "tell"})  # steps in which events happen or are told of


class How(StrEnum):
    KILLED_BEFORE = "killed before it was done"
    KILLED_AFTER = "killed after it was done"
    FAILS_BEFORE = "failed before it was done"
    FAILS_AFTER = "failed after it was done, so that only its answer is lost"


class Killed(BaseException):
    """The process ends here."""


class StrikingOnce:
    """A gate at which the call of that number strikes. `told`: which one it was."""

    def __init__(self, outside: Outside, number: int | None, how: How) -> None:
        self._outside = outside
        self.calls = 0
        self.number = number
        self.how = how
        self.may_strike = False
        self.told = ""

    async def __call__(self, target: str, name: str, *arguments: Any, **options: Any) -> Any:
        method = getattr(getattr(self._outside, target), name)
        self.calls += self.may_strike
        if self.calls != self.number or self.told or not self.may_strike:
            return await method(*arguments, **options)
        self.told = f"{target}.{name} {arguments[0] if arguments else ''}"
        if self.how in (How.KILLED_AFTER, How.FAILS_AFTER):
            await method(*arguments, **options)
        if self.how in (How.KILLED_BEFORE, How.KILLED_AFTER):
            raise Killed
        if target == "audience":
            return NotPosted.NO_ANSWER
        raise httpx.ReadTimeout("cut off") if target == "wire" else StorageUnavailable("The store did not answer.")


@dataclass(frozen=True)
class Heard:
    """`wrong`: what was not told, and what was told and is not so. `waiting`: what is still to be told."""

    wrong: Counter[str]
    waiting: int


class Life:
    """From the first timer until nothing is left to be done; the patient answers once nothing else is."""

    def __init__(self, words: str, number: int | None, how: How) -> None:
        self.audience = Audience()
        self.outside = Outside([appointment()], audience=self.audience)
        self.gate = StrikingOnce(self.outside, number, how)
        self.process = self._born()
        self._words = words

    async def lived(self) -> Heard:
        await self.process.services.clinics.load(CLINIC, "test")
        for topic in Topic:
            await self.process.services.subscribe(WARD, topic, url(topic))
        if not self._words:
            self.outside.providers.whatsapp.script("not_on_whatsapp")
        await self._until_nothing_is_left()
        if self._words:
            await self.outside.providers.whatsapp.patients.write(PHONE, self._words)
            await self._until_nothing_is_left()
        return _heard(self.outside, self.audience)

    async def _until_nothing_is_left(self) -> None:
        while (step := self.outside.next_step()) is not None:
            self.gate.may_strike = step.kind in PUBLISHING
            try:
                await self.process.perform(step)
            except (Killed, PatientMessagingError) as failure:
                self.outside.failed(step)
                if isinstance(failure, Killed):
                    self.process = self._born()
            else:
                self.outside.done(step)

    def _born(self) -> Process:
        return Process(self.outside.settings, self.outside.appointments, self.gate)


def _heard(outside: Outside, audience: Audience) -> Heard:
    """Objections are counted apart: nothing in storage says which message made them."""
    happened = set(_happened(outside))
    told = {f"{news['event']} {news['id']}" for to, news in audience.told if to != url(Topic.PATIENT_OPTED_OUT)}
    wrong = Counter([f"missing {one}" for one in happened - told] + [f"untrue {one}" for one in told - happened])
    return Heard(wrong, len(at_once(every_row(outside.rows, OUTBOX))))


def _happened(outside: Outside) -> Sequence[str]:
    """Every event that stands in storage, as `topic event-id`."""
    pseudonyms = Pseudonyms(index_key(outside.settings))
    found = []
    for row in at_once(every_row(outside.rows, MESSAGES)).values():
        if is_facts(row):
            whole = at_once(outside.storage.messages.whole(id_of(row)))
            assert whole is not None
            message, state = whole.message, fold(whole.events, whole.message.scheduled_for).state
            for event in whole.events:
                for topic in topics_of(event):
                    if topic is not Topic.MESSAGE_FAILED or state in HAVE_FAILED:
                        about = (message.id.clinic_id, str(message.id), f"{event.name}:{event.key}")
                        found.append(f"{topic} {pseudonyms.digest('published', topic, *about)}")
    for _, partition, key in at_once(every_row(outside.rows, INBOUND)):
        reference = f"{partition}.{key}"
        clinic_id = partition.rpartition("_")[0]
        digest = pseudonyms.digest("published", Topic.PATIENT_REPLY, clinic_id, reference, reference)
        found.append(f"{Topic.PATIENT_REPLY} {digest}")
    return found


def opted_out(audience: Audience) -> int:
    return len({news["id"] for news in audience.heard(Topic.PATIENT_OPTED_OUT)})


CASES = [
    ("1", 0, How.KILLED_AFTER),
    ("STOP", 1, How.KILLED_BEFORE),
    ("", 0, How.FAILS_BEFORE),
    ("", 0, How.FAILS_AFTER),
]
"""What the patient writes (nothing: the reminder does not reach them), how many objections are told of, and how."""


@pytest.mark.parametrize(("words", "objections", "how"), CASES, ids=[f"{w or 'nothing'}, {h}" for w, _, h in CASES])
async def test_wherever_it_strikes_everything_is_told(words: str, objections: int, how: How) -> None:
    usual = Life(words, None, how)
    assert await usual.lived() == Heard(Counter(), 0)
    assert len(usual.audience.told) == len({news["id"] for _, news in usual.audience.told}) >= 3
    assert 40 < usual.gate.calls < MOST_CALLS
    for number in range(1, usual.gate.calls + 1):
        life = Life(words, number, how)
        heard = await life.lived()
        where = f"call {number}, {life.gate.told}, {how}"
        assert life.gate.told, where
        assert not heard.wrong, where
        assert heard.waiting == 0, where
        assert opted_out(life.audience) == objections, where
