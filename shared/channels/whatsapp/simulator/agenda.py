"""Callbacks that are to be posted: when, where, signed, several in one body if so wished, again if they are refused."""

import asyncio
import hashlib
import heapq
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.channels.whatsapp.simulator.webhook_bodies import Value
from shared.clock import Clock

Post = Callable[[str, Mapping[str, str], bytes], Awaitable[int]]
"""Posts a body to a URL and gives the HTTP status; may raise OSError for a network that fails."""

MAX_TRIES = 10  # Meta goes on for 7 days; here the waits double from a quarter of a second
_FIRST_WAIT_S = 0.25
_CONCURRENT = 8

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hook:
    """Where the callbacks of one number go, and what they are signed with."""

    url: str
    secret: str = field(repr=False)
    business_account_id: str


@dataclass(frozen=True, slots=True, order=True)
class _Item:
    due_at: datetime
    order: int
    hook: Hook = field(compare=False)
    changes: tuple[tuple[str, Value], ...] = field(compare=False)  # webhook field, value
    tries: int = field(compare=False, default=0)


class Agenda:
    """Callbacks by due time. Posts by itself while `automatic`; else `deliver_due` posts what the clock says is due."""

    def __init__(self, clock: Clock, post: Post, *, automatic: bool = True, together: int = 1) -> None:
        self.together = together  # changes per body
        self.given_up = 0
        self._clock = clock
        self._post = post
        self._automatic = automatic
        self._items: list[_Item] = []
        self._count = 0
        self._pump: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    def add(self, due_at: datetime, hook: Hook, changes: Sequence[tuple[str, Value]]) -> None:
        self._push(_Item(due_at, self._next(), hook, tuple(changes)))

    async def post_now(self, hook: Hook, changes: Sequence[tuple[str, Value]]) -> None:
        """At once, before the caller goes on."""
        await self._deliver([_Item(self._clock.now(), self._next(), hook, tuple(changes))])

    async def deliver_due(self) -> int:
        """Posts everything that is due now, in order; how many bodies that were."""
        bodies = self._take_due()
        for items in bodies:
            await self._deliver(items)
        return len(bodies)

    async def settled(self, timeout_s: float = 10.0) -> None:
        """Waits until nothing is left to post by itself. Raises TimeoutError, and what posting raised."""
        async with asyncio.timeout(timeout_s):
            while self._pump is not None and not self._pump.done():
                await asyncio.wait({self._pump})
        if self._pump is not None:
            self._pump.result()

    @property
    def next_due_at(self) -> datetime | None:
        return self._items[0].due_at if self._items else None

    async def aclose(self) -> None:
        self._items.clear()
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _push(self, item: _Item) -> None:
        heapq.heappush(self._items, item)
        self._changed.set()
        if self._automatic and (self._pump is None or self._pump.done()):
            self._pump = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        """Ends when nothing is left, so that no task outlives its work."""
        while self._items:
            wait_s = (self._items[0].due_at - self._clock.now()).total_seconds()
            if wait_s > 0:
                self._changed.clear()
                await _at_most(self._changed, wait_s)
                continue
            bodies = self._take_due()
            for start in range(0, len(bodies), _CONCURRENT):
                await asyncio.gather(*map(self._deliver, bodies[start : start + _CONCURRENT]))

    def _take_due(self) -> list[list[_Item]]:
        """What is due, as groups that share a body: one hook, at most `together` changes, first tries only."""
        now = self._clock.now()
        groups: list[list[_Item]] = []
        open_groups: dict[Hook, list[_Item]] = {}
        while self._items and self._items[0].due_at <= now:
            item = heapq.heappop(self._items)
            group = open_groups.get(item.hook)
            if group is None or item.tries or len(group) >= self.together:
                group = []
                groups.append(group)
                if not item.tries:
                    open_groups[item.hook] = group
            group.append(item)
        return groups

    async def _deliver(self, items: list[_Item]) -> None:
        hook, tries = items[0].hook, items[0].tries
        changes = tuple(change for item in items for change in item.changes)
        try:
            status = await self._post(hook.url, *signed(hook, changes))
        except OSError:
            status = 0
        if 200 <= status < 300:
            return
        if tries + 1 >= MAX_TRIES:
            self.given_up += 1
            log.warning("callback_given_up status=%d", status)
            return
        wait = timedelta(seconds=_FIRST_WAIT_S * 2**tries)
        self._push(_Item(self._clock.now() + wait, self._next(), hook, changes, tries + 1))


async def _at_most(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


def signed(hook: Hook, changes: Sequence[tuple[str, Value]]) -> tuple[dict[str, str], bytes]:
    """Headers and body of one callback. Meta escapes the slash and what is not ASCII (Validating payloads)."""
    entry = {"id": hook.business_account_id, "changes": [{"value": value, "field": name} for name, value in changes]}
    text = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}, separators=(",", ":"))
    body = text.replace("/", "\\/").encode()
    signature = hmac.new(hook.secret.encode(), body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}, body
