"""Real processes that are killed with SIGKILL at a call to the outside, and the outside that survives them.

one process, without event loop or thread               a life: forked, with an event loop of its own
Outside: storage, queue, providers, time    ◀─ pipe ─   services; every call to the outside waits for its answer
SIGKILL before the call is done, or after it was done and before it is answered
"""

from __future__ import annotations

import asyncio
import os
import signal
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection, Pipe
from random import Random
from typing import Any, NoReturn, Protocol

from shared.errors import PatientMessagingError
from tests.reliability.inside import Process
from tests.reliability.outside import Outside, Step, at_once


class Strike(StrEnum):
    BEFORE = "before"
    AFTER = "after"


class Killer(Protocol):
    """Asked at every call of any life whether that life ends there."""

    def strikes(self, call: str) -> Strike | None: ...


class AtCall:
    """Strikes once, at the call of that number. A sweep's reading of due rows not counted: nothing is done by then."""

    def __init__(self, number: int, strike: Strike) -> None:
        self.calls = 0
        self._number = number
        self._strike = strike

    def strikes(self, call: str) -> Strike | None:
        if call == "rows.query due":
            return None
        self.calls += 1
        return self._strike if self.calls == self._number else None


class ByChance:
    """Strikes so many times: at any call, or at one of the calls that decide whether a message is lost or doubled."""

    AIMS = (" ", "wire", "queue", "blobs", "write messages", "write due", "write daylog", "apply due", "apply messages")

    def __init__(self, random: Random, kills: int) -> None:
        self._random = random
        self._kills_left = kills
        self._take_aim()

    def strikes(self, call: str) -> Strike | None:
        if self._kills_left == 0 or self._aim not in call:
            return None
        self._passing -= 1
        if self._passing > 0:
            return None
        self._kills_left -= 1
        self._take_aim()
        return self._random.choice(list(Strike))

    def _take_aim(self) -> None:
        self._aim = self._random.choice(self.AIMS)
        self._passing = self._random.randint(1, 40 if self._aim == " " else 4)


@dataclass(slots=True)
class _Life:
    """A forked process, what it asks, and the step that it works on."""

    pid: int
    line: Connection
    asks: tuple[Any, ...] | None = None
    step: Step | None = None


class History:
    """One outside, and lives in it until nothing is left to be done. `together`: how many at a time, by chance."""

    def __init__(self, outside: Outside, killer: Killer, clinic: str, together: Sequence[int] = (1,)) -> None:
        self.outside = outside
        self.killed_at: list[str] = []
        self._killer = killer
        self._together = together
        process = Process(outside.settings, outside.appointments, self._directly)
        at_once(process.services.clinics.load(clinic, "test"))

    def run(self) -> None:
        while not self.outside.over:
            wanted = self.outside.random.choice(self._together)
            lives = [self._born() for _ in range(max(1, min(wanted, self.outside.waiting)))]
            while lives:
                self._hear(lives)
                life = self.outside.random.choice(lives)
                if not self._goes_on(life):
                    lives.remove(life)
                    life.line.close()
                    os.waitpid(life.pid, 0)

    async def _directly(self, target: str, name: str, *arguments: Any, **options: Any) -> Any:
        return await getattr(getattr(self.outside, target), name)(*arguments, **options)

    def _born(self) -> _Life:
        ours, theirs = Pipe()
        pid = os.fork()
        if pid == 0:
            ours.close()
            _live(theirs, self.outside)
        theirs.close()
        return _Life(pid, ours)

    @staticmethod
    def _hear(lives: Sequence[_Life]) -> None:
        """Waits until every life asks for something, so that who goes on is a matter of the seed alone."""
        for life in lives:
            if life.asks is None:
                life.asks = life.line.recv()

    def _goes_on(self, life: _Life) -> bool:
        """Answers what one life asks. False: it is over."""
        assert life.asks is not None
        (kind, *rest), life.asks = life.asks, None
        if kind == "call":
            return self._call(life, *rest)
        if life.step is not None:
            (self.outside.done if kind == "done" else self.outside.failed)(life.step)
        life.step = self.outside.next_step()
        life.line.send(life.step)
        return life.step is not None

    def _call(self, life: _Life, target: str, name: str, arguments: Sequence[Any], options: dict[str, Any]) -> bool:
        call = f"{target}.{name} {arguments[0] if target == 'rows' else ''}"
        strike = self._killer.strikes(call)
        if strike is not Strike.BEFORE:
            answer = _answer(lambda: at_once(self._directly(target, name, *arguments, **options)))
            if strike is None:
                life.line.send(answer)
                return True
        os.kill(life.pid, signal.SIGKILL)
        self.killed_at.append(f"{strike} {call}".strip())
        if life.step is not None:
            self.outside.failed(life.step)
        return False


def _answer(act: Callable[[], Any]) -> tuple[str, Any]:
    try:
        return "value", act()
    except Exception as failure:  # noqa: BLE001 - it is raised in the process that asked
        return "raised", failure


def _live(line: Connection, outside: Outside) -> NoReturn:
    """The forked process. Never returns into what it was forked from."""
    try:
        asyncio.run(_work(line, outside))
    except BaseException:  # noqa: BLE001 - a defect: told before the process ends, and the other side sees it end
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


async def _work(line: Connection, outside: Outside) -> None:
    async def far(target: str, name: str, *arguments: Any, **options: Any) -> Any:
        line.send(("call", target, name, arguments, options))
        kind, value = line.recv()
        if kind == "raised":
            raise value
        return value

    process = Process(outside.settings, outside.appointments, far)
    said = "born"
    while True:
        line.send((said,))
        step = line.recv()
        if step is None:
            return
        try:
            await process.perform(step)
            said = "done"
        except PatientMessagingError:
            said = "failed"
