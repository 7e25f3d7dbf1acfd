"""All services, put together on one storage and one clock."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from shared import settings as app_settings
from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.identity import Pseudonyms
from shared.services.alarms import WatchFailures
from shared.services.callers import Callers
from shared.services.clinics import ClinicBook
from shared.services.plan import PlanReminders
from shared.services.ports import OpenSource
from shared.services.receipts import Receipts
from shared.services.receive import AcceptCallback, ReceiveCallback
from shared.services.record import Recorder
from shared.services.release import ReleaseDue
from shared.services.report import Reports
from shared.services.runs import StartRun
from shared.services.schedule import ScheduleRuns
from shared.services.send import SendMessage
from shared.services.send_again import SendAgain
from shared.services.stuck import SetAside
from shared.services.submit import SubmitRaw
from shared.services.unsent import UnsentOf
from shared.services.unsent_daily import ListUnsent
from shared.services.withdraw import Withdraw
from shared.services.worklist import WorkToDo
from shared.settings import Settings
from shared.storage.contract import Storage
from shared.wiring.channels import CHANNELS, Accounts, Providers
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
    start_run: StartRun
    release: ReleaseDue
    send: SendMessage
    accept: AcceptCallback
    receive: ReceiveCallback
    submit: SubmitRaw
    reports: Reports
    work: WorkToDo
    unsent: UnsentOf
    tell_unsent: ListUnsent
    watch_failures: WatchFailures
    set_aside: SetAside


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
    receipts = Receipts(messages=storage.messages, due=storage.due)
    unsent = UnsentOf(plans=storage.plans, messages=storage.messages, patients=storage.patients, clock=clock)
    plan = PlanReminders(
        storage=storage,
        clinics=clinics,
        open_source=open_source or source_opener(network, clock),
        open_channel=accounts.channel,
        withdraw=Withdraw(messages=storage.messages, recorder=recorder, clock=clock),
        pseudonyms=pseudonyms,
        wording=wording,
        clock=clock,
        new_id=new_id,
        mock=settings.mock,
    )
    services = Services(
        storage=storage,
        network=network,
        clinics=clinics,
        callers=Callers(api_keys=storage.api_keys, pseudonyms=pseudonyms, local_key=settings.local_api_key),
        schedule=ScheduleRuns(clinics=clinics, runs=storage.runs, clock=clock),
        plan=plan,
        start_run=StartRun(plan=plan, runs=storage.runs, clock=clock, new_id=new_id),
        release=ReleaseDue(due=storage.due, messages=storage.messages, recorder=recorder, clock=clock),
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
            inbound=storage.inbound,
            patients=storage.patients,
            provider_ids=storage.provider_ids,
            receipts=receipts,
            clinics=clinics,
            open_callback=accounts.callback,
            pseudonyms=pseudonyms,
        ),
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
        unsent=unsent,
        tell_unsent=ListUnsent(
            unsent=unsent, worklist=storage.worklist, clinics=clinics, pseudonyms=pseudonyms, clock=clock
        ),
        watch_failures=WatchFailures(
            failures=storage.failures,
            daylog=storage.log,
            worklist=storage.worklist,
            clinics=clinics,
            pseudonyms=pseudonyms,
            clock=clock,
        ),
        set_aside=SetAside(
            worklist=storage.worklist,
            callbacks=storage.callbacks,
            clinics=clinics,
            pseudonyms=pseudonyms,
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
