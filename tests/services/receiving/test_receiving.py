"""Receiving: in any order, however often, one bad item among good ones."""

import json
from datetime import timedelta
from itertools import permutations

import pytest

from shared.channels.wechat.simulator.people import Person
from shared.domain.message import EventName
from shared.errors import BodyTooLarge, CallbackRefused
from shared.services.clinics import UNASSIGNED
from shared.services.reference import read_reference, write_reference
from shared.storage.contract import DueAction, DueRow, Joined
from tests.callbacks import call_back, call_back_with, receipt, signed, statuses, text, whatsapp_body
from tests.services.rows import every_row
from tests.storage.wrappers import KeepingBlobs
from tests.world import NOW, World, appointment, clinic_document, world

SILENT = "never_reports"


async def sent_one(w: World) -> str:
    """One message handed over, without receipts of its own; gives its reference."""
    await w.clinic(steps=[{"days": 7, "hour": "10:00"}])
    await w.plan()
    w.clock.advance(hours=1)
    w.whatsapp.script(SILENT)
    await w.send_due()
    [entry] = w.whatsapp.ledger.entries
    return entry.reference


@pytest.mark.parametrize("order", list(permutations(["sent", "delivered", "read"])), ids="-".join)
async def test_receipts_in_any_order_and_repeated_come_to_the_same(order: tuple[str, ...]) -> None:
    async with world(appointment()) as w:
        reference = await sent_one(w)
        for status in (*order, *order):
            await call_back(w, receipt(status, reference=reference))
        message = await w.message()
        assert (await w.told())["a1", "7d"] == "read"
        assert len(message.events) == 5
        assert await w.storage.due.take(NOW + timedelta(days=60), 10) == []


@pytest.mark.parametrize(
    ("order", "state"), [(["delivered", "failed"], "delivered"), (["failed", "delivered"], "delivered")]
)
async def test_delivered_wins_over_failed(order: list[str], state: str) -> None:
    async with world(appointment()) as w:
        reference = await sent_one(w)
        await call_back(w, *statuses(reference, order))
        assert (await w.told())["a1", "7d"] == state


async def test_a_failure_carries_its_code() -> None:
    async with world(appointment()) as w:
        reference = await sent_one(w)
        await call_back(w, receipt("failed", reference=reference))
        assert (await w.told())["a1", "7d"] == "failed 131026"
        assert [view.status.state for view in await w.sent()] == ["failed"]


async def test_a_failure_without_a_code_has_a_reason_all_the_same() -> None:
    async with world(appointment()) as w:
        reference = await sent_one(w)
        failed = receipt("failed", reference=reference)
        for status in failed["statuses"]:
            del status["errors"]
        await call_back(w, failed)
        assert (await w.told())["a1", "7d"] == "failed unspecified"


async def test_a_receipt_before_the_recorded_answer_counts() -> None:
    async with world(appointment()) as w:
        await w.clinic(steps=[{"days": 7, "hour": "10:00"}])
        await w.plan()
        w.clock.advance(hours=1)
        w.whatsapp.script("before_answer")
        await w.send_due()
        w.clock.advance(seconds=5)
        await w.receipts()
        assert (await w.told())["a1", "7d"] == "read"


async def test_a_reference_of_a_message_that_we_do_not_have_is_kept_and_shows_nowhere() -> None:
    async with world(appointment()) as w:
        await w.clinic()
        unknown = w.pseudonyms.placed("riverside", NOW.date(), "a" * 26)
        await call_back(w, receipt("delivered", reference=write_reference(Joined(unknown, ""))))
        assert [e.name for e in await w.storage.messages.events(unknown)] == [EventName.DELIVERED]
        assert await w.storage.messages.whole(unknown) is None
        assert await w.told() == {}


@pytest.mark.parametrize("reference", ["", "another system's", "riverside_2026112700_short~20261127100000", "~~~"])
async def test_a_receipt_that_is_not_about_ours_waits_without_harm(reference: str) -> None:
    async with world() as w:
        await w.clinic()
        await call_back(w, receipt("read", reference=reference, provider_id="wamid.foreign"))
        rows = await every_row(w.storage.rows)
        assert {table for table, _, _ in rows} == {"clinics", "providerids"}


@pytest.mark.parametrize("moment", ["", "2026", "2026112710000x", "../../etc", "20261127100000/#?", "1" * 400])
def test_a_reference_with_a_forged_moment_leads_to_no_due_row(moment: str) -> None:
    message_id = "riverside_2026112700_" + "a" * 26
    joined = read_reference(f"{message_id}~{moment}")
    assert joined is not None
    assert (str(joined.message_id), joined.due_key) == (message_id, "")


def test_a_reference_comes_back_as_it_was_written() -> None:
    joined = read_reference("riverside_2026112700_" + "a" * 26)
    assert joined is not None
    row = DueRow(joined.message_id, NOW, DueAction.CHECK)
    assert read_reference(write_reference(Joined(joined.message_id, row.key))) == Joined(joined.message_id, row.key)


async def test_garbage_among_good_items_harms_none_of_them(caplog: pytest.LogCaptureFixture) -> None:
    async with world(appointment()) as w:
        reference = await sent_one(w)
        body = json.loads(whatsapp_body(*statuses(reference, ["sent", "delivered"]), text("1")))
        changes = body["entry"][0]["changes"]
        changes.insert(1, {"field": "messages", "value": {"statuses": [{"id": 7}]}})
        changes.insert(0, "nonsense")
        changes.insert(2, {"field": "messages", "value": text("\ud800", provider_id="wamid.\ud800")})
        await call_back_with(w, json.dumps(body).encode())
        assert (await w.told())["a1", "7d"] == "delivered"
        assert len(await every_row(w.storage.rows, "inbound")) >= 1
        assert "unreadable_event" in caplog.text


async def test_what_a_patient_wrote_is_kept_once() -> None:
    async with world() as w:
        await w.clinic()
        for _ in range(3):
            await call_back(w, text("I cannot come"))
        [(_, partition, _)] = await every_row(w.storage.rows, "inbound")
        assert partition == "riverside_20261120"


async def test_what_comes_for_two_clinics_or_none_is_kept_unassigned() -> None:
    async with world() as w:
        await call_back(w, text("one", provider_id="wamid.1"))
        await w.clinic()
        await w.services.clinics.load(clinic_document(id="lakeside"), "test")
        await call_back(w, text("two", provider_id="wamid.2"))
        assert {p for _, p, _ in await every_row(w.storage.rows, "inbound")} == {f"{UNASSIGNED}_20261120"}


async def test_what_came_for_a_number_that_is_not_ours_is_no_clinics() -> None:
    async with world() as w:
        await w.clinic()
        await call_back(w, text("hello", number_id="999000999"))
        assert {p for _, p, _ in await every_row(w.storage.rows, "inbound")} == {f"{UNASSIGNED}_20261120"}


async def test_leaving_the_account_is_an_objection_in_each_of_its_clinics_and_coming_back_consents_to_nothing() -> None:
    wechat = [{"channel": "wechat", "opt_in": "opt_out"}]
    async with world() as w:
        for clinic_id in ("riverside", "lakeside"):
            await w.services.clinics.load(clinic_document(id=clinic_id, channels=wechat), "test")
        await w.services.clinics.load(clinic_document(id="elsewhere"), "test")
        person = Person("oMock_follower_0001")
        await w.wechat.people.unfollow(person.openid)
        await w.wechat.people.follow(person.openid)

        async def objects(clinic_id: str) -> bool:
            key = w.pseudonyms.address(clinic_id, "wechat", person.openid)
            return (await w.storage.patients.standing(clinic_id, "wechat", key, NOW)).opted_out

        assert [await objects(c) for c in ("riverside", "lakeside", "elsewhere")] == [True, True, False]


async def test_a_callback_that_is_refused_leaves_nothing() -> None:
    blobs: list[KeepingBlobs] = []

    def keep(inner: object) -> KeepingBlobs:
        blobs.append(KeepingBlobs(inner))  # type: ignore[arg-type]
        return blobs[0]

    async with world(around_blobs=keep) as w:
        body = whatsapp_body(text("hello"))
        for headers in ({}, signed(body, "another secret"), signed(body + b" ")):
            with pytest.raises(CallbackRefused):
                await w.services.accept("whatsapp", "default", {}, headers, body)
        large = b" " * (3 * 1024 * 1024 + 1)
        with pytest.raises(BodyTooLarge):
            await w.services.accept("whatsapp", "default", {}, signed(large), large)
        assert blobs[0].put_contents == {}
        _, job = await w.services.accept("whatsapp", "default", {}, signed(body), body)
        assert list(blobs[0].put_contents) == [job.reference]


async def test_a_story_reads_in_the_order_in_which_things_happened() -> None:
    """Receipts carry whole seconds: those of the second in which we claimed would else come before the claim."""
    async with world(appointment()) as w:
        w.clock.at += timedelta(microseconds=900_000)
        reference = await sent_one(w)
        await call_back(w, *(receipt(s, reference=reference, at=w.clock.now()) for s in ("read", "sent", "delivered")))
        caller = await w.services.callers.identify("local")
        story = await w.services.reports.message(caller, str((await w.message()).message.id))
        assert [str(e.name) for e in story.events] == ["claimed", "accepted", "sent", "delivered", "read"]
