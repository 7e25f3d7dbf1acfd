"""Receiving, in two halves: the callback's own request only verifies and stores; the queue does the rest.

    provider ─▶ verify on raw bytes ─▶ store sealed ─▶ 200          (AcceptCallback, within milliseconds)
    queue    ─▶ parse every item ─▶ receipts, messages, contact changes, notices     (ReceiveCallback)

One bad item never drops its neighbours; what makes no sense is counted and stays in the stored body.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.channels.contract import CallbackAnswer
from shared.clock import Clock
from shared.domain.inbound import (
    AccountNotice,
    ContactEvent,
    InboundEvent,
    InboundMessage,
    Receipt,
    TemplateNews,
    UnreadableEvent,
)
from shared.domain.message import lane_of
from shared.errors import InvalidInput, PatientMessagingError, RowTooLarge
from shared.services.abreast import abreast
from shared.services.jobs import CallbackJob
from shared.services.ports import OpenCallback
from shared.services.receipts import Receipts
from shared.services.receiving.answer import ActOnAnswer
from shared.services.reference import read_reference
from shared.services.sending.circuits import Circuits
from shared.storage.contract import Callbacks, ProviderIds, StoredCallback

ITEMS_AT_ONCE = 8
NEWS_COUNTS = timedelta(hours=1)  # of a template: what is older may be otherwise by now, and the next message tells

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptCallback:
    """The half that the provider waits for."""

    callbacks: Callbacks
    open_callback: OpenCallback
    clock: Clock

    async def handshake(self, channel: str, account: str, query: Mapping[str, str]) -> CallbackAnswer:
        return (await self.open_callback(channel, account)).handshake(query)

    async def __call__(
        self, channel: str, account: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> tuple[CallbackAnswer, CallbackJob]:
        """Raises CallbackRefused or BodyTooLarge with nothing stored; StorageUnavailable: the provider comes again."""
        callback = await self.open_callback(channel, account)
        now = self.clock.now()
        callback.verify(query, headers, body, now)
        reference = await self.callbacks.store(StoredCallback(channel, account, now, query, body))
        return callback.acknowledge(query, body, now), CallbackJob(reference)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveCallback:
    """The half behind the queue. Repeatable: every write is an insert under a key that the item determines."""

    callbacks: Callbacks
    provider_ids: ProviderIds
    receipts: Receipts
    answers: ActOnAnswer
    circuits: Circuits
    open_callback: OpenCallback
    clock: Clock

    async def __call__(self, job: CallbackJob) -> int:
        """How much of it was new: receipts and what patients wrote or did that no callback had told before."""
        stored = await self.callbacks.read(job.reference)
        if stored is None:
            log.error("callback_missing")
            return 0
        callback = await self.open_callback(stored.channel, stored.account)

        async def take(item: InboundEvent) -> bool:
            return await self._take_or_leave(item, stored)

        return sum(await abreast(take, callback.parse(stored.query, stored.body), ITEMS_AT_ONCE))

    async def _take_or_leave(self, item: InboundEvent, stored: StoredCallback) -> bool:
        """An item that storage refuses (an id that no key can hold) stays in the stored body; its neighbours go on.
        What may work later goes up, and the whole body is worked through again."""
        try:
            return await self._take(item, stored)
        except (InvalidInput, RowTooLarge, UnicodeEncodeError) as error:
            code = error.code if isinstance(error, PatientMessagingError) else "not_unicode"
            log.error("item_refused channel=%s kind=%s code=%s", stored.channel, type(item).__name__, code)
            return False

    async def _take(self, item: InboundEvent, stored: StoredCallback) -> bool:
        """Whether it was new."""
        match item:
            case Receipt():
                return await self._receipt(item)
            case InboundMessage():
                return await self.answers.message(item, stored.received_at)
            case ContactEvent():
                return await self.answers.contact(item, stored.received_at)
            case AccountNotice():
                await self._notice(item, stored.received_at)
            case UnreadableEvent(channel=channel, place=place, reason=reason):
                log.warning("unreadable_event channel=%s place=%s reason=%s", channel, place, reason)
        return False

    async def _notice(self, notice: AccountNotice, received_at: datetime) -> None:
        """News of a template act on what is sent with it; everything else is for the log."""
        log.warning("account_notice channel=%s topic=%s", notice.channel, notice.topic)
        if self.clock.now() - received_at > NEWS_COUNTS:
            return
        lane = lane_of(notice.channel, notice.account)
        if notice.template and notice.news is TemplateNews.STOPPED:
            await self.circuits.stop_template(lane, notice.template, notice.topic)
        elif notice.template and notice.news is TemplateNews.WORKS:
            await self.circuits.template_works(lane, notice.template)

    async def _receipt(self, receipt: Receipt) -> bool:
        joined = read_reference(receipt.reference) if receipt.reference else None
        if joined is None:
            joined = await self.provider_ids.find(receipt.channel, receipt.account, receipt.provider_id)
        if joined is None:
            joined = await self.provider_ids.wait(receipt)
        return joined is not None and await self.receipts.apply(joined, receipt)
