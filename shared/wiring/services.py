"""All services, put together on one storage and one clock."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from shared import settings as app_settings
from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.identity import Pseudonyms
from shared.services.ask_source import AskSource
from shared.services.callers import Callers
from shared.services.cancel import CancelMessage
from shared.services.clinics import ClinicBook
from shared.services.connections import ReportConnections
from shared.services.drafts import Drafts
from shared.services.fresh import FreshReader
from shared.services.look_after import LookAfter
from shared.services.plan import PlanReminders
from shared.services.ports import OpenSource
from shared.services.receipts import Receipts
from shared.services.receive import AcceptCallback, ReceiveCallback
from shared.services.record import Recorder
from shared.services.release import ReleaseDue
from shared.services.report import Reports
from shared.services.runs import StartRun
from shared.services.schedule import ScheduleRuns
from shared.services.schedules import ScheduleMessages
from shared.services.send import SendMessage
from shared.services.send_again import SendAgain
from shared.services.submit import SubmitRaw
from shared.services.withdraw import Withdraw
from shared.services.worklist import WorkToDo
from shared.settings import Settings
from shared.storage.contract import Storage
from shared.wiring.answers import make_answers
from shared.wiring.channels import CHANNELS, Accounts, Providers
from shared.wiring.pacing import Pacing, make_pacing
from shared.wiring.providers import Deliver, Mock, Network
from shared.wiring.sources import SOURCES, source_opener
from shared.wording import Wording


def new_id() -> str:
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Services:
    """Every use case, ready to be called by a trigger."""

    storage: Storage
    network: Network
    clinics: ClinicBook
    callers: Callers
    schedule: ScheduleRuns
    plan: PlanReminders
    fresh: FreshReader
    start_run: StartRun
    release: ReleaseDue
    look_after: LookAfter
    send: SendMessage
    accept: AcceptCallback
    receive: ReceiveCallback
    pacing: Pacing
    connections: ReportConnections
    submit: SubmitRaw
    schedules: ScheduleMessages
    cancel: CancelMessage
    reports: Reports
    work: WorkToDo


def build_services(
    settings: Settings,
    storage: Storage,
    clock: Clock,
    providers: Providers | None = None,
    open_source: OpenSource | None = None,
) -> Services:
    """All services. `providers`, `open_source`: other than the settings and clinic files say (simulations do that)."""
    network = Network()
    mock = Mock(clock) if settings.mock and providers is None else None
    pseudonyms = Pseudonyms(app_settings.index_key(settings))
    accounts, wording = Accounts(settings, storage.clinics, clock, providers or mock or network), Wording.load()
    clinics = ClinicBook(storage.clinics, parse_clinic, clock)
    recorder = Recorder(messages=storage.messages, daylog=storage.log, clinics=clinics)
    receipts = Receipts(messages=storage.messages, due=storage.due, clock=clock)
    open_source = open_source or source_opener(network, clock)
    ask = AskSource(open_source, clock)
    pacing = make_pacing(storage, clinics, pseudonyms, clock)
    plan = PlanReminders(
        storage=storage,
        clinics=clinics,
        open_source=open_source,
        open_channel=accounts.channel,
        withdraw=Withdraw(messages=storage.messages, recorder=recorder, clock=clock),
        pseudonyms=pseudonyms,
        wording=wording,
        clock=clock,
        new_id=new_id,
        mock=settings.mock,
    )
    fresh = FreshReader(
        ask=AskSource(open_source, clock),
        patients=storage.patients,
        runs=storage.runs,
        pseudonyms=pseudonyms,
        wording=wording,
        clock=clock,
    )
    services = Services(
        storage=storage,
        network=network,
        clinics=clinics,
        callers=Callers(api_keys=storage.api_keys, pseudonyms=pseudonyms, local_key=settings.local_api_key),
        schedule=ScheduleRuns(clinics=clinics, runs=storage.runs, clock=clock),
        plan=plan,
        fresh=fresh,
        start_run=StartRun(plan=plan, runs=storage.runs, clock=clock, new_id=new_id),
        release=ReleaseDue(due=storage.due, feed_lane=pacing.feed_lane, clock=clock),
        look_after=LookAfter(due=storage.due, messages=storage.messages, recorder=recorder, clock=clock),
        send=SendMessage(
            messages=storage.messages,
            due=storage.due,
            provider_ids=storage.provider_ids,
            recorder=recorder,
            receipts=receipts,
            clinics=clinics,
            open_channel=accounts.channel,
            clock=clock,
            new_id=new_id,
        ),
        accept=AcceptCallback(callbacks=storage.callbacks, open_callback=accounts.callback, clock=clock),
        receive=ReceiveCallback(
            callbacks=storage.callbacks,
            provider_ids=storage.provider_ids,
            receipts=receipts,
            answers=make_answers(
                storage, clinics, fresh, accounts.channel, wording, pseudonyms, clock, mock=settings.mock
            ),
            open_callback=accounts.callback,
        ),
        pacing=pacing,
        connections=ReportConnections(clinics=clinics, circuits=pacing.circuits, open_channel=accounts.channel),
        submit=SubmitRaw(
            messages=storage.messages,
            due=storage.due,
            idempotency=storage.idempotency,
            patients=storage.patients,
            clinics=clinics,
            open_channel=accounts.channel,
            pseudonyms=pseudonyms,
            clock=clock,
            new_id=new_id,
            mock=settings.mock,
        ),
        schedules=ScheduleMessages(
            messages=storage.messages,
            due=storage.due,
            idempotency=storage.idempotency,
            clinics=clinics,
            drafts=Drafts(
                ask=ask,
                patients=storage.patients,
                plans=storage.plans,
                open_channel=accounts.channel,
                pseudonyms=pseudonyms,
                wording=wording,
                clock=clock,
                mock=settings.mock,
            ),
            pseudonyms=pseudonyms,
        ),
        cancel=CancelMessage(messages=storage.messages, recorder=recorder, clock=clock),
        reports=Reports(
            messages=storage.messages,
            plans=storage.plans,
            daylog=storage.log,
            clinics=clinics,
            open_channel=accounts.channel,
            wording=wording,
            clock=clock,
        ),
        work=WorkToDo(
            worklist=storage.worklist,
            clinics=clinics,
            send_again=SendAgain(messages=storage.messages, due=storage.due, recorder=recorder, clock=clock),
            wording=wording,
            clock=clock,
        ),
    )
    if mock is not None:
        mock.deliver = in_process(services)
    return services


def in_process(services: Services) -> Deliver:
    """Takes a callback both halves of its way at once, without HTTP and queue."""

    async def deliver(
        channel: str, account: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> str:
        said, job = await services.accept(channel, account, query, headers, body)
        await services.receive(job)
        return said.body

    return deliver


def parse_clinic(document: str, name: str) -> Clinic:
    """A clinic document with the channels and kinds of source that exist here."""
    from shared.clinic_file import parse_clinic as parse

    return parse(document, name, {channel: kind.address_kind for channel, kind in CHANNELS.items()}, frozenset(SOURCES))
