"""Lists and single messages: a caller sees its own clinics, each message once, times by the clinic's clock."""

from datetime import date, timedelta
from typing import Any

import pytest

from functions.interface.messages import message_answer
from shared.domain.message import State
from shared.errors import Forbidden, InvalidCursor, InvalidInput, NotFound
from shared.services.callers import Caller
from shared.services.staff.report import Span
from tests.world import NOW, World, appointment, clinic_document, world

STEP = [{"days": 7, "hour": "10:00"}]
TODAY = NOW.date()


async def walked(list_page: Any, top: int) -> list[Any]:
    """Every item of a list, page by page."""
    found: list[Any] = []
    cursor = ""
    while True:
        page = await list_page(top, cursor)
        assert len(page.items) <= top
        found += page.items
        if not (cursor := page.next_cursor):
            return found


async def many_sent(w: World, count: int) -> None:
    w.source.items = [appointment(n) for n in range(300, 300 + count)]
    await w.clinic(steps=STEP)
    await w.plan()
    w.clock.advance(hours=1)
    for _ in range(12):  # the provider takes 80 a second; what it refused comes again within seconds
        await w.send_due()
        w.clock.advance(seconds=10)
    await w.receipts()


@pytest.mark.parametrize("top", [7, 200])
async def test_paging_shows_every_sent_message_once(top: int) -> None:
    async with world() as w:
        await many_sent(w, 230)
        clinic = await w.services.clinics.get("riverside")
        span = Span(TODAY, TODAY)
        views = await walked(lambda n, c: w.services.reports.sent(clinic, span, "any", frozenset(), n, c), top)
        assert len({view.message.id for view in views}) == len(views) == 230
        assert {view.status.state for view in views} == {State.READ}


async def test_paging_shows_every_scheduled_message_and_every_decision_once() -> None:
    async with world(*(appointment(n) for n in range(1, 211))) as w:
        clinic, reports = await w.clinic(), w.services.reports
        await w.plan()
        span = Span(TODAY, TODAY + timedelta(days=7))
        views = await walked(lambda n, c: reports.scheduled(clinic, span, "any", frozenset(), n, c), 200)
        assert len({view.message.id for view in views}) == len(views) == 420
        steps = await walked(lambda n, c: reports.appointments(clinic, span, n, c), 200)
        assert len({(s.decision.appointment_id, s.decision.step) for s in steps}) == len(steps) == 420


async def test_a_cursor_of_another_clinic_list_or_span_is_refused() -> None:
    async with world() as w:
        await many_sent(w, 5)
        clinic, reports = await w.services.clinics.get("riverside"), w.services.reports
        other = await w.services.clinics.load(clinic_document(id="lakeside"), "test")
        today, longer = Span(TODAY, TODAY), Span(TODAY, TODAY + timedelta(days=1))
        cursor = (await reports.sent(clinic, today, "any", frozenset(), 2, "")).next_cursor
        assert cursor
        for wrong in (
            reports.sent(other, today, "any", frozenset(), 2, cursor),
            reports.sent(clinic, longer, "any", frozenset(), 2, cursor),
            reports.scheduled(clinic, today, "any", frozenset(), 2, cursor),
            reports.appointments(clinic, today, 2, cursor),
            reports.sent(clinic, today, "any", frozenset(), 2, cursor[:-2] + "xx"),
        ):
            with pytest.raises(InvalidCursor):
                await wrong


async def test_the_state_and_the_channel_can_be_asked_for() -> None:
    async with world() as w:
        await many_sent(w, 3)
        assert len(await w.sent("riverside", State.READ)) == 3
        assert await w.sent("riverside", State.FAILED) == ()
        clinic = await w.services.clinics.get("riverside")
        page = await w.services.reports.sent(clinic, Span(TODAY, TODAY), "wechat", frozenset(), 10, "")
        assert page.items == ()


@pytest.mark.parametrize("text", ["nonsense", "", "riverside_2026112700_" + "a" * 26, "../etc/passwd", "x" * 2000])
async def test_an_id_that_is_none_of_ours_is_not_found(text: str) -> None:
    async with world() as w:
        await w.clinic()
        with pytest.raises(NotFound):
            await w.services.reports.message(Caller("k", "Ward", None), text)


async def test_another_clinics_message_is_not_found_in_the_same_words() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        await w.plan()
        there, nowhere = str((await w.message()).message.id), "riverside_2026112700_" + "a" * 26
        stranger, said = Caller("k", "Ward", frozenset({"lakeside"})), set()
        for text in (there, nowhere):
            with pytest.raises(NotFound) as refused:
                await w.services.reports.message(stranger, text)
            said.add(refused.value.message)
        assert len(said) == 1
        with pytest.raises(Forbidden):
            await w.services.clinics.of_caller(stranger, "riverside")
        with pytest.raises(NotFound):
            await w.services.clinics.of_caller(stranger, "")


SPANS = [
    (None, None, (TODAY - timedelta(days=7), TODAY)),
    (TODAY - timedelta(days=30), None, (TODAY - timedelta(days=30), TODAY)),
    (None, TODAY - timedelta(days=30), (TODAY - timedelta(days=30), TODAY - timedelta(days=30))),
    (None, TODAY - timedelta(days=3), (TODAY - timedelta(days=7), TODAY - timedelta(days=3))),
    (TODAY + timedelta(days=9), None, (TODAY + timedelta(days=9), TODAY + timedelta(days=9))),
]


@pytest.mark.parametrize(("first", "last", "days"), SPANS)
async def test_the_days_of_a_list(first: date | None, last: date | None, days: tuple[date, date]) -> None:
    async with world() as w:
        span = w.services.reports.span(await w.clinic(), first, last, ahead=0, back=7)
        assert (span.first, span.last) == days


@pytest.mark.parametrize(("first", "last"), [(TODAY, TODAY - timedelta(days=1)), (TODAY - timedelta(days=93), TODAY)])
async def test_days_that_make_no_list_are_refused(first: date, last: date) -> None:
    with pytest.raises(InvalidInput):
        Span(first, last)


async def test_times_are_shown_by_the_clinics_clock_with_its_offset() -> None:
    async with world(appointment(hour=4)) as w:
        clinic = await w.clinic(zone="Asia/Hong_Kong", quiet_hours={"start": "22:00", "end": "07:00"})
        await w.plan()
        view = (
            await w.services.reports.scheduled(clinic, Span(TODAY, date(2026, 11, 28)), "any", frozenset(), 9, "")
        ).items[0]
        assert message_answer(view, clinic)["scheduledFor"].endswith("+08:00")


async def test_one_message_tells_its_whole_story_and_its_words() -> None:
    async with world() as w:
        await many_sent(w, 1)
        [view] = await w.sent()
        story = await w.services.reports.message(Caller("k", "Ward", None), str(view.message.id))
        assert [e.name for e in story.events] == ["claimed", "accepted", "sent", "delivered", "read"]
        assert "Robin Example 300" in await w.services.reports.body(view.message)
