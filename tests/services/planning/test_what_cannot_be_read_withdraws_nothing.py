"""A row that cannot be read may be any appointment, so a run that met one withdraws nothing as "not in the list"."""

from shared.domain.appointment import BadRow, Unreadable
from tests.world import appointment, world


async def test_an_appointment_whose_row_became_unreadable_keeps_its_reminder() -> None:
    async with world(appointment(1), appointment(2)) as w:
        await w.clinic()
        await w.plan()
        w.source.items = [appointment(1), BadRow("3", Unreadable.BAD_DATE, "start")]
        run = await w.plan_again()
        assert (run.counts["bad_rows"], run.counts["unseen_kept"]) == (1, 2)  # both steps of the second appointment
        assert run.counts.get("withdrawn", 0) == 0
        w.clock.advance(hours=1)
        await w.send_due()
        assert len(w.whatsapp.ledger.entries) == 2


async def test_without_bad_rows_what_is_gone_is_withdrawn() -> None:
    async with world(appointment(1), appointment(2)) as w:
        await w.clinic()
        await w.plan()
        w.source.items = [appointment(1)]
        run = await w.plan_again()
        assert run.counts["withdrawn"] == 2
        w.clock.advance(hours=1)
        await w.send_due()
        assert len(w.whatsapp.ledger.entries) == 1


async def test_a_list_that_lost_most_of_its_appointments_is_not_believed() -> None:
    many = [appointment(n) for n in range(1, 11)]
    async with world(*many) as w:
        await w.clinic()
        await w.plan()
        w.source.items = many[:4]
        run = await w.plan_again()
        assert (run.counts["unseen_kept"], run.counts.get("withdrawn", 0)) == (12, 0)
        w.source.items = many[:6]
        assert (await w.plan_again()).counts["withdrawn"] == 8  # both steps of four appointments
