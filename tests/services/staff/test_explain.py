"""One appointment explained: what was decided, sent and came of it, and why it is as it is."""

from dataclasses import replace
from datetime import timedelta

from shared.channels.whatsapp.simulator.faults import FaultKind
from shared.domain.appointment import AppointmentStatus
from shared.domain.decision import SkipReason
from shared.domain.message import EventName, State
from shared.domain.outcome import ErrorClass
from shared.errors import SourceUnavailable
from shared.services.staff.explain import Explained
from shared.storage.contract import WorkKind
from tests.services.looks import ONE_STEP
from tests.storage.wrappers import CountingRows
from tests.world import World, appointment, patient, world

TWO_WAYS = [{"channel": "whatsapp", "opt_in": "opt_out"}, {"channel": "wechat", "opt_in": "required"}]


async def explained(w: World, appointment_id: str = "a1", **asked: object) -> Explained:
    clinic = await w.services.clinics.get("riverside")
    return await w.services.explain(clinic, appointment_id, **asked)  # type: ignore[arg-type]


async def test_a_reminder_is_told_from_its_decision_to_its_receipt() -> None:
    async with world(appointment()) as w:
        await w.clinic(channels=TWO_WAYS)
        await w.plan()
        w.clock.advance(hours=1)
        await w.send_due()
        w.clock.advance(minutes=1)
        await w.receipts()
        found = await explained(w)
        assert [(d.step, d.reason) for d in found.decisions] == [("7d", None), ("2d", None)]
        assert [view.message.step for view in found.messages] == ["7d", "2d"]
        assert [view.status.state for view in found.messages] == [State.READ, State.SCHEDULED]
        names = [event.name for event in found.messages[0].events]
        assert names[:2] == [EventName.CLAIMED, EventName.ACCEPTED]
        assert [(way.standing.way.channel, bool(way.standing.address)) for way in found.ways] == [
            ("whatsapp", True),
            ("wechat", False),
        ]
        assert found.source
        assert found.source.appointment == appointment()


async def test_a_skipped_one_is_told_with_its_reason_and_what_waits_for_a_person() -> None:
    async with world(appointment(of=patient(telecoms=()))) as w:
        await w.clinic(steps=ONE_STEP)
        await w.plan()
        found = await explained(w)
        assert [decision.reason for decision in found.decisions] == [SkipReason.NO_ADDRESS]
        assert found.messages == ()
        assert [(item.kind, item.reason) for item in found.work] == [(WorkKind.NO_WAY, SkipReason.NO_ADDRESS)]


async def test_a_message_of_which_nobody_knows_brings_its_item_along() -> None:
    async with world(appointment()) as w:
        await w.clinic(steps=ONE_STEP)
        await w.plan()
        w.clock.advance(hours=1)
        w.whatsapp.fault(FaultKind.TIMEOUT_AFTER)
        await w.send_due()
        for _ in range(40):
            w.clock.advance(minutes=15)
            await w.released()
        found = await explained(w)
        kinds = {item.kind for item in (await w.storage.worklist.open_items("riverside", frozenset(), 9, "")).items}
        assert {item.kind for item in found.work} == kinds
        assert kinds == {WorkKind.UNKNOWN_OUTCOME}


async def test_a_moved_one_is_told_on_both_of_its_days() -> None:
    async with world(appointment()) as w:
        await w.clinic(steps=ONE_STEP)
        await w.plan()
        w.source.items = [appointment(days=6)]
        await w.plan_again()
        found = await explained(w)
        assert [(d.day.day, d.reason) for d in found.decisions] == [(26, None), (27, None)]
        assert [view.status.state for view in found.messages] == [State.SCHEDULED, State.DROPPED]


async def test_where_the_source_does_not_say_the_day_it_is_looked_for() -> None:
    async with world(appointment()) as w:
        await w.clinic(steps=ONE_STEP)
        await w.plan()
        w.clock.advance(days=60)
        w.source.refuses = SourceUnavailable("The source does not answer.")
        found = await explained(w)
        assert found.source
        assert (found.source.appointment, found.source.problem) == (None, "source_unavailable")
        assert [decision.appointment_id for decision in found.decisions] == ["a1"]
        questions = w.source.questions
        assert [d.step for d in (await explained(w, ask_source=False)).decisions] == ["7d"]
        assert w.source.questions == questions


async def test_the_day_that_is_given_is_the_only_one_that_is_looked_at() -> None:
    async with world(appointment()) as w:
        await w.clinic(steps=ONE_STEP)
        await w.plan()
        day = appointment().start.date()  # type: ignore[union-attr]
        assert len((await explained(w, day=day, ask_source=False)).decisions) == 1
        other = await explained(w, day=day + timedelta(days=1), ask_source=False)
        assert (other.decisions, other.messages, other.looked_at) == ((), (), None)


async def test_one_that_no_run_has_met_is_told_with_the_days_that_were_looked_at() -> None:
    async with world() as w:
        clinic = await w.clinic()
        run = await w.plan()
        found = await explained(w, "a99")
        today = clinic.local_day(w.clock.now())
        assert found.looked_at == (today - timedelta(days=92), today + timedelta(days=clinic.window_days + 1))
        assert run is not None
        assert (found.decisions, found.last_complete_at) == ((), run.started_at)


async def test_a_stopped_account_is_told_with_the_way() -> None:
    async with world(appointment()) as w:
        await w.clinic(steps=ONE_STEP)
        await w.plan()
        await w.services.pacing.circuits.open("whatsapp:default", "190", ErrorClass.AUTH)
        [way] = (await explained(w)).ways
        assert way.stop is not None
        assert way.stop.code == "190"


async def test_it_asks_no_more_where_much_more_is_stored() -> None:
    counted: list[CountingRows] = []
    others = [appointment(n) for n in range(2, 60)]
    async with world(appointment(), around_rows=lambda rows: counted.append(CountingRows(rows)) or counted[0]) as w:
        await w.clinic(steps=ONE_STEP)
        await w.plan()
        await explained(w)  # the clinic and the stops are known from now on

        async def requests() -> int:
            before = counted[0].requests.total()
            await explained(w)
            return counted[0].requests.total() - before

        few = await requests()
        w.source.items += others
        await w.plan_again()
        assert await requests() == few < 40


async def test_a_cancelled_one_is_told_as_the_source_has_it() -> None:
    async with world(appointment()) as w:
        await w.clinic(steps=ONE_STEP)
        await w.plan()
        w.source.items = [replace(appointment(), status=AppointmentStatus.CANCELLED)]
        await w.plan_again()
        found = await explained(w)
        assert found.source
        assert found.source.appointment
        assert found.source.appointment.status is AppointmentStatus.CANCELLED
        assert [(v.status.state, v.status.reason) for v in found.messages] == [(State.DROPPED, SkipReason.CANCELLED)]


async def test_steps_that_the_clinic_has_no_more_are_told_too() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        await w.plan()
        await w.clinic(steps=[{"days": 2, "hour": "10:00"}])
        assert [decision.step for decision in (await explained(w)).decisions] == ["7d", "2d"]
