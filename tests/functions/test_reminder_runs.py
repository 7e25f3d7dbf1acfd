"""Reminder runs over HTTP and by timer, through real queues."""

from __future__ import annotations

from datetime import timedelta

from shared.clock import SystemClock
from tests.functions.conftest import CLINICS_KEY, OTHERS_KEY, RunningApp


async def test_a_dry_run_shows_and_a_run_does(app: RunningApp) -> None:
    dry = (await app.call("POST", "/any/v1/reminder-runs", key=CLINICS_KEY, json={"dryRun": True})).json
    assert (dry["dryRun"], dry["complete"], dry["counts"]["planned"]) == (True, True, 3)
    assert {row["decision"] for row in dry["value"]} == {"planned"}
    begun = await app.call("POST", "/any/v1/reminder-runs", key=CLINICS_KEY, json={})
    assert begun.status == 202
    await app.idle()
    run = (await app.call("GET", f"/any/v1/reminder-runs/{begun.json['id']}", key=CLINICS_KEY)).json
    assert (run["state"], run["trigger"], run["problem"]) == ("complete", "manual", None)
    assert (run["counts"]["read"], run["counts"]["planned"]) == (3, 3)
    shown = (await app.call("GET", "/any/v1/appointments", key=CLINICS_KEY)).json["value"]
    assert {row["messageId"] for row in shown} == {row["messageId"] for row in dry["value"]}
    await app.host.fire("release_due")
    await app.settled()
    shown = (await app.call("GET", "/any/v1/appointments", key=CLINICS_KEY)).json["value"]
    assert sorted((row["channel"], row["state"]) for row in shown) == [
        ("wechat", "delivered"), ("whatsapp", "read"), ("whatsapp", "read"),
    ]  # fmt: skip
    assert (await app.call("GET", f"/any/v1/reminder-runs/{begun.json['id']}", key=OTHERS_KEY)).status == 404


async def test_the_timer_plans_every_clinic_once_a_day(app: RunningApp) -> None:
    await app.host.fire("schedule_runs")
    await app.idle()
    clinics = await app.services.clinics.all()
    runs = {clinic_id: (await app.storage.runs.recent(clinic_id, 10, "")).items for clinic_id in clinics}
    daily = {clinic_id: [run for run in found if run.trigger == "daily"] for clinic_id, found in runs.items()}
    assert {clinic_id: [run.state for run in found] for clinic_id, found in daily.items()} == {
        clinic_id: ["complete"] for clinic_id in clinics
    }
    await app.host.fire("schedule_runs")
    await app.idle()
    again = (await app.storage.runs.recent("ward-7", 10, "")).items
    assert len(again) == len(runs["ward-7"])


async def test_a_dry_run_of_tomorrow_is_shown_as_of_tomorrow(app: RunningApp) -> None:
    tomorrow = (SystemClock().now() + timedelta(days=1)).date().isoformat()
    answer = await app.call("POST", "/any/v1/reminder-runs", key=OTHERS_KEY, json={"dryRun": True, "day": tomorrow})
    assert answer.json["asOf"].startswith(tomorrow)
