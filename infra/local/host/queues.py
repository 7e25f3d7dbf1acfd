"""Queue triggers: poll, lease, run, then delete, retry later or move to the poison queue, which has none of its own.

The lease is ten minutes and renewed while the function runs; host.json's `visibilityTimeout` is the wait before the
next attempt, not the lease (azure-webjobs-sdk#844, #1040). Up to batchSize + newBatchThreshold messages run at once
(QueuesOptions reference).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.queue import QueueMessage

from infra.local.host import wire
from infra.local.host.engine import IndexedFunction
from infra.local.host.invocations import Invoker, Report
from infra.local.host.queue_storage import QueueStorage
from infra.local.host.settings import QueueOptions

LEASE_S = 600  # fixed in the real host, no option exists (azure-sdk-for-net#32635)
FIRST_POLL_DELAY_S = 0.1
POISON = "-poison"


@dataclass(frozen=True)
class Pace:
    """How long a message is leased and the longest wait between two polls, in seconds."""

    lease_s: float = LEASE_S
    longest_poll_delay_s: float = 0.5


class QueueListener:
    """One queue-triggered function and its queue."""

    def __init__(
        self,
        function: IndexedFunction,
        queue_name: str,
        storage: QueueStorage,
        options: QueueOptions,
        invoker: Invoker,
        report: Report,
        pace: Pace,
    ) -> None:
        self.function = function
        self.queue_name = queue_name
        self.connection = str(function.trigger.properties.get("connection", ""))
        self._storage = storage
        self._queue = storage.queue(self.connection, queue_name)
        # a poison queue has none itself (QueueListenerFactory.CreatePoisonQueueReference)
        self._poison_queue = "" if queue_name.endswith(POISON) else queue_name + POISON
        self._options = options
        self._invoker = invoker
        self._report = report
        self._pace = pace
        self._longest_delay_s = min(pace.longest_poll_delay_s, options.max_polling_interval_s)
        self._arrival = storage.arrival(self.connection, queue_name)
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._readable = True

    @property
    def in_flight(self) -> int:
        """Messages taken and not yet settled."""
        return len(self._running)

    async def listen(self) -> None:
        """Take and run messages until `stop`; returns when the last of them is settled."""
        delay_s = FIRST_POLL_DELAY_S
        while not self._stopping:
            if self.in_flight > self._options.new_batch_threshold:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
                continue
            self._arrival.clear()
            messages = await self._take()
            for message in messages:
                task = asyncio.create_task(self._settle(message))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            delay_s = FIRST_POLL_DELAY_S if messages else min(delay_s * 2, self._longest_delay_s)
            if not messages:
                await _happens(self._arrival, within_s=delay_s)
        if self._running:
            await asyncio.wait(self._running)

    def stop(self) -> None:
        """Take no more messages."""
        self._stopping = True
        self._arrival.set()

    async def _take(self) -> list[QueueMessage]:
        size = self._options.batch_size
        try:
            found = self._queue.receive_messages(
                messages_per_page=size, max_messages=size, visibility_timeout=int(self._pace.lease_s)
            )
            messages = [message async for message in found]
        except ResourceNotFoundError:
            return []  # the queue comes into being with its first message
        except AzureError as error:
            if self._readable:  # said once per outage, not once per poll
                self._report(f"queue {self.queue_name} cannot be read: {type(error).__name__}")
            self._readable = False
            return []
        self._readable = True
        return messages

    async def _settle(self, message: QueueMessage) -> None:
        try:
            await self._run(message)
        except AzureError as error:
            # The lease was lost or storage is away: the message comes back when its visibility ends.
            self._report(f"{self.function.name}: a message could not be settled: {type(error).__name__}")

    async def _run(self, message: QueueMessage) -> None:
        content = self._storage.decode(message.content)
        attempts = int(message.dequeue_count or 1)
        if content is None or attempts > self._options.max_dequeue_count:
            await self._poison(message, str(message.pop_receipt))
            return
        value = wire.text(content) if isinstance(content, str) else wire.Message(bytes=content)
        async with self._leased(message) as lease:
            outcome = await self._invoker.run(self.function, value, _metadata(message, content))
        if outcome.failure is None:
            await self._queue.delete_message(message.id, lease.receipt)
        elif not self._poison_queue:
            return  # stays hidden until its lease ends, then it is tried again (QueueProcessor)
        elif attempts >= self._options.max_dequeue_count:
            await self._poison(message, lease.receipt)
        else:
            await self._queue.update_message(
                message.id, lease.receipt, visibility_timeout=int(self._options.retry_delay_s)
            )

    @asynccontextmanager
    async def _leased(self, message: QueueMessage) -> AsyncIterator[_Lease]:
        """Keep the message hidden from others while the body runs, renewing at half time."""
        lease, settled = _Lease(str(message.pop_receipt)), asyncio.Event()
        renewal = asyncio.create_task(self._renew(message.id, lease, settled))
        try:
            yield lease
        finally:
            settled.set()
            await renewal  # never cut off: its answer holds the receipt that the message is settled with

    async def _renew(self, message_id: str, lease: _Lease, settled: asyncio.Event) -> None:
        while not await _happens(settled, within_s=self._pace.lease_s / 2):
            try:
                renewed = await self._queue.update_message(
                    message_id, lease.receipt, visibility_timeout=int(self._pace.lease_s)
                )
            except AzureError as error:
                self._report(f"{self.function.name}: a lease could not be renewed: {type(error).__name__}")
            else:
                lease.receipt = str(renewed.pop_receipt)

    async def _poison(self, message: QueueMessage, receipt: str) -> None:
        if not self._poison_queue:
            return  # left where it is, not run
        await self._storage.add_encoded(self.connection, self._poison_queue, message.content)
        await self._queue.delete_message(message.id, receipt)
        self._report(f"{self.function.name}: a message was moved to {self._poison_queue}")


@dataclass
class _Lease:
    """The receipt that owns a message now; each renewal gives a new one."""

    receipt: str


async def _happens(event: asyncio.Event, within_s: float) -> bool:
    try:
        return await asyncio.wait_for(event.wait(), within_s)
    except TimeoutError:
        return False


def _metadata(message: QueueMessage, content: str | bytes) -> dict[str, wire.Message]:
    times = {
        "InsertionTime": message.inserted_on,
        "ExpirationTime": message.expires_on,
        "NextVisibleTime": message.next_visible_on,
    }
    return {
        "QueueTrigger": wire.text(content if isinstance(content, str) else ""),
        "Id": wire.text(message.id),
        "DequeueCount": wire.json_value(message.dequeue_count),
        "PopReceipt": wire.text(str(message.pop_receipt)),
        **{name: wire.json_value(at.isoformat()) for name, at in times.items() if at is not None},
    }
