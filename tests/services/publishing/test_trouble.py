"""A subscriber that is slow, busy, gone or refuses: told again where that helps, and nobody else is held up."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from functions.interface.news import news_body
from shared.domain.topics import Topic
from shared.services.jobs import TellJob
from shared.services.publishing.subscribe import Subscribed
from shared.services.publishing.tell import OF_ONE
from shared.storage.contract import Subscription
from shared.subscribers.contract import Answered, NotPosted
from tests.services.publishing.audience import OPERATOR, Audience, subscribed, tell, waiting
from tests.world import World, appointment, clinic_document, patient, world

WEEK_BEFORE = [{"days": 7, "hour": "10:00"}]


async def sent(w: World, *patients: int) -> None:
    """One message to each has been accepted, and nobody told yet."""
    w.source.items[:] = [appointment(n, of=patient(n)) for n in patients]
    await w.plan_again()
    w.clock.advance(hours=1)
    await w.send_for(10)


async def now(w: World, done: Subscribed) -> Subscription:
    found = await w.storage.subscriptions.read(done.subscription.id)
    assert found is not None
    return found


async def told_to_staff(w: World) -> list[tuple[str, str]]:
    page = await w.storage.worklist.open_items("riverside", frozenset(), 100, "")
    return [(item.kind, item.reason) for item in page.items if item.kind == "events_not_told"]


@pytest.mark.parametrize("answer", [Answered(s) for s in (408, 425, 429, 500, 502, 503, 504)] + [NotPosted.NO_ANSWER])
async def test_what_failed_for_now_comes_again_until_it_is_told(answer: Answered | NotPosted) -> None:
    audience = Audience()
    async with world(subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        done = await subscribed(w, Topic.MESSAGE_SENT)
        await sent(w, 1)
        audience.answers = lambda _: answer
        await tell(w, 300)
        assert 2 <= len(audience.told) <= 6  # doubling pauses
        audience.answers = lambda _: Answered(202)
        await tell(w, 3600)
        assert len({news["id"] for _, news in audience.told}) == 1
        assert await waiting(w, done) == 0
        assert (await now(w, done)).failures == 0
        assert (await now(w, done)).failing_since is None
        assert await told_to_staff(w) == []


async def test_retry_after_is_kept_to_the_second() -> None:
    audience = Audience()
    async with world(subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        await subscribed(w, Topic.MESSAGE_SENT)
        await sent(w, 1, 2, 3)
        audience.answers = lambda _: Answered(429, 600.0)
        await tell(w, 10)
        first = len(audience.told)
        audience.answers = lambda _: Answered(202)
        await tell(w, 580)
        assert len(audience.told) == first
        await tell(w, 60)
        assert len({news["id"] for _, news in audience.told[first:]}) == 3


async def test_one_that_fails_holds_no_other_and_is_tried_with_one_event_at_a_time() -> None:
    audience = Audience(lambda to: NotPosted.NO_ANSWER if "bad" in to else Answered(202))
    async with world(subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        bad = await subscribed(w, Topic.MESSAGE_SENT, "bad")
        await subscribed(w, Topic.MESSAGE_SENT, "good")
        await sent(w, *range(1, 31))
        await tell(w, 30)
        assert len(audience.heard("good")) == 30
        tries = len(audience.heard("bad"))
        assert tries <= 3
        await tell(w, 600)
        assert len(audience.heard("bad")) - tries <= 12
        assert await waiting(w, bad) == 30
        audience.answers = lambda _: Answered(202)
        await tell(w, 4000)
        assert await waiting(w, bad) == 0


async def test_of_one_subscriber_only_so_many_are_under_way_at_once() -> None:
    """A slow one takes its own slots of a process, and gives the others' jobs back to the line."""
    audience = Audience()
    async with world(subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        done = await subscribed(w, Topic.MESSAGE_SENT)
        await sent(w, 1)
        [job] = await w.services.feed_subscribers()
        tell_one = w.services.tell_subscriber
        async with AsyncExitStack() as slow:
            slots = [tell_one.slots.one(done.subscription.id) for _ in range(OF_ONE)]
            assert [await slow.enter_async_context(slot) for slot in slots] == [True] * OF_ONE
            async with tell_one.slots.one("another") as free:
                assert free
            await tell_one(job, news_body)
            assert audience.told == []
        await tell(w)
        assert len(audience.told) == 1


async def test_a_subscriber_that_answers_slowly_holds_nobody_elses_events() -> None:
    """Sixteen jobs of a queue run at once; those of the slow one that find no slot give theirs up within a second."""
    over, all_quick = asyncio.Event(), asyncio.Event()

    class Slow(Audience):
        async def post(self, callback_url: str, body: bytes) -> Answered | NotPosted:
            answer = await super().post(callback_url, body)
            if "slow" in callback_url:
                await over.wait()
            elif len(self.heard("quick")) == 20:
                all_quick.set()
            return answer

    audience = Slow()
    async with world(subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        slow = await subscribed(w, Topic.MESSAGE_SENT, "slow")
        await subscribed(w, Topic.MESSAGE_SENT, "quick")
        await sent(w, *range(1, 21))
        jobs = await w.services.feed_subscribers()
        assert len(jobs) == 40
        sixteen = asyncio.Semaphore(16)

        async def run(job: TellJob) -> None:
            async with sixteen:
                await w.services.tell_subscriber(job, news_body)

        slow_first = sorted(jobs, key=lambda job: job.subscription_id != slow.subscription.id)
        running = [asyncio.create_task(run(job)) for job in slow_first]
        await asyncio.wait_for(all_quick.wait(), 20)
        assert len(audience.heard("slow")) == OF_ONE
        over.set()
        await asyncio.gather(*running)
        await tell(w)
        assert len(audience.heard("slow")) == 20


async def test_what_fails_here_again_and_again_is_given_up_in_the_end_and_staff_hear_of_it() -> None:
    audience = Audience()
    async with world(subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        done = await subscribed(w, Topic.MESSAGE_SENT)
        await sent(w, 1)
        broken = {**json.loads(clinic_document(steps=WEEK_BEFORE)), "zone": "Nowhere/At_All"}
        await w.storage.clinics.put("riverside", json.dumps(broken), w.clock.now())
        for _ in range(50):
            w.clock.advance(minutes=62)
            await tell(w, 10)
        assert (audience.told, await waiting(w, done)) == ([], 0)
        assert await told_to_staff(w) == [("events_not_told", "not_told")]


async def test_a_subscription_whose_flow_is_gone_ends_after_three_events_and_staff_hear_of_it_once() -> None:
    audience = Audience(lambda _: Answered(404))
    async with world(subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        done = await subscribed(w, Topic.MESSAGE_SENT)
        await sent(w, 1, 2, 3, 4, 5)
        await tell(w, 300)
        assert (await now(w, done)).active  # so long a flow may take to be edited
        await tell(w, 1500)
        ended = await now(w, done)
        assert (ended.active, ended.ended_why) == (False, "gone")
        assert len({news["id"] for _, news in audience.told}) >= 3
        assert await told_to_staff(w) == [("events_not_told", "gone")]
        count = len(audience.told)
        await sent(w, 6)
        await tell(w, 600)
        assert len(audience.told) == count
        assert await waiting(w, done) == 0


@pytest.mark.parametrize("status", [404, 410])
async def test_two_such_answers_and_then_a_good_one_end_nothing(status: int) -> None:
    audience = Audience(lambda _: Answered(status))
    async with world(subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        done = await subscribed(w, Topic.MESSAGE_SENT)
        await sent(w, 1, 2)
        await tell(w, 900)
        audience.answers = lambda _: Answered(202)
        await tell(w, 4000)
        await sent(w, 3)
        audience.answers = lambda _: Answered(status)
        await tell(w, 900)
        assert (await now(w, done)).active
        assert len((await now(w, done)).gone) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 405, 413, 422, 302, 307, 100])
async def test_an_event_that_is_refused_is_given_up_and_staff_hear_of_it_once(status: int) -> None:
    audience = Audience(lambda _: Answered(status))
    async with world(subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        done = await subscribed(w, Topic.MESSAGE_SENT)
        await sent(w, 1, 2, 3)
        await tell(w, 600)
        assert max(Counter(news["id"] for _, news in audience.told).values()) == 1
        assert len(audience.told) == 3
        assert await waiting(w, done) == 0
        assert (await now(w, done)).active
        assert await told_to_staff(w) == [("events_not_told", "refused")]


async def test_after_a_day_without_an_answer_what_is_old_is_given_up_and_staff_hear_of_it_once() -> None:
    audience = Audience(lambda _: NotPosted.NO_ANSWER)
    async with world(subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        done = await subscribed(w, Topic.MESSAGE_SENT)
        await sent(w, *range(1, 41))
        await tell(w, 60)
        for _ in range(26):
            w.clock.advance(minutes=59)
            await tell(w, 60)
        assert await waiting(w, done) == 0
        assert await told_to_staff(w) == [("events_not_told", "unreachable")]
        await sent(w, 41)
        audience.answers = lambda _: Answered(202)
        before = len(audience.told)
        await tell(w, 2000)
        assert len(audience.told) == before + 1  # what is new is told once somebody is there again


async def test_a_host_that_may_not_be_called_any_more_is_told_to_staff_at_once() -> None:
    audience = Audience(lambda _: NotPosted.NOT_ALLOWED)
    async with world(subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        await subscribed(w, Topic.MESSAGE_SENT)
        await sent(w, 1, 2)
        await tell(w, 600)
        assert await told_to_staff(w) == [("events_not_told", "not_allowed")]


async def test_a_subscription_for_every_clinic_is_told_to_the_clinic_of_the_event() -> None:
    audience = Audience(lambda _: Answered(400))
    async with world(subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        await subscribed(w, Topic.MESSAGE_SENT, caller=OPERATOR)
        await sent(w, 1)
        await tell(w)
        assert await told_to_staff(w) == [("events_not_told", "refused")]


async def test_what_a_crash_lost_on_its_way_to_the_queue_is_due_again() -> None:
    audience = Audience()
    async with world(subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        await subscribed(w, Topic.MESSAGE_SENT)
        await sent(w, 1)
        assert len(await w.services.feed_subscribers()) == 1  # and nobody hears of it
        await tell(w, 600)
        assert audience.told == []
        await tell(w, 600)
        assert len(audience.told) == 1


async def test_a_job_that_the_queue_delivers_again_tells_nothing_twice() -> None:
    audience = Audience()
    async with world(subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        await subscribed(w, Topic.MESSAGE_SENT)
        await sent(w, 1)
        [job] = await w.services.feed_subscribers()
        for _ in range(3):
            await w.services.tell_subscriber(job, news_body)
        assert len(audience.told) == 1
        await w.services.tell_subscriber(TellJob("a" * 26, "b" * 26), news_body)


async def test_what_never_happened_is_told_nobody_and_forgotten() -> None:
    """A crash between the outbox and the event."""
    audience = Audience()
    async with world(subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        done = await subscribed(w, Topic.MESSAGE_SENT)
        await sent(w, 1)
        [there] = await w.storage.outbox.due(done.subscription.id, w.clock.now(), 10)
        await w.storage.outbox.remove(there)
        never = type(there)(**{f: getattr(there, f) for f in there.__slots__} | {"happening": "accepted:accepted_9"})
        await w.storage.outbox.put([never])
        await tell(w, 500)
        assert (audience.told, await waiting(w, done)) == ([], 1)
        await tell(w, 500)
        assert (audience.told, await waiting(w, done)) == ([], 0)


async def test_an_event_under_way_for_long_is_not_forgotten_just_before_it_happens() -> None:
    """Its writer comes again after minutes: its wait begins anew."""
    audience = Audience()
    async with world(subscribers=audience) as w:
        await w.clinic(steps=WEEK_BEFORE)
        done = await subscribed(w, Topic.MESSAGE_SENT)
        await sent(w, 1)
        [there] = await w.storage.outbox.due(done.subscription.id, w.clock.now(), 10)
        late = w.clock.now() + timedelta(minutes=9)
        changed = {"happening": "accepted:accepted_9"}
        never = type(there)(**{f: getattr(there, f) for f in there.__slots__} | changed)
        await w.storage.outbox.remove(there)
        await w.storage.outbox.put([never])
        await tell(w, 540)
        again = type(there)(**{f: getattr(never, f) for f in never.__slots__} | {"kept_at": late, "due_at": late})
        await w.storage.outbox.put([again])
        await tell(w, 300)
        assert await waiting(w, done) == 1
