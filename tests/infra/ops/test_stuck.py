"""`ops stuck`: what was set aside is listed and done again."""

from __future__ import annotations

from datetime import date

from infra.ops.command import Desk
from shared.services.jobs import CallbackJob, PlanJob, StuckJob
from shared.services.work_items import public_id
from shared.storage.contract import RunState
from tests.infra.ops.conftest import Shell


def set_aside(shell: Shell, kind: StuckJob, job: str, queue_id: str = "m1") -> None:
    async def put(desk: Desk) -> None:
        await desk.services.set_aside(kind, queue_id, job.encode())

    shell.look(put)


def todays_run(shell: Shell) -> PlanJob:
    async def job(desk: Desk) -> PlanJob:
        return desk.services.start_run.job(await desk.services.clinics.get("ward"))

    return shell.look(job)


def items(shell: Shell, clinic_id: str) -> list[str]:
    async def read(desk: Desk) -> list[str]:
        page = await desk.storage.worklist.open_items(clinic_id, frozenset(), 100, "")
        return [public_id(item) for item in page.items]

    return shell.look(read)


def test_what_was_set_aside_is_listed_and_done_again(shell: Shell) -> None:
    shell.clinic_with_a_list()
    assert "No job was set aside." in shell("stuck", "list").out
    job = todays_run(shell)
    set_aside(shell, StuckJob.PLAN, job.to_json())
    [item] = items(shell, "ward")
    assert item in shell("stuck", "list").out
    looked = shell("stuck", "replay", item, "--dry-run")
    assert (looked.code, "Nothing was changed" in looked.out) == (0, True)
    done = shell("stuck", "replay", item)
    assert (done.code, "Done again." in done.out) == (0, True), done.err

    async def state(desk: Desk) -> RunState | None:
        run = await desk.storage.runs.read("ward", job.run_id)
        return run.state if run else None

    assert shell.look(state) is RunState.COMPLETE
    again = shell("stuck", "replay", item)
    assert (again.code, "dealt with before" in again.err) == (1, True)
    assert items(shell, "ward") == []


def test_one_that_fails_again_keeps_no_other_from_its_turn(shell: Shell) -> None:
    shell.clinic_with_a_list()
    set_aside(shell, StuckJob.CALLBACK, CallbackJob("no such callback").to_json())
    set_aside(shell, StuckJob.SEND, "not a job", "m2")
    set_aside(shell, StuckJob.PLAN, PlanJob("ward", date(2020, 1, 1), "ward_20200101_daily").to_json())
    said = shell("stuck", "replay", "--all")
    assert said.code == 1
    assert "its day is over" in said.out
    assert "cannot be read" in said.err
    assert "of 3 could not be done again" in said.err
    assert len(items(shell, "unassigned")) >= 1
    assert items(shell, "ward") == []


def test_which_ones_must_be_said(shell: Shell) -> None:
    shell.clinic("riverside")
    for words in ([], ["riverside_" + "a" * 26, "--all"]):
        refused = shell("stuck", "replay", *words)
        assert (refused.code, "--all" in refused.err) == (1, True)
    gone = shell("stuck", "replay", "riverside_" + "a" * 26)
    assert (gone.code, "no such item" in gone.err) == (1, True)
