"""The simulated Official Account as one object: calls in, callbacks out, people who act, faults on command."""

import asyncio
import heapq
from collections.abc import Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from shared.channels.wechat.credentials import CallbackMode, WeChatCredentials
from shared.channels.wechat.simulator.account import SimulatedAccount
from shared.channels.wechat.simulator.actions import Actions
from shared.channels.wechat.simulator.api import Api
from shared.channels.wechat.simulator.behaviours import Behaviours, shipped_behaviours
from shared.channels.wechat.simulator.exchange import Lost, Reply, Request, error
from shared.channels.wechat.simulator.faults import Fault, FaultKind, Faults
from shared.channels.wechat.simulator.ledger import Entry, Ledger
from shared.channels.wechat.simulator.people import People
from shared.channels.wechat.simulator.pushes import Post, Push, Pushes
from shared.channels.wechat.simulator.transport import SimulatorTransport, post_by_httpx
from shared.channels.wechat.templates import Templates, shipped_templates
from shared.channels.wechat.wire import keep_tokens_out_of_logs
from shared.clock import Clock

_AFTER: Mapping[FaultKind, Lost] = {FaultKind.RESET_AFTER: Lost.RESET, FaultKind.TIMEOUT_AFTER: Lost.TIMEOUT}


class WeChatSimulator:
    """One account. `webhook_url`: where its callbacks go (None: nowhere); it may be set later.

    `account` holds what tests and people turn: `ledger`, `people`, `tokens`, `allowed_ips`, `daily_quota`.
    `callback_delay_s`: how long after the send a receipt comes, before what a patient's behaviour adds.
    `automatic=False`: receipts wait for `deliver_due()`, which posts what `clock` says is due: for simulations.
    """

    def __init__(
        self,
        credentials: WeChatCredentials,
        clock: Clock,
        webhook_url: str | None = None,
        *,
        mode: CallbackMode | None = None,
        templates: Templates | None = None,
        behaviours: Behaviours | None = None,
        post: Post | None = None,
        callback_delay_s: float = 0.05,
        automatic: bool = True,
    ) -> None:
        keep_tokens_out_of_logs()
        behaviours = behaviours or shipped_behaviours()
        self.account = SimulatedAccount(
            credentials, clock, templates or shipped_templates(), behaviours, People(behaviours)
        )
        self.webhook_url = webhook_url
        self.faults = Faults()
        self.pushes = Pushes(credentials, clock, post or post_by_httpx, mode or credentials.callback_mode)
        if not automatic:
            self.pushes.reply_within_s = None
        self.pushed: list[Push] = []
        self.people = Actions(self.account, self.push)
        self.callback_delay_s = callback_delay_s
        self._api = Api(self.account)
        self._under_way: set[asyncio.Task[None]] = set()
        self._automatic = automatic
        self._waiting: list[tuple[datetime, int, Entry, str, int]] = []  # due, order, of what, status, copies

    @property
    def ledger(self) -> Ledger:
        return self.account.ledger

    def transport(self) -> httpx.AsyncBaseTransport:
        """For `httpx.AsyncClient(transport=…)`: mock mode, without a server."""
        return SimulatorTransport(self.exchange)

    async def exchange(self, request: Request) -> Reply | Lost:
        """One call, with the fault that waits for it, if any."""
        fault = self.faults.take(request.path, _recipient(request)) if self.faults else None
        if fault is None:
            return await self._answer(request)
        if (instead := _instead(fault)) is not None:
            return instead
        if fault.kind is FaultKind.SLOW:
            await asyncio.sleep(fault.value / 1000)
        reply = await self._answer(request)
        if fault.kind is FaultKind.STATUS_AFTER:
            return Reply({}, status=fault.value)
        return _AFTER.get(fault.kind, reply)

    async def _answer(self, request: Request) -> Reply:
        reply, taken = self._api.answer(request)
        if taken is not None:
            await self._report(taken)
        return reply

    async def push(self, fields: Mapping[str, str]) -> Push | None:
        """Makes one callback now and remembers what came of it; a passive reply goes to the ledger."""
        if self.webhook_url is None:
            return None
        push = await self.pushes.push(self.webhook_url, fields)
        self.pushed.append(push)
        if push.reply:
            now = self.account.clock.now()
            self.ledger.add(Entry(fields["FromUserName"], "reply", push.reply, now))
        return push

    async def settle(self) -> None:
        """Waits until no callback is under way."""
        while self._under_way:
            await asyncio.gather(*self._under_way)

    async def deliver_due(self) -> None:
        """Posts every receipt that is due now, in order."""
        while self._waiting and self._waiting[0][0] <= self.account.clock.now():
            _, _, entry, status, copies = heapq.heappop(self._waiting)
            await self._copies(entry, status, copies)

    @property
    def next_due_at(self) -> datetime | None:
        return self._waiting[0][0] if self._waiting else None

    async def aclose(self) -> None:
        """Drops the callbacks that are still to come."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _report(self, entry: Entry) -> None:
        """TEMPLATESENDJOBFINISH as the patient's behaviour says."""
        behaviour = self.account.behaviours.of(entry.to)
        person = self.account.people.find(entry.to)
        status = "failed:user block" if person and person.blocks else behaviour.receipt
        if not status or self.webhook_url is None:
            return
        delay_s = self.callback_delay_s + behaviour.delay_s
        if behaviour.early:
            await self._copies(entry, status, behaviour.copies)
        elif self._automatic:
            self._later(delay_s, self._copies(entry, status, behaviour.copies))
        else:
            due_at = self.account.clock.now() + timedelta(seconds=delay_s)
            heapq.heappush(self._waiting, (due_at, int(entry.msgid), entry, status, behaviour.copies))

    async def _copies(self, entry: Entry, status: str, copies: int) -> None:
        fields = self.people.event(entry.to, "TEMPLATESENDJOBFINISH", MsgID=entry.msgid, Status=status)
        for _ in range(copies):
            await self.push(fields)

    def _later(self, delay_s: float, work: Coroutine[Any, Any, None]) -> None:
        async def wait() -> None:
            try:
                await asyncio.sleep(delay_s)
            except asyncio.CancelledError:
                work.close()
                raise
            await work

        task = asyncio.create_task(wait())
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def add_fault(self, kind: FaultKind | str, value: int = 0, *, times: int = 1, path: str = "", to: str = "") -> None:
        self.faults.add(Fault(FaultKind(kind), value, times, path, to))


def _instead(fault: Fault) -> Reply | Lost | None:
    """What a fault answers before anything is taken; None if the call goes on."""
    match fault.kind:
        case FaultKind.REFUSE:
            return Lost.REFUSED
        case FaultKind.RESET_BEFORE:
            return Lost.RESET
        case FaultKind.STATUS_BEFORE:
            return Reply({}, status=fault.value)
        case FaultKind.ERRCODE:
            return error(fault.value)
    return None


def _recipient(request: Request) -> str:
    content = request.content() if request.method == "POST" else None
    return str((content or {}).get("touser", ""))
