"""The whole way of a reminder, in memory: planned, released, sent, receipts taken, story told."""

from tests.world import appointment, world


async def test_a_booked_appointment_is_reminded_once_and_read() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        run = await w.plan()
        assert run is not None
        assert dict(run.counts) == {"read": 1, "planned": 2}
        assert len(await w.send_due()) == 0  # 10:00 has not come yet
        w.clock.advance(hours=1)
        assert len(await w.send_due()) == 1
        w.clock.advance(seconds=5)
        await w.receipts()
        [entry] = w.whatsapp.ledger.entries
        assert entry.to == "+447700900001"
        clinic = await w.services.clinics.get("riverside")
        caller = await w.services.callers.identify("local")
        span = w.services.reports.span(clinic, None, None, ahead=0, back=7)
        page = await w.services.reports.sent(clinic, span, "any", frozenset(), 10, "")
        assert [view.status.state for view in page.items] == ["read"]
        story = await w.services.reports.message(caller, str(page.items[0].message.id))
        assert [event.name for event in story.events] == ["claimed", "accepted", "sent", "delivered", "read"]
