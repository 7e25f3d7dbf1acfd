"""A dry run shows what a run would do, and leaves no trace."""

from datetime import timedelta

from shared.domain.appointment import AppointmentStatus, HumanName
from shared.errors import SourceIncomplete
from shared.services.planning.plan import DryRun
from tests.services.rows import StoreThatStops, every_row
from tests.world import NOW, World, appointment, patient, world


def shown(dry: DryRun) -> set[tuple[object, ...]]:
    return {(d.appointment_id, d.step, d.scheduled_for, d.reason, d.message_id) for d in dry.decisions}


async def stored(w: World) -> set[tuple[object, ...]]:
    decisions = [step.decision for step in await w.steps()]
    return {(d.appointment_id, d.step, d.scheduled_for, d.reason, d.message_id) for d in decisions}


async def test_it_writes_nothing_and_equals_what_the_run_then_does() -> None:
    stores: list[StoreThatStops] = []

    def watch(rows: object) -> StoreThatStops:
        stores.append(StoreThatStops(rows))  # type: ignore[arg-type]
        return stores[0]

    visits = [appointment(1), appointment(2, days=1), appointment(3, status=AppointmentStatus.CANCELLED)]
    async with world(*visits, around_rows=watch) as w:
        clinic = await w.clinic()
        stores[0].writes = 0
        dry = await w.services.start_run.dry(clinic, None)
        assert stores[0].writes == 0
        run = await w.plan()
        assert run is not None
        assert dict(dry.counts) == dict(run.counts)
        assert shown(dry) == await stored(w)
        assert w.whatsapp.ledger.entries == []


async def test_after_a_run_it_shows_what_stands() -> None:
    async with world(appointment(1), appointment(2)) as w:
        clinic = await w.clinic()
        await w.plan()
        w.clock.advance(hours=1)
        await w.send_due()
        w.source.items = [
            appointment(1, status=AppointmentStatus.CANCELLED),
            appointment(2, of=patient(2, name=HumanName(text="R. Example"))),
        ]
        dry = await w.services.start_run.dry(clinic, None)
        run = await w.plan_again()
        assert {name: n for name, n in run.counts.items() if name != "unchanged"} == {
            name: n for name, n in dry.counts.items() if name != "unchanged"
        }
        assert {key[:4] for key in shown(dry)} == {key[:4] for key in await stored(w)}


async def test_of_tomorrow_it_does_not_announce_again_what_went_today() -> None:
    async with world(appointment(1), appointment(2, days=8)) as w:
        clinic = await w.clinic()
        await w.plan()
        w.clock.advance(hours=1)
        await w.send_due()
        dry = await w.services.start_run.dry(clinic, clinic.local_day(NOW) + timedelta(days=1))
        assert f"{dry.as_of:%Y-%m-%d %H:%M}" == "2026-11-21 06:00"
        times = {(d.appointment_id, d.step): f"{d.scheduled_for:%d %H:%M}" for d in dry.decisions}
        assert times == {
            ("a1", "7d"): "20 10:00", ("a1", "2d"): "25 10:00", ("a2", "7d"): "21 10:00", ("a2", "2d"): "26 10:00",
        }  # fmt: skip


async def test_it_keeps_to_the_number_of_rows_asked_for() -> None:
    async with world(*(appointment(n) for n in range(1, 8))) as w:
        clinic = await w.clinic()
        dry = await w.services.plan.dry_run(clinic.id, NOW, 5)
        assert (len(dry.decisions), dry.counts["planned"]) == (5, 14)


async def test_a_list_that_ends_early_is_shown_as_such() -> None:
    async with world(appointment()) as w:
        clinic = await w.clinic()
        w.source.fails = SourceIncomplete("page 2")
        dry = await w.services.start_run.dry(clinic, None)
        assert (dry.complete, dry.problem, len(dry.decisions)) == (False, "source_incomplete", 2)
        assert await every_row(w.storage.rows, "messages", "runs", "due", "patients") == {}
