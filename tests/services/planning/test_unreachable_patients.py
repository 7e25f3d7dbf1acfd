"""A patient who cannot be written to is put on the worklist once, and taken off when that does not hold any more."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from shared.domain.appointment import (
    Appointment,
    AppointmentStatus,
    BadRow,
    ContactPreference,
    Patient,
    Telecom,
    TelecomSystem,
    Unreadable,
)
from shared.errors import SourceUnavailable, StorageUnavailable
from shared.services.planning.plan import LEASE
from shared.storage.contract import WorkItem, WorkKind
from shared.storage.rows import Rows
from tests.services.rows import StoreThatStops, every_row
from tests.storage.wrappers import CountingRows
from tests.world import NOW, World, appointment, patient, world

LANDLINE = (Telecom(TelecomSystem.PHONE, "020 7946 0000", "home"),)
NO_NUMBER = patient(1, telecoms=())
CANCELLED = AppointmentStatus.CANCELLED


def without_a_number(n: int = 1, **changes: Any) -> Appointment:
    return appointment(n, of=patient(n, telecoms=()), **changes)


async def is_open(w: World) -> Sequence[WorkItem]:
    return (await w.storage.worklist.open_items("riverside", frozenset({WorkKind.NO_WAY}), 200, "")).items


async def ended(w: World) -> list[str]:
    """How items were resolved, oldest first, by whom."""
    items = (await w.storage.worklist.resolved_items("riverside", 200, "")).items
    return [f"{item.resolution} {item.resolved_by}" for item in reversed(items)]


async def planned_again(w: World, *items: Appointment | BadRow) -> None:
    w.source.items = list(items)
    await w.plan_again()


async def test_one_item_says_who_to_phone_and_by_when() -> None:
    one = appointment(1, of=patient(1, telecoms=LANDLINE))
    async with world(one, appointment(2)) as w:
        await w.clinic()
        await w.plan()
        [item] = await is_open(w)
        assert (item.reason, item.contact, item.patient_name) == ("number_landline", "020 7946 0000", "Robin Example 1")
        assert (item.act_by, item.starts_at, item.appointment_id) == (one.start, one.start, "a1")
        assert item.appointment_key == w.pseudonyms.appointment("riverside", "a1")


REASONS: dict[str, Patient] = {
    "age_unknown": patient(1, birth_on=None),
    "via_proxy": patient(1, contact_preferences=frozenset({ContactPreference.VIA_PROXY})),
    "sign_language": patient(1, contact_preferences=frozenset({ContactPreference.SIGN_LANGUAGE})),
    "no_telephone": patient(1, contact_preferences=frozenset({ContactPreference.NO_TELEPHONE})),
    "interpreter": patient(1, interpreter_required=True),
    "no_address": NO_NUMBER,
    "number_unreadable": patient(1, telecoms=(Telecom(TelecomSystem.PHONE, "07700 90012", "mobile"),)),
    "number_ambiguous": patient(1, telecoms=(Telecom(TelecomSystem.PHONE, "07700 900123 / 07700 900124", "mobile"),)),
    "number_third_party": patient(1, telecoms=(Telecom(TelecomSystem.PHONE, "07700 900123 (wife)", "mobile"),)),
    "number_outdated": patient(1, telecoms=(Telecom(TelecomSystem.PHONE, "07700 900123", "old"),)),
}


@pytest.mark.parametrize(("reason", "person"), REASONS.items(), ids=REASONS)
async def test_every_reason_for_which_staff_can_do_something_is_on_the_list(reason: str, person: Patient) -> None:
    async with world(appointment(1, of=person)) as w:
        await w.clinic()
        await w.plan()
        assert [item.reason for item in await is_open(w)] == [reason]


async def test_who_has_not_agreed_or_has_objected_is_on_the_list() -> None:
    async with world(appointment(1), appointment(2)) as w:
        await w.clinic(channels=[{"channel": "whatsapp", "opt_in": "required"}])
        await w.opt_in("whatsapp", [patient(2)])
        key = w.pseudonyms.address("riverside", "whatsapp", "+447700900002")
        await w.storage.patients.opt_out("riverside", "whatsapp", key, NOW, "reply")
        await w.plan()
        assert {item.appointment_id: item.reason for item in await is_open(w)} == {"a1": "no_opt_in", "a2": "opted_out"}


NOT_FOR_STAFF = {
    "cancelled": appointment(1, of=NO_NUMBER, status=CANCELLED),
    "hidden": appointment(1, of=NO_NUMBER, hidden=True),
    "deceased": appointment(1, of=patient(1, telecoms=(), deceased=True)),
    "restricted": appointment(1, of=patient(1, telecoms=(), restricted=True)),
    "excluded": appointment(1, of=NO_NUMBER, type_text="Sexual health"),
    "can be reached": appointment(1),
    "booked too late": appointment(1, days=0, hour=10),
}


@pytest.mark.parametrize("one", NOT_FOR_STAFF.values(), ids=NOT_FOR_STAFF)
async def test_what_gets_no_reminder_by_rule_is_not_on_the_list(one: Appointment) -> None:
    async with world(one) as w:
        await w.clinic(exclusions={"appointment_types": ["Sexual health"]})
        await w.plan()
        assert await is_open(w) == ()


async def test_two_patients_who_share_a_number_are_both_on_the_list_and_stay_there() -> None:
    same = (Telecom(TelecomSystem.PHONE, "07700 900555", "mobile"),)
    async with world(*(appointment(n, of=patient(n, telecoms=same)) for n in (1, 2))) as w:
        await w.clinic()
        for _ in range(2):
            await w.plan_again()
            assert {item.appointment_id: item.reason for item in await is_open(w)} == {
                "a1": "number_shared", "a2": "number_shared",
            }  # fmt: skip
        await planned_again(w, w.source.items[0])  # type: ignore[arg-type]
        assert await is_open(w) == ()
        assert sorted(await ended(w)) == ["gone system", "reached system"]


async def test_a_dry_run_leaves_no_trace() -> None:
    async with world(without_a_number()) as w:
        clinic = await w.clinic()
        dry = await w.services.start_run.dry(clinic, None)
        assert dry.counts["skipped.no_address"] == 2
        assert await every_row(w.storage.rows, "worklist") == {}
        await w.plan()
        w.source.items = [appointment()]
        before = await every_row(w.storage.rows, "worklist")
        await w.services.start_run.dry(clinic, None)
        assert await every_row(w.storage.rows, "worklist") == before


async def test_what_a_nurse_has_dealt_with_does_not_come_back() -> None:
    async with world(without_a_number()) as w:
        await w.clinic()
        await w.plan()
        [item] = await is_open(w)
        await w.storage.worklist.resolve("riverside", item.id, "done", "a nurse", NOW)
        await w.plan_again()
        await planned_again(w, without_a_number(location="Level 3"))  # a decision that is written anew
        assert await is_open(w) == ()
        assert await ended(w) == ["done a nurse"]


ENDINGS: dict[str, tuple[list[Appointment], str]] = {
    "a number was added": ([appointment()], "reached system"),
    "the appointment was cancelled": ([without_a_number(status=CANCELLED)], "cancelled system"),
    "it is not booked any more": ([without_a_number(status=AppointmentStatus.WAITLIST)], "cancelled system"),
    "it is gone from the list": ([], "gone system"),
    "the patient is excluded by now": ([appointment(of=patient(1, telecoms=(), excluded=True))], "not_needed system"),
}


@pytest.mark.parametrize(("items", "ending"), ENDINGS.values(), ids=ENDINGS)
async def test_an_item_ends_when_it_does_not_hold_any_more(items: list[Appointment], ending: str) -> None:
    async with world(without_a_number()) as w:
        await w.clinic()
        await w.plan()
        await planned_again(w, *items)
        assert await is_open(w) == ()
        assert await ended(w) == [ending]


@pytest.mark.parametrize("moved", [{"hour": 16}, {"days": 6}])
async def test_a_moved_appointment_has_a_new_item_for_its_new_start(moved: dict[str, int]) -> None:
    async with world(without_a_number()) as w:
        await w.clinic()
        await w.plan()
        await planned_again(w, without_a_number(**moved))
        [item] = await is_open(w)
        assert item.starts_at == without_a_number(**moved).start
        assert await ended(w) == ["moved system"]


async def test_an_item_ends_when_its_appointment_is_over_whatever_the_list_says() -> None:
    async with world(without_a_number(), without_a_number(2, days=2)) as w:
        await w.clinic()
        await w.plan()
        w.clock.advance(days=3)
        await planned_again(w, without_a_number(), BadRow("line 7", Unreadable.BAD_DATE))
        assert [item.appointment_id for item in await is_open(w)] == ["a1"]
        assert await ended(w) == ["past system"]


async def test_a_list_that_cannot_be_believed_ends_nothing_for_being_absent() -> None:
    async with world(without_a_number()) as w:
        await w.clinic()
        await w.plan()
        await planned_again(w, BadRow("line 7", Unreadable.BAD_DATE))
        w.source.fails = SourceUnavailable("away")
        await planned_again(w)
        assert len(await is_open(w)) == 1
        assert await ended(w) == []


async def test_who_is_reachable_again_only_when_it_is_too_late_stays_on_the_list() -> None:
    async with world(without_a_number(days=1, hour=10)) as w:
        await w.clinic()
        await w.plan()
        w.clock.advance(hours=24)
        await planned_again(w, appointment(days=1, hour=10))
        assert (await w.told())["a1", "2d"] == "skipped too_late_for_step"
        assert len(await is_open(w)) == 1


async def test_who_was_reachable_and_is_not_any_more_is_on_the_list_again() -> None:
    async with world(without_a_number()) as w:
        await w.clinic()
        await w.plan()
        await planned_again(w, appointment())
        await planned_again(w, without_a_number())
        assert [item.reason for item in await is_open(w)] == ["no_address"]
        assert await ended(w) == ["reached system"]


async def test_who_has_had_a_reminder_is_not_on_the_list() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        await w.plan()
        w.clock.advance(hours=1)
        await w.send_due()
        await planned_again(w, without_a_number())
        assert (await w.told())["a1", "2d"] == "skipped no_address"
        assert await is_open(w) == ()


@pytest.mark.parametrize("cut", range(8))
async def test_no_decision_stands_without_its_item(cut: int) -> None:
    """Wherever a run breaks off."""
    stores: list[StoreThatStops] = []

    def stopping(rows: object) -> StoreThatStops:
        stores.append(StoreThatStops(rows))  # type: ignore[arg-type]
        return stores[0]

    async with world(*(without_a_number(n) for n in range(1, 4)), around_rows=stopping) as w:
        await w.clinic()
        stores[0].writes, stores[0].answers = 0, cut
        try:
            await w.plan()
        except StorageUnavailable:
            stores[0].answers = None
            decided = {step.decision.appointment_key for step in await w.steps()}
            assert decided <= {item.appointment_key for item in await is_open(w)}
            w.clock.advance(seconds=LEASE.total_seconds() + 1)
            await w.plan()
        assert len(await is_open(w)) == 3


async def test_many_unreachable_patients_cost_one_request_for_fifty() -> None:
    counted: list[CountingRows] = []

    def count(rows: Rows) -> CountingRows:
        counted.append(CountingRows(rows))
        return counted[0]

    async with world(*(without_a_number(n, days=1 + n % 7) for n in range(1, 201)), around_rows=count) as w:
        await w.clinic()
        await w.plan()
        assert counted[0].requests["worklist"] == 1 + 200 / 50
        w.clock.advance(days=1)
        changed = [replace(one, location="Level 3") for one in w.source.items if isinstance(one, Appointment)]
        counted[0].requests.clear()
        await planned_again(w, *changed)
        over = [one for one in changed if one.start and one.start <= w.clock.at]
        assert len(await is_open(w)) == 200 - len(over)
        assert counted[0].requests["worklist"] <= 2 + 2 * len(over), "nothing is opened again"
