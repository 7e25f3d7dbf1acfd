"""What staff see on the worklist, and what happens when they resolve something."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.channels.whatsapp.simulator.faults import FaultKind
from shared.domain.inbound import ReceiptState
from shared.domain.message import Event, EventName, Message, State
from shared.errors import Conflict, Forbidden, InvalidInput, NotFound, StorageUnavailable
from shared.services.callers import Caller
from shared.services.staff.worklist import ListState
from shared.services.work_items import Resolution, public_id, work_id
from shared.storage.contract import WorkItem, WorkKind
from tests.services.looks import events, released
from tests.services.rows import StoreThatStops
from tests.world import NOW, World, appointment, world

NURSE = Caller("k1", "nurses of riverside", frozenset({"riverside"}))
OTHERS = Caller("k2", "nurses of lakeside", frozenset({"lakeside"}))
OPERATOR = Caller("k3", "operator", None)
ALL: frozenset[WorkKind] = frozenset()


def an_item(w: World, kind: WorkKind = WorkKind.NO_WAY, **changes: object) -> WorkItem:
    made = WorkItem(
        work_id(w.pseudonyms, "riverside", kind, "a1"), "riverside", kind, NOW, NOW + timedelta(hours=5), "no_address"
    )
    return replace(made, **changes)  # type: ignore[arg-type]


async def listed(w: World, caller: Caller = NURSE, state: ListState = ListState.OPEN) -> Sequence[WorkItem]:
    desk = await w.services.work.desk(caller, "riverside")
    return (await w.services.work.listed(desk, state, ALL, "any", 200, "")).items


async def resolved(w: World, item: WorkItem, resolution: str, caller: Caller = NURSE, note: str = "") -> WorkItem:
    return (await w.services.work.resolve(caller, "", public_id(item), resolution, note))[1]


async def of_unknown_outcome(w: World) -> tuple[Message, WorkItem]:
    """A reminder that the provider took and never confirmed, and the item that asks about it."""
    job, message = await released(w)
    w.whatsapp.fault(FaultKind.TIMEOUT_AFTER)
    await w.services.send(job)
    item = an_item(w, WorkKind.UNKNOWN_OUTCOME, message_id=message.id, starts_at=message.starts_at, reason="timeout")
    await w.storage.worklist.open([item])
    return message, item


async def sent(w: World) -> None:
    """What is due has gone, and its receipts have come."""
    w.clock.advance(seconds=6)  # one message to a patient in so long
    await w.send_due()
    w.clock.advance(minutes=1)
    await w.receipts()


async def state_of(w: World, message: Message) -> State:
    return (await w.services.reports.message(OPERATOR, str(message.id))).status.state


async def test_a_nurse_resolves_an_item_and_her_name_is_kept() -> None:
    async with world() as w:
        await w.clinic()
        await w.storage.worklist.open([an_item(w)])
        assert await listed(w) == (an_item(w),)
        done = await resolved(w, an_item(w), "done", note="rang her")
        assert (done.resolved_by, done.resolution, done.note) == ("nurses of riverside", "done", "rang her")
        assert await listed(w) == ()
        assert await listed(w, state=ListState.RESOLVED) == (done,)


async def test_the_same_answer_again_changes_nothing_and_another_one_is_refused() -> None:
    async with world(appointment()) as w:
        message, item = await of_unknown_outcome(w)
        first = await resolved(w, item, "leave")
        w.clock.advance(hours=1)
        assert await resolved(w, item, "leave", OPERATOR) == first
        with pytest.raises(Conflict, match="resolved before, as `leave`"):
            await resolved(w, item, "send_again")
        assert await state_of(w, message) is State.UNKNOWN


async def test_a_caller_sees_its_own_clinics_only() -> None:
    async with world() as w:
        await w.clinic()
        await w.clinic(id="lakeside")
        await w.storage.worklist.open([an_item(w)])
        with pytest.raises(Forbidden):
            await listed(w, OTHERS)
        with pytest.raises(NotFound):
            await resolved(w, an_item(w), "done", OTHERS)
        for public in ("riverside_" + "a" * 26, "nonsense", "riverside_" + "A" * 26, ""):
            with pytest.raises(NotFound):
                await w.services.work.resolve(NURSE, "", public, "done", "")
        with pytest.raises(NotFound):
            await w.services.work.resolve(OPERATOR, "lakeside", public_id(an_item(w)), "done", "")


async def test_what_no_clinic_could_be_found_for_is_seen_by_callers_of_all_clinics() -> None:
    async with world() as w:
        await w.clinic()
        item = an_item(w, WorkKind.STUCK, clinic_id="unassigned")
        await w.storage.worklist.open([item])
        desk = await w.services.work.desk(OPERATOR, "unassigned")
        assert (await w.services.work.listed(desk, ListState.OPEN, ALL, "any", 10, "")).items == (item,)
        with pytest.raises(Forbidden):
            await w.services.work.desk(NURSE, "unassigned")
        assert (await resolved(w, item, "done", OPERATOR)).resolved_by == "operator"


@pytest.mark.parametrize("kind", WorkKind)
async def test_each_kind_takes_the_resolutions_that_fit_it(kind: WorkKind) -> None:
    fitting = {"send_again", "leave"} if kind is WorkKind.UNKNOWN_OUTCOME else {"done"}
    async with world() as w:
        await w.clinic()
        await w.storage.worklist.open([an_item(w, kind)])
        for resolution in {*Resolution, "", "nonsense"} - fitting:
            with pytest.raises(InvalidInput, match="resolution"):
                await resolved(w, an_item(w, kind), resolution)
        assert (await resolved(w, an_item(w, kind), min(fitting - {"send_again"}))).resolved_at is not None


async def test_a_message_of_unknown_outcome_goes_again_when_a_person_says_so() -> None:
    async with world(appointment()) as w:
        message, item = await of_unknown_outcome(w)
        await resolved(w, item, "send_again")
        await resolved(w, item, "send_again")
        assert sorted(await events(w, message)) == ["claimed 1", "resumed 1", "unknown 1"]
        [resumed] = [e for e in await w.storage.messages.events(message.id) if e.name is EventName.RESUMED]
        assert resumed.detail == "person"
        await sent(w)
        assert await state_of(w, message) is State.READ
        assert len(w.whatsapp.ledger.entries) == 2, "once by us, once more by a person's word"
        for _ in range(5):
            w.clock.advance(minutes=10)
            await w.send_due()
        assert len(w.whatsapp.ledger.entries) == 2


@pytest.mark.parametrize("writes", range(4))
async def test_an_answer_that_was_cut_off_may_be_given_again(writes: int) -> None:
    stores: list[StoreThatStops] = []

    def stopping(rows: object) -> StoreThatStops:
        stores.append(StoreThatStops(rows))  # type: ignore[arg-type]
        return stores[0]

    async with world(appointment(), around_rows=stopping) as w:
        message, item = await of_unknown_outcome(w)
        stores[0].writes, stores[0].answers = 0, writes
        if writes < 3:  # due row, event, item
            with pytest.raises(StorageUnavailable):
                await resolved(w, item, "send_again")
        stores[0].answers = None
        assert (await resolved(w, item, "send_again")).resolution == "send_again"
        await sent(w)
        assert (await events(w, message)).count("claimed 2") == 1
        assert await state_of(w, message) is State.READ


@pytest.mark.parametrize("later", [{}, {"days": 30}])
async def test_a_message_does_not_go_again_when_its_appointment_has_begun(later: dict[str, int]) -> None:
    async with world(appointment()) as w:
        message, item = await of_unknown_outcome(w)
        assert message.starts_at is not None
        w.clock.at = message.starts_at + timedelta(**later)
        with pytest.raises(Conflict, match="appointment has begun"):
            await resolved(w, item, "send_again")
        assert await state_of(w, message) is State.UNKNOWN
        assert (await resolved(w, item, "leave")).resolution == "leave"


async def test_a_message_that_has_expired_does_not_go_again() -> None:
    async with world(appointment()) as w:
        message, item = await of_unknown_outcome(w)
        assert message.starts_at is not None
        w.clock.at = message.expires_at
        assert w.clock.at < message.starts_at
        with pytest.raises(Conflict, match="too late"):
            await resolved(w, item, "send_again")


@pytest.mark.parametrize("receipt", [ReceiptState.DELIVERED, ReceiptState.FAILED, ReceiptState.SENT])
async def test_a_message_whose_outcome_is_known_by_now_does_not_go_again(receipt: ReceiptState) -> None:
    async with world(appointment()) as w:
        message, item = await of_unknown_outcome(w)
        await w.storage.messages.append(Event(message.id, EventName(receipt), w.clock.now()))
        with pytest.raises(Conflict, match="not sent again"):
            await resolved(w, item, "send_again")


async def test_an_item_without_its_message_cannot_be_sent_again() -> None:
    async with world() as w:
        await w.clinic()
        item = an_item(w, WorkKind.UNKNOWN_OUTCOME)
        await w.storage.worklist.open([item])
        with pytest.raises(Conflict, match="phone the patient"):
            await resolved(w, item, "send_again")


async def test_a_list_holds_the_kinds_and_the_channel_asked_for() -> None:
    async with world() as w:
        await w.clinic()
        kinds = {WorkKind.NO_WAY: "", WorkKind.UNKNOWN_OUTCOME: "whatsapp", WorkKind.NOT_SENT: "wechat"}
        await w.storage.worklist.open([an_item(w, kind, channel=channel) for kind, channel in kinds.items()])
        desk, work = await w.services.work.desk(NURSE, ""), w.services.work

        async def of(channel: str, *kinds: WorkKind, state: ListState = ListState.OPEN) -> set[WorkKind]:
            page = await work.listed(desk, state, frozenset(kinds), channel, 10, "")
            return {item.kind for item in page.items}

        assert await of("any") == set(kinds)
        assert await of("wechat") == {WorkKind.NO_WAY, WorkKind.NOT_SENT}
        assert await of("any", WorkKind.NOT_SENT, WorkKind.STUCK) == {WorkKind.NOT_SENT}
        await resolved(w, an_item(w, WorkKind.NOT_SENT), "done")
        assert await of("any", WorkKind.NOT_SENT) == set()
        assert await of("any", WorkKind.NO_WAY, state=ListState.RESOLVED) == set()
        assert await of("any", state=ListState.RESOLVED) == {WorkKind.NOT_SENT}


async def test_words_are_the_clinics_and_say_what_to_do() -> None:
    async with world() as w:
        await w.clinic(languages=["zh-Hant"], name={"zh-Hant": "診所"})
        desk, work = await w.services.work.desk(NURSE, ""), w.services.work
        said = work.words(desk, an_item(w))
        assert (said.kind, said.reason) == ("有預約的病人無法以訊息聯絡。", "紀錄沒有診所所用渠道的聯絡方式。")
        assert "請" in said.to_do
        figures = work.words(desk, an_item(w, WorkKind.UNSENT_LIST, reason="12"))
        assert (figures.reason, "名單" in figures.to_do) == ("12", True)
        assert work.words(desk, an_item(w, WorkKind.NOT_SENT, reason="131026")).reason == "131026"


@pytest.mark.parametrize(
    ("kind", "reason", "said"),
    [
        (WorkKind.SENDING_STOPPED, "account", "The provider has stopped this account: it is locked"),
        (WorkKind.NOT_SENT, "account", "The provider has stopped the account."),
        (WorkKind.NOT_SENT, "appointment_started", "It was not sent because the appointment had begun."),
        (WorkKind.NOT_SENT, "not_delivered", "The message left, and no receipt says that it reached the phone."),
        (WorkKind.STUCK, "send", "The sending of a message."),
        (WorkKind.UNKNOWN_OUTCOME, "timeout", "The provider did not answer in time."),
        (WorkKind.FAILURES_HIGH, "6/10", "6/10"),
    ],
)
async def test_a_reason_is_said_as_its_kind_means_it(kind: WorkKind, reason: str, said: str) -> None:
    async with world() as w:
        await w.clinic()
        desk = await w.services.work.desk(NURSE, "")
        assert w.services.work.words(desk, an_item(w, kind, reason=reason)).reason.startswith(said)


async def test_a_note_has_an_end() -> None:
    async with world() as w:
        await w.clinic()
        await w.storage.worklist.open([an_item(w)])
        with pytest.raises(InvalidInput, match="2000"):
            await resolved(w, an_item(w), "done", note="x" * 2_001)


@pytest.mark.parametrize("resolution", ["delivered", "failed", "sends_again", "reached", "a code of tomorrow"])
async def test_whatever_resolved_an_item_the_list_can_be_read(resolution: str) -> None:
    async with world() as w:
        await w.clinic()
        await w.storage.worklist.open([an_item(w, reason="a code of tomorrow")])
        await w.storage.worklist.resolve("riverside", an_item(w).id, resolution, "system", NOW)
        [item] = await listed(w, state=ListState.RESOLVED)
        said = w.services.work.words(await w.services.work.desk(NURSE, ""), item)
        assert bool(said.resolution) is (resolution != "a code of tomorrow")
        assert said.reason == ""
