"""What staff and operators look at: messages, the worklist, what could not be sent, alarms, what was set aside."""

from shared.services.aftercare.send_again import SendAgain
from shared.services.staff.alarms import WatchFailures
from shared.services.staff.explain import ExplainAppointment
from shared.services.staff.lift import LiftHolds
from shared.services.staff.report import Reports
from shared.services.staff.state import SeeState
from shared.services.staff.stuck import SetAside
from shared.services.staff.templates import ListTemplates
from shared.services.staff.unknown_waiting import TellUnknownWaiting
from shared.services.staff.unsent import UnsentOf
from shared.services.staff.unsent_daily import ListUnsent
from shared.services.staff.worklist import WorkToDo
from shared.wiring.parts import Parts
from shared.wiring.people import make_view


def make_reports(parts: Parts) -> Reports:
    storage = parts.storage
    return Reports(
        messages=storage.messages,
        plans=storage.plans,
        daylog=storage.log,
        clinics=parts.clinics,
        open_channel=parts.accounts.channel,
        wording=parts.wording,
        circuits=parts.pacing.circuits,
        clock=parts.clock,
    )


def make_explain(parts: Parts) -> ExplainAppointment:
    storage = parts.storage
    return ExplainAppointment(
        plans=storage.plans,
        messages=storage.messages,
        worklist=storage.worklist,
        runs=storage.runs,
        patients=storage.patients,
        view=make_view(parts),
        circuits=parts.pacing.circuits,
        ask=parts.ask_source,
        pseudonyms=parts.pseudonyms,
        clock=parts.clock,
    )


def make_state(parts: Parts) -> SeeState:
    storage = parts.storage
    return SeeState(
        clinics=parts.clinics,
        runs=storage.runs,
        due=storage.due,
        lanes=storage.lanes,
        worklist=storage.worklist,
        subscriptions=storage.subscriptions,
        clock=parts.clock,
    )


def make_templates(parts: Parts) -> ListTemplates:
    return ListTemplates(open_channel=parts.accounts.channel, wording=parts.wording)


def make_work(parts: Parts) -> WorkToDo:
    storage, clock = parts.storage, parts.clock
    return WorkToDo(
        worklist=storage.worklist,
        clinics=parts.clinics,
        send_again=SendAgain(messages=storage.messages, due=storage.due, recorder=parts.recorder, clock=clock),
        lift_holds=LiftHolds(patients=storage.patients, runs=storage.runs, clock=clock),
        wording=parts.wording,
        clock=clock,
    )


def make_unsent(parts: Parts) -> UnsentOf:
    storage = parts.storage
    return UnsentOf(plans=storage.plans, messages=storage.messages, patients=storage.patients, clock=parts.clock)


def make_tell_unsent(parts: Parts) -> ListUnsent:
    return ListUnsent(
        unsent=make_unsent(parts),
        worklist=parts.storage.worklist,
        clinics=parts.clinics,
        pseudonyms=parts.pseudonyms,
        clock=parts.clock,
    )


def make_watch_failures(parts: Parts) -> WatchFailures:
    storage = parts.storage
    return WatchFailures(
        failures=storage.failures,
        daylog=storage.log,
        worklist=storage.worklist,
        clinics=parts.clinics,
        pseudonyms=parts.pseudonyms,
        clock=parts.clock,
    )


def make_tell_unknown_waiting(parts: Parts) -> TellUnknownWaiting:
    return TellUnknownWaiting(worklist=parts.storage.worklist, clinics=parts.clinics, clock=parts.clock)


def make_set_aside(parts: Parts) -> SetAside:
    storage = parts.storage
    return SetAside(
        worklist=storage.worklist,
        callbacks=storage.callbacks,
        clinics=parts.clinics,
        pseudonyms=parts.pseudonyms,
        clock=parts.clock,
    )
