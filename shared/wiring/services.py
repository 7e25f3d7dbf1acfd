"""All services, put together on one storage and one clock."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from shared.clock import Clock
from shared.services.clinics import ClinicBook
from shared.services.ports import OpenSource
from shared.settings import Settings
from shared.storage.contract import Storage
from shared.subscribers.contract import Subscribers
from shared.wiring.channels import Providers
from shared.wiring.parts import Parts, new_id, parse_clinic
from shared.wiring.providers import Deliver, Mock, Network
from shared.wiring.tallying import marked

if TYPE_CHECKING:
    from shared.services.access.identify import Callers
    from shared.services.access.manage_keys import ManageKeys
    from shared.services.accounts import KeepAccounts
    from shared.services.aftercare.look_after import LookAfter
    from shared.services.asking.cancel import CancelMessage
    from shared.services.asking.remind import SendAppointmentReminder
    from shared.services.asking.reply import SendTextReply
    from shared.services.asking.schedules import ScheduleMessages
    from shared.services.asking.submit import SubmitRaw
    from shared.services.asking.try_out import SendTestMessage
    from shared.services.fresh import FreshReader
    from shared.services.planning.plan import PlanReminders
    from shared.services.planning.runs import StartRun
    from shared.services.planning.schedule import ScheduleRuns
    from shared.services.publishing.feed import FeedSubscribers
    from shared.services.publishing.subscribe import Subscribe, Unsubscribe
    from shared.services.publishing.tell import TellSubscriber
    from shared.services.receiving.receive import AcceptCallback, ReceiveCallback
    from shared.services.rotating.rotate import RotateEncryption
    from shared.services.sending.connections import ReportConnections
    from shared.services.sending.pauses import Pauses
    from shared.services.sending.release import ReleaseDue
    from shared.services.sending.send import SendMessage
    from shared.services.staff.alarms import WatchFailures
    from shared.services.staff.consent import RecordConsent
    from shared.services.staff.explain import ExplainAppointment
    from shared.services.staff.insights import Insights
    from shared.services.staff.patients import LookUpPatient
    from shared.services.staff.replay import ReplayStuck
    from shared.services.staff.report import Reports
    from shared.services.staff.state import SeeState
    from shared.services.staff.stuck import SetAside
    from shared.services.staff.templates import ListTemplates
    from shared.services.staff.unknown_waiting import TellUnknownWaiting
    from shared.services.staff.unsent import UnsentOf
    from shared.services.staff.unsent_daily import ListUnsent
    from shared.services.staff.worklist import WorkToDo
    from shared.services.tallying.tally import TallyDays
    from shared.wiring.operating import Operating
    from shared.wiring.pacing import Pacing
    from shared.wiring.prescribing import Prescribing

__all__ = ["Services", "build_services", "in_process", "new_id", "parse_clinic"]


class Services:
    """Every use case, ready to be called by a trigger. Each is imported and made at its first use, so that an instance
    that only takes callbacks does not pay for the prescription form."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def storage(self) -> Storage:
        return self._parts.storage

    @property
    def network(self) -> Network:
        return self._parts.network

    @property
    def public_url(self) -> str:
        """Scheme and host of the app as others see it; empty: as each request says."""
        return self._parts.settings.public_url.rstrip("/")

    @property
    def clinics(self) -> ClinicBook:
        return self._parts.clinics

    @property
    def fresh(self) -> "FreshReader":
        return self._parts.fresh

    @property
    def pacing(self) -> "Pacing":
        return self._parts.pacing

    @cached_property
    def callers(self) -> "Callers":
        from shared.wiring.access import make_callers

        return make_callers(self._parts)

    @cached_property
    def keys(self) -> "ManageKeys":
        from shared.wiring.access import make_manage_keys

        return make_manage_keys(self._parts)

    @cached_property
    def schedule(self) -> "ScheduleRuns":
        from shared.services.planning.schedule import ScheduleRuns

        return ScheduleRuns(clinics=self.clinics, runs=self.storage.runs, clock=self._parts.clock)

    @cached_property
    def plan(self) -> "PlanReminders":
        from shared.wiring.planning import make_plan

        return make_plan(self._parts)

    @cached_property
    def start_run(self) -> "StartRun":
        from shared.services.planning.runs import StartRun

        return StartRun(plan=self.plan, runs=self.storage.runs, clock=self._parts.clock, new_id=new_id)

    @cached_property
    def release(self) -> "ReleaseDue":
        from shared.services.sending.release import ReleaseDue

        return ReleaseDue(due=self.storage.due, feed_lane=self.pacing.feed_lane, clock=self._parts.clock)

    @cached_property
    def accounts(self) -> "KeepAccounts":
        from shared.wiring.access import make_keep_accounts

        return make_keep_accounts(self._parts)

    @cached_property
    def pauses(self) -> "Pauses":
        from shared.wiring.pacing import make_pauses

        parts = self._parts
        return make_pauses(parts.storage, parts.clinics, parts.pacing.circuits, parts.pseudonyms, parts.clock)

    @cached_property
    def connections(self) -> "ReportConnections":
        from shared.services.sending.connections import ReportConnections

        return ReportConnections(
            clinics=self.clinics, circuits=self.pacing.circuits, open_channel=self._parts.accounts.channel
        )

    @cached_property
    def send(self) -> "SendMessage":
        from shared.wiring.sending import make_send

        return make_send(self._parts)

    @cached_property
    def look_after(self) -> "LookAfter":
        from shared.wiring.sending import make_look_after

        return make_look_after(self._parts)

    @cached_property
    def accept(self) -> "AcceptCallback":
        from shared.services.measuring.callbacks import MeasuredAccept

        return MeasuredAccept(
            callbacks=self.storage.callbacks,
            open_callback=self._parts.accounts.callback,
            clock=self._parts.clock,
            telemetry=self._parts.telemetry,
        )

    @cached_property
    def receive(self) -> "ReceiveCallback":
        from shared.wiring.answers import make_receive

        return make_receive(self._parts)

    @cached_property
    def submit(self) -> "SubmitRaw":
        from shared.wiring.taking import make_submit

        return make_submit(self._parts)

    @cached_property
    def send_test(self) -> "SendTestMessage":
        from shared.wiring.taking import make_send_test

        return make_send_test(self._parts)

    @cached_property
    def remind(self) -> "SendAppointmentReminder":
        from shared.wiring.taking import make_remind

        return make_remind(self._parts)

    @cached_property
    def reply(self) -> "SendTextReply":
        from shared.wiring.people import make_reply

        return make_reply(self._parts)

    @cached_property
    def schedules(self) -> "ScheduleMessages":
        from shared.wiring.taking import make_schedules

        return make_schedules(self._parts)

    @cached_property
    def cancel(self) -> "CancelMessage":
        from shared.services.asking.cancel import CancelMessage

        return CancelMessage(messages=self.storage.messages, recorder=self._parts.recorder, clock=self._parts.clock)

    @cached_property
    def prescribing(self) -> "Prescribing":
        from shared.wiring.prescribing import make_prescribing

        return make_prescribing(self._parts)

    @cached_property
    def look_up(self) -> "LookUpPatient":
        from shared.wiring.people import make_look_up

        return make_look_up(self._parts)

    @cached_property
    def consent(self) -> "RecordConsent":
        from shared.wiring.people import make_consent

        return make_consent(self._parts)

    @cached_property
    def templates(self) -> "ListTemplates":
        from shared.wiring.watching import make_templates

        return make_templates(self._parts)

    @cached_property
    def reports(self) -> "Reports":
        from shared.wiring.watching import make_reports

        return make_reports(self._parts)

    @cached_property
    def explain(self) -> "ExplainAppointment":
        from shared.wiring.watching import make_explain

        return make_explain(self._parts)

    @cached_property
    def state(self) -> "SeeState":
        from shared.wiring.watching import make_state

        return make_state(self._parts)

    @cached_property
    def work(self) -> "WorkToDo":
        from shared.wiring.watching import make_work

        return make_work(self._parts)

    @cached_property
    def unsent(self) -> "UnsentOf":
        from shared.wiring.watching import make_unsent

        return make_unsent(self._parts)

    @cached_property
    def tell_unsent(self) -> "ListUnsent":
        from shared.wiring.watching import make_tell_unsent

        return make_tell_unsent(self._parts)

    @cached_property
    def watch_failures(self) -> "WatchFailures":
        from shared.wiring.watching import make_watch_failures

        return make_watch_failures(self._parts)

    @cached_property
    def tell_unknown_waiting(self) -> "TellUnknownWaiting":
        from shared.wiring.watching import make_tell_unknown_waiting

        return make_tell_unknown_waiting(self._parts)

    @cached_property
    def set_aside(self) -> "SetAside":
        from shared.wiring.watching import make_set_aside

        return make_set_aside(self._parts)

    @cached_property
    def replay(self) -> "ReplayStuck":
        from shared.services.staff.replay import ReplayStuck

        return ReplayStuck(
            worklist=self.storage.worklist,
            clinics=self.clinics,
            plan=self.plan,
            send=self.send,
            look_after=self.look_after,
            receive=self.receive,
            tell_subscriber=self.tell_subscriber,
            clock=self._parts.clock,
        )

    @cached_property
    def operating(self) -> "Operating":
        from shared.wiring.operating import make_operating

        return make_operating(self._parts, self.receive)

    @cached_property
    def tally(self) -> "TallyDays":
        from shared.wiring.tallying import make_tally

        return make_tally(self._parts)

    @cached_property
    def rotate(self) -> "RotateEncryption":
        from shared.services.rotating.rotate import RotateEncryption

        return RotateEncryption(sealed=self.storage.sealed, rotations=self.storage.rotations, clock=self._parts.clock)

    @cached_property
    def insights(self) -> "Insights":
        from shared.wiring.tallying import make_insights

        return make_insights(self._parts)

    @cached_property
    def subscribe(self) -> "Subscribe":
        from shared.wiring.publishing import make_subscribe

        return make_subscribe(self._parts)

    @cached_property
    def unsubscribe(self) -> "Unsubscribe":
        from shared.wiring.publishing import make_unsubscribe

        return make_unsubscribe(self._parts)

    @cached_property
    def feed_subscribers(self) -> "FeedSubscribers":
        from shared.wiring.publishing import make_feed_subscribers

        return make_feed_subscribers(self._parts)

    @cached_property
    def tell_subscriber(self) -> "TellSubscriber":
        from shared.wiring.publishing import make_tell_subscriber

        return make_tell_subscriber(self._parts)


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
    services = Services(
        Parts(settings, marked(storage, clock), clock, network, providers or mock or network, open_source, subscribers)
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
