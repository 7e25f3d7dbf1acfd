"""Hand one message to its provider: take wire time, claim the attempt, call, and know four outcomes apart.

    wire time of the account: booked too far ahead, it is given back to release
       ▼
    CLAIMED: one insert; who loses it stops quietly
       ▼
    the provider ─▶ Accepted │ Rejected │ Throttled │ Unknown

A crash between claim and record leaves a claim without outcome: look_after.py calls it unknown when the lease of two
minutes is over. Nothing here calls a second time.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from shared.channels.contract import Channel, Outbound
from shared.clock import Clock
from shared.domain.message import Event, EventName, Message
from shared.domain.outcome import Accepted, SendOutcome
from shared.errors import StorageUnavailable
from shared.services.ports import NewId, OpenChannel
from shared.services.receipts import Receipts
from shared.services.record import Recorder
from shared.services.reference import write_reference
from shared.services.sending.paces import Paces
from shared.services.sending.wire import Busy, Wire
from shared.storage.contract import Joined, ProviderIds

LEASE = timedelta(minutes=2)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Called:
    """A provider was called. `channel`: the one that spoke to it."""

    channel: Channel
    outcome: SendOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """One attempt at one message."""

    provider_ids: ProviderIds
    recorder: Recorder
    receipts: Receipts
    open_channel: OpenChannel
    paces: Paces
    wire: Wire
    clock: Clock
    new_id: NewId

    async def __call__(self, message: Message, due_key: str, attempt: int) -> Called | Busy | None:
        """Busy: the wire is booked; nothing is claimed. None: another worker has this attempt, or the message was
        stopped. Raises ConfigurationError, NotFound for an account that cannot be opened; then nothing is claimed."""
        channel = await self.open_channel(message.channel, message.account)
        await channel.prepare()  # before its slot: who waits for a token would leave with those behind it
        slot = await self.wire.slot(message.lane, await self.paces.rule(message.lane))
        if isinstance(slot, Busy):
            return slot
        now = self.clock.now()
        claim = Event(message.id, EventName.CLAIMED, now, attempt, owner=self.new_id(), lease_until=now + LEASE)
        if not await self.recorder.record(message, claim):
            return None
        reference = write_reference(Joined(message.id, due_key))
        outcome = await channel.send(
            Outbound(message.to, message.content, reference, message.id.digest, message.expires_at),
            again=lambda: self._another_slot(message.lane),
        )
        log.info("send outcome=%s channel=%s attempt=%d", type(outcome).__name__, message.channel, attempt)
        return Called(channel, outcome)

    async def _another_slot(self, lane: str) -> bool:
        """At its instant; False: the wire is booked too far ahead for a claim that is held, or nobody knows."""
        try:
            slot = await self.wire.slot(lane, await self.paces.rule(lane))
        except StorageUnavailable:  # nothing was taken so far: that is worth recording
            return False
        return not isinstance(slot, Busy)

    async def accepted(self, message: Message, due_key: str, attempt: int, channel: Channel, took: Accepted) -> None:
        """Records that the provider took it. The way of its receipts first, so that a crash in between leaves one."""
        if not channel.echoes_reference and took.provider_id:
            joined = Joined(message.id, due_key)
            waited = await self.provider_ids.join(channel.name, channel.account, took.provider_id, joined)
            for receipt in waited:
                await self.receipts.apply(joined, receipt)
        now = self.clock.now()
        await self.recorder.record(
            message, Event(message.id, EventName.ACCEPTED, now, attempt, took.held, took.provider_id)
        )
