"""A job that the host set aside is shown to whom it concerns, and kept."""

import logging
from collections.abc import Sequence

import pytest

from shared.services.jobs import CallbackJob, PlanJob, SendJob, StuckJob
from shared.storage.contract import DueAction, DueRow, StoredCallback, WorkItem
from tests.storage.samples import planned
from tests.world import NOW, World, world

ACCOUNT = {"channel": "whatsapp", "account": "second", "opt_in": "opt_out"}


async def items(w: World, clinic_id: str = "riverside") -> Sequence[WorkItem]:
    return (await w.storage.worklist.open_items(clinic_id, frozenset(), 100, "")).items


async def test_a_stuck_message_is_shown_with_its_reference_and_its_job(caplog: pytest.LogCaptureFixture) -> None:
    async with world() as w:
        await w.clinic()
        job = SendJob(DueRow.of(planned(), NOW, DueAction.CHECK)).to_json()
        for kind in (StuckJob.SEND, StuckJob.CHECK):
            await w.services.set_aside(kind, f"m-{kind}", job.encode())
        assert {item.reason for item in await items(w)} == {"send", "check"}
        assert {item.message_id for item in await items(w)} == {planned().id}
        assert [SendJob.from_json(item.note) for item in await items(w)] == [SendJob.from_json(job)] * 2
        assert "poison queue=send clinic=riverside" in caplog.text


async def test_a_stuck_run_is_shown_to_its_clinic() -> None:
    async with world() as w:
        await w.clinic()
        job = PlanJob("riverside", NOW.date(), "riverside_20261120_daily")
        await w.services.set_aside(StuckJob.PLAN, "m1", job.to_json().encode())
        [item] = await items(w)
        assert (item.reason, PlanJob.from_json(item.note)) == ("plan", job)


async def test_a_stuck_callback_is_shown_to_every_clinic_of_its_account() -> None:
    async with world() as w:
        for clinic_id in ("north", "south"):
            await w.clinic(id=clinic_id, channels=[ACCOUNT])
        await w.clinic()
        reference = await w.storage.callbacks.store(StoredCallback("whatsapp", "second", NOW, {}, b"{}"))
        await w.services.set_aside(StuckJob.CALLBACK, "m1", CallbackJob(reference).to_json().encode())
        for clinic_id in ("north", "south"):
            [item] = await items(w, clinic_id)
            assert CallbackJob.from_json(item.note) == CallbackJob(reference)
        assert await items(w) == await items(w, "unassigned") == ()


NOBODYS = {
    "no json": (StuckJob.SEND, b"this is not JSON"),
    "no text": (StuckJob.SEND, b"\xff\xfe\x00"),
    "nothing": (StuckJob.PLAN, b""),
    "a list": (StuckJob.CHECK, b"[1, 2]"),
    "deep": (StuckJob.CHECK, b"[" * 5_000),
    "no reference": (StuckJob.SEND, b'{"due": 7}'),
    "an unknown clinic": (StuckJob.PLAN, b'{"clinicId": "nowhere"}'),
    "a message of an unknown clinic": (
        StuckJob.SEND,
        b'{"due": "20261120090000_nowhere_2026112000_' + b"a" * 26 + b'"}',
    ),
    "a callback that is gone": (
        StuckJob.CALLBACK,
        b'{"callback": "20261120/0/090000/whatsapp/default/' + b"0" * 32 + b'"}',
    ),
    "far too long": (StuckJob.CALLBACK, b"x" * 60_000),
}


@pytest.mark.parametrize(("kind", "body"), NOBODYS.values(), ids=NOBODYS)
async def test_what_belongs_to_no_clinic_is_kept_all_the_same(kind: StuckJob, body: bytes) -> None:
    async with world() as w:
        await w.clinic()
        await w.services.set_aside(kind, "m1", body)
        [item] = await items(w, "unassigned")
        assert item.reason == kind
        assert item.note == body.decode("utf-8", "replace")[:20_000]
        assert await items(w) == ()


async def test_a_second_delivery_is_no_second_item_and_another_failure_is() -> None:
    async with world() as w:
        await w.clinic()
        job = PlanJob("riverside", NOW.date(), "riverside_20261120_daily").to_json().encode()
        for message_id in ("m1", "m1", "m2"):
            await w.services.set_aside(StuckJob.PLAN, message_id, job)
        assert len(await items(w)) == 2


async def test_nothing_of_the_job_stands_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with world() as w:
        await w.clinic()
        await w.services.set_aside(StuckJob.SEND, "m1", b"Wilhelmina Quince 07700 900123")
        assert [r.getMessage() for r in caplog.records] == ["poison queue=send clinic=unassigned"]
