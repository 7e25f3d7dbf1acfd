"""All services, put together on one storage and one clock."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.clock import Clock
from shared.services.access.identify import Callers
from shared.services.access.manage_keys import ManageKeys
from shared.services.aftercare.look_after import LookAfter
from shared.services.asking.cancel import CancelMessage
from shared.services.asking.remind import SendAppointmentReminder
from shared.services.asking.reply import SendTextReply
from shared.services.asking.schedules import ScheduleMessages
from shared.services.asking.submit import SubmitRaw
from shared.services.clinics import ClinicBook
from shared.services.fresh import FreshReader
from shared.services.planning.plan import PlanReminders
from shared.services.planning.runs import StartRun
from shared.services.planning.schedule import ScheduleRuns
from shared.services.ports import OpenSource
from shared.services.publishing.feed import FeedSubscribers
from shared.services.publishing.subscribe import Subscribe, Unsubscribe
from shared.services.publishing.tell import TellSubscriber
from shared.services.receiving.receive import AcceptCallback, ReceiveCallback
from shared.services.sending.connections import ReportConnections
from shared.services.sending.release import ReleaseDue
from shared.services.sending.send import SendMessage
from shared.services.staff.alarms import WatchFailures
from shared.services.staff.consent import RecordConsent
from shared.services.staff.insights import Insights
from shared.services.staff.patients import LookUpPatient
from shared.services.staff.report import Reports
from shared.services.staff.stuck import SetAside
from shared.services.staff.templates import ListTemplates
from shared.services.staff.unsent import UnsentOf
from shared.services.staff.unsent_daily import ListUnsent
from shared.services.staff.worklist import WorkToDo
from shared.services.tallying.tally import TallyDays
from shared.settings import Settings
from shared.storage.contract import Storage
from shared.subscribers.contract import Subscribers
from shared.wiring.access import make_callers, make_manage_keys
from shared.wiring.answers import make_receive
from shared.wiring.channels import Providers
from shared.wiring.pacing import Pacing
from shared.wiring.parts import Parts, new_id, parse_clinic
from shared.wiring.people import make_consent, make_look_up, make_reply
from shared.wiring.planning import make_plan
from shared.wiring.prescribing import Prescribing, make_prescribing
from shared.wiring.providers import Deliver, Mock, Network
from shared.wiring.publishing import (
    make_feed_subscribers,
    make_subscribe,
    make_tell_subscriber,
    make_unsubscribe,
)
from shared.wiring.sending import make_look_after, make_send
from shared.wiring.taking import make_remind, make_schedules, make_submit
from shared.wiring.tallying import make_insights, make_tally, marked
from shared.wiring.watching import (
    make_reports,
    make_set_aside,
    make_tell_unsent,
    make_templates,
    make_unsent,
    make_watch_failures,
    make_work,
)

__all__ = ["Services", "build_services", "in_process", "new_id", "parse_clinic"]


@dataclass(frozen=True, slots=True)
class Services:
    """Every use case, ready to be called by a trigger."""

    storage: Storage
    network: Network
    clinics: ClinicBook
    callers: Callers
    keys: ManageKeys
    schedule: ScheduleRuns
    plan: PlanReminders
    fresh: FreshReader
    start_run: StartRun
    release: ReleaseDue
    pacing: Pacing
    connections: ReportConnections
    send: SendMessage
    look_after: LookAfter
    accept: AcceptCallback
    receive: ReceiveCallback
    submit: SubmitRaw
    remind: SendAppointmentReminder
    reply: SendTextReply
    look_up: LookUpPatient
    consent: RecordConsent
    templates: ListTemplates
    schedules: ScheduleMessages
    prescribing: Prescribing
    cancel: CancelMessage
    reports: Reports
    work: WorkToDo
    unsent: UnsentOf
    tell_unsent: ListUnsent
    watch_failures: WatchFailures
    set_aside: SetAside
    tally: TallyDays
    insights: Insights
    subscribe: Subscribe
    unsubscribe: Unsubscribe
    feed_subscribers: FeedSubscribers
    tell_subscriber: TellSubscriber
    public_url: str  # scheme and host of the app as others see it; empty: as each request says


def build_services(
    settings: Settings,
    storage: Storage,
    clock: Clock,
    providers: Providers | None = None,
    open_source: OpenSource | None = None,
    subscribers: Subscribers | None = None,
) -> Services:
    """All services. `providers`, `open_source`: other than the settings and clinic files say (simulations do that);
    `subscribers`: another way out to them, with a guard of its own."""
    network = Network()
    mock = Mock(clock) if settings.mock and providers is None else None
    parts = Parts(
        settings, marked(storage, clock), clock, network, providers or mock or network, open_source, subscribers
    )
    storage = parts.storage
    plan = make_plan(parts)
    services = Services(
        storage=storage,
        network=network,
        clinics=parts.clinics,
        callers=make_callers(parts),
        keys=make_manage_keys(parts),
        schedule=ScheduleRuns(clinics=parts.clinics, runs=storage.runs, clock=clock),
        plan=plan,
        fresh=parts.fresh,
        start_run=StartRun(plan=plan, runs=storage.runs, clock=clock, new_id=new_id),
        release=ReleaseDue(due=storage.due, feed_lane=parts.pacing.feed_lane, clock=clock),
        pacing=parts.pacing,
        connections=ReportConnections(
            clinics=parts.clinics, circuits=parts.pacing.circuits, open_channel=parts.accounts.channel
        ),
        send=make_send(parts),
        look_after=make_look_after(parts),
        accept=AcceptCallback(callbacks=storage.callbacks, open_callback=parts.accounts.callback, clock=clock),
        receive=make_receive(parts),
        submit=make_submit(parts),
        remind=make_remind(parts),
        reply=make_reply(parts),
        look_up=make_look_up(parts),
        consent=make_consent(parts),
        templates=make_templates(parts),
        schedules=make_schedules(parts),
        prescribing=make_prescribing(parts),
        cancel=CancelMessage(messages=storage.messages, recorder=parts.recorder, clock=clock),
        reports=make_reports(parts),
        work=make_work(parts),
        unsent=make_unsent(parts),
        tell_unsent=make_tell_unsent(parts),
        watch_failures=make_watch_failures(parts),
        set_aside=make_set_aside(parts),
        tally=make_tally(parts),
        insights=make_insights(parts),
        subscribe=make_subscribe(parts),
        unsubscribe=make_unsubscribe(parts),
        feed_subscribers=make_feed_subscribers(parts),
        tell_subscriber=make_tell_subscriber(parts),
        public_url=settings.public_url.rstrip("/"),
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
