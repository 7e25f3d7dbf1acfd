"""What a clinic looks at, after real messages have gone their whole way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.message import EventName, Kind
from shared.domain.tally import Figure
from shared.errors import InvalidInput
from shared.services.staff.insights import Insight
from shared.services.staff.report import Span
from shared.services.tallying.tally import SETTLED
from tests.services.conversation import WEEK_BEFORE, Conversation
from tests.world import NOW, World, appointment, patient, world

LATER = NOW.date() + timedelta(days=7)


async def looked_at(w: World, channel: str = "any", language: str = "") -> Insight:
    """The month around the appointments."""
    clinic = await w.services.clinics.get("riverside")
    return await w.services.insights(clinic, _month(), channel, language)


def _month() -> Span:
    return Span(NOW.date(), NOW.date() + timedelta(days=30))


async def counted(w: World) -> None:
    w.clock.advance(seconds=SETTLED.total_seconds())
    await w.services.tally()


async def test_a_day_of_reminders_comes_to_its_figures_and_rates() -> None:
    visits = [appointment(n) for n in range(1, 4)] + [appointment(4, of=patient(4, telecoms=()))]
    async with world(*visits) as w:
        await w.clinic(steps=WEEK_BEFORE)
        await w.plan()
        w.clock.advance(hours=1)
        await w.send_for(30)
        w.clock.advance(hours=1)
        await w.receipts()
        await w.whatsapp.patients.write("+447700900001", "2")
        await w.whatsapp.patients.write("+447700900002", "1")
        await counted(w)
        found = await looked_at(w)
    totals = found.totals
    assert (totals[Figure.APPOINTMENTS], totals[Figure.PLANNED], totals[Figure.SKIPPED]) == (4, 3, 1)
    assert found.parts(Figure.SKIPPED) == [("no_address", 1)]
    assert (totals[Figure.UNREACHABLE], totals[Figure.REACHED], totals[Figure.ASKED]) == (1, 3, 3)
    answers = (Figure.CONFIRMED, Figure.CANCELLATION_ASKED, Figure.NO_ANSWER, Figure.SLOTS_FREED)
    assert [totals[figure] for figure in answers] == [1, 1, 1, 1]
    rates = {rate.name: (rate.count, rate.of, rate.rate) for rate in found.rates()}
    assert rates["reached"] == (3, 4, 0.75)
    assert rates["confirmed"] == (1, 3, 0.3333)
    assert rates["failed"] == (0, 5, 0.0)
    assert dict(found.parts(Figure.HANDED_OVER))["reminder"] == 3
    assert [day for day, _ in found.by_day] == [NOW.date(), LATER]  # the answers to patients are of the day they went
    assert found.still_counting == ()
    assert found.as_of == w.clock.now()


async def test_stop_counts_for_the_template_of_the_last_reminder_whatever_we_answered_since() -> None:
    async with world(appointment()) as w:
        await w.clinic(steps=WEEK_BEFORE)
        await w.plan()
        w.clock.advance(hours=1)
        await w.send_for(10)
        talk = Conversation(w, "whatsapp")
        await talk.write("1")
        await talk.heard()
        await talk.write("STOP")
        await talk.write("STOP")
        log = await w.message()
        assert [e.detail for e in log.events if e.name is EventName.OPTED_OUT] == ["stop"]
        await counted(w)
        found = await looked_at(w)
    [reminders] = [rate for rate in found.opt_outs() if rate.count]
    assert (reminders.count, reminders.of, reminders.rate) == (1, 1, 1.0)
    assert Kind.REPLY not in dict(found.parts(Figure.OPTED_OUT))


async def test_a_channel_or_language_is_looked_at_alone() -> None:
    visits = [appointment(1), appointment(2, of=patient(2, languages=("zh-Hans",)))]
    async with world(*visits) as w:
        await w.clinic(steps=WEEK_BEFORE, languages=["en", "zh-Hans"], name={"en": "Riverside", "zh-Hans": "河畔诊所"})
        await w.plan()
        await counted(w)
        both, chinese = await looked_at(w), await looked_at(w, language="zh-Hans")
        nobody, all_of_it = await looked_at(w, "wechat"), await looked_at(w, "whatsapp")
    assert (both.totals[Figure.PLANNED], chinese.totals[Figure.PLANNED]) == (2, 1)
    assert {name: figures[Figure.PLANNED] for name, figures in both.by_language.items() if name} == {
        "en": 1, "zh-Hans": 1,
    }  # fmt: skip
    assert set(chinese.by_language) == {"zh-Hans"}
    assert not nobody.totals
    assert all_of_it.totals[Figure.PLANNED] == 2


async def test_what_is_not_counted_yet_is_named_and_what_was_counted_says_when() -> None:
    async with world(appointment()) as w:
        await w.clinic(steps=WEEK_BEFORE)
        await w.plan()
        before = await looked_at(w)
        await w.services.tally()
        at = w.clock.now()
        w.clock.advance(seconds=60)
        counted_once = await looked_at(w)
    assert (before.as_of, before.still_counting, +before.totals) == (None, (LATER,), {})
    assert (counted_once.as_of, counted_once.still_counting) == (at, (LATER,))
    assert counted_once.totals[Figure.PLANNED] == 1


async def test_the_tallies_are_what_a_full_recount_says() -> None:
    visits = [appointment(n, days=3 + n % 5) for n in range(1, 30)]
    async with world(*visits) as w:
        clinic = await w.clinic()
        await w.plan()
        for _ in range(8):
            w.clock.advance(hours=23)
            await w.plan_again()
            await w.send_for(60)
            await w.receipts()
        await w.whatsapp.patients.write("+447700900003", "stop")
        await counted(w)
        told, true = await looked_at(w), await w.services.insights.recount(clinic, _month())
    assert true.totals[Figure.HANDED_OVER] >= 29
    assert told.totals == true.totals
    assert dict(told.by_day) == dict(true.by_day)
    assert told.by_channel == true.by_channel
    assert told.by_language == true.by_language


async def test_more_than_three_months_are_refused() -> None:
    with pytest.raises(InvalidInput):
        Span(NOW.date(), NOW.date() + timedelta(days=93))
