"""What several services share, each imported and made once, when it is first asked for."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from shared import settings as app_settings
from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.identity import Pseudonyms
from shared.services.clinics import ClinicBook
from shared.services.measuring.subscribers import MeasuredSubscribers
from shared.services.ports import OpenSource
from shared.services.publishing.book import SubscriptionBook
from shared.services.publishing.messages import PublishingMessages
from shared.services.publishing.publish import Publish
from shared.settings import Settings
from shared.storage.contract import Storage
from shared.subscribers.contract import Subscribers
from shared.wiring.channels import CHANNELS, Accounts, Providers
from shared.wiring.measuring import measured, telling
from shared.wiring.providers import Network
from shared.wiring.sources import SOURCES, source_opener
from shared.wiring.subscribers import CheckedSubscribers
from shared.wording import Wording

if TYPE_CHECKING:
    from shared.services.aftercare.tell import Tell
    from shared.services.ask_source import AskSource
    from shared.services.fresh import FreshReader
    from shared.services.receipts import Receipts
    from shared.services.record import Recorder
    from shared.wiring.pacing import Pacing


def new_id() -> str:
    return uuid.uuid4().hex


class Parts:
    """On one storage and one clock. `open_source`: other than the clinic files say (simulations do that);
    `subscribers`: another way out to them. `storage` is for every service: its messages publish their events."""

    def __init__(
        self,
        settings: Settings,
        storage: Storage,
        clock: Clock,
        network: Network,
        providers: Providers,
        open_source: OpenSource | None = None,
        subscribers: Subscribers | None = None,
    ) -> None:
        self.telemetry = telling()
        self.settings = settings
        self.clock = clock
        self.network = network
        self.pseudonyms = Pseudonyms(app_settings.index_key(settings))
        self.accounts = Accounts(settings, storage.clinics, clock, providers)
        self.wording = Wording.load()
        self.open_source = open_source or source_opener(network, clock)
        to_subscribers = subscribers or CheckedSubscribers(settings, network, clock)
        self.subscribers = MeasuredSubscribers(to_subscribers, self.telemetry)
        self.book = SubscriptionBook(storage.subscriptions, clock)
        self.publish = Publish(
            book=self.book,
            outbox=storage.outbox,
            inbound=storage.inbound,
            patients=storage.patients,
            pseudonyms=self.pseudonyms,
            clock=clock,
        )
        published = replace(storage, messages=PublishingMessages(storage.messages, self.publish))
        self.storage = measured(published, self.telemetry)

    @cached_property
    def clinics(self) -> ClinicBook:
        return ClinicBook(self.storage.clinics, parse_clinic, self.clock)

    @cached_property
    def recorder(self) -> "Recorder":
        from shared.services.measuring.events import MeasuredRecorder

        return MeasuredRecorder(
            messages=self.storage.messages, daylog=self.storage.log, clinics=self.clinics, telemetry=self.telemetry
        )

    @cached_property
    def receipts(self) -> "Receipts":
        from shared.services.measuring.events import MeasuredReceipts

        return MeasuredReceipts(
            messages=self.storage.messages, due=self.storage.due, clock=self.clock, telemetry=self.telemetry
        )

    @cached_property
    def ask_source(self) -> "AskSource":
        from shared.services.ask_source import AskSource

        return AskSource(self.open_source, self.clock)

    @cached_property
    def fresh(self) -> "FreshReader":
        from shared.services.fresh import FreshReader

        return FreshReader(
            ask=self.ask_source,
            patients=self.storage.patients,
            runs=self.storage.runs,
            pseudonyms=self.pseudonyms,
            wording=self.wording,
            clock=self.clock,
        )

    @cached_property
    def pacing(self) -> "Pacing":
        from shared.wiring.pacing import make_pacing

        return make_pacing(self.storage, self.clinics, self.pseudonyms, self.clock)

    @cached_property
    def tell(self) -> "Tell":
        from shared.services.aftercare.tell import Tell

        return Tell(
            worklist=self.storage.worklist,
            patients=self.storage.patients,
            recorder=self.recorder,
            pseudonyms=self.pseudonyms,
        )


def parse_clinic(document: str, name: str) -> Clinic:
    """A clinic document with the channels and kinds of source that exist here."""
    from shared.clinic_file import parse_clinic as parse

    kinds: Mapping[str, object] = SOURCES
    return parse(document, name, {channel: kind.address_kind for channel, kind in CHANNELS.items()}, frozenset(kinds))
