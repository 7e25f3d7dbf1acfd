"""Who may call what: every route of the app stands in one of these tables."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functions.conftest import CLINIC, CLINICS_KEY, OTHER_CLINIC, OTHERS_KEY, RunningApp

MESSAGE_ID = "ward-7_2026112700_" + "a" * 26
ITEM_ID = "ward-7_" + "a" * 26

# function -> a call of it; without a key each is answered 401
GUARDED: dict[str, list[tuple[str, str]]] = {
    "submit_message": [("POST", "/whatsapp/v1/messages"), ("POST", "/wechat/v1/messages")],
    "list_messages": [("GET", "/whatsapp/v1/messages"), ("GET", "/any/v1/messages?view=scheduled")],
    "read_message": [("GET", f"/whatsapp/v1/messages/{MESSAGE_ID}")],
    "cancel_message": [("DELETE", f"/whatsapp/v1/messages/{MESSAGE_ID}")],
    "schedule_messages": [("POST", "/whatsapp/v1/schedules")],
    "test_connection": [("GET", "/any/v1/diagnostics/testconnection")],
    "list_appointments": [("GET", "/any/v1/appointments")],
    "start_reminder_run": [("POST", "/any/v1/reminder-runs")],
    "read_reminder_run": [("GET", "/any/v1/reminder-runs/ward-7_20261120_daily")],
    "list_work": [("GET", "/any/v1/worklist"), ("GET", "/any/v1/worklist?state=resolved")],
    "list_unsent": [("GET", "/any/v1/worklist/unsent")],
    "resolve_work": [("POST", f"/any/v1/worklist/{ITEM_ID}/resolve")],
}
# function -> a call of it, and what a stranger gets
OPEN = {
    "health": ("GET", "/health", 200),
    "whatsapp_webhook": ("POST", "/webhooks/whatsapp", 403),  # passes by signature
    "wechat_webhook": ("POST", "/webhooks/wechat", 403),
}
CALLS = [(name, *call) for name, calls in GUARDED.items() for call in calls]


async def test_every_route_is_guarded_or_known_to_be_open(app: RunningApp) -> None:
    routes = {name for name, function in app.host.functions.items() if function.trigger.type == "httpTrigger"}
    assert routes == GUARDED.keys() | OPEN.keys(), "a new route says here who may call it"
    levels = {app.host.functions[name].trigger.properties["authLevel"].upper() for name in routes}
    assert levels == {"ANONYMOUS"}, "one guard, ours"


@pytest.mark.parametrize(("name", "method", "path"), CALLS)
@pytest.mark.parametrize("key", [None, "", "wrong", "LOCAL"])
async def test_without_a_valid_key_nothing_is_answered(
    app: RunningApp, name: str, method: str, path: str, key: str | None
) -> None:
    answer = await app.call(method, path, key=key, json={} if method == "POST" else None)
    assert (answer.status, answer.json["error"]["code"]) == (401, "unauthenticated"), name
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path", "status"), OPEN.values(), ids=OPEN)
async def test_open_routes_have_a_guard_of_their_own(app: RunningApp, method: str, path: str, status: int) -> None:
    assert (await app.call(method, path, key=None)).status == status


FOREIGN: list[tuple[str, str, dict[str, Any], int]] = [
    ("GET", f"/any/v1/messages?clinicId={CLINIC}", {}, 403),
    ("GET", "/any/v1/messages?clinicId=nowhere", {}, 403),
    ("GET", f"/any/v1/appointments?clinicId={CLINIC}", {}, 403),
    ("GET", f"/any/v1/messages/{MESSAGE_ID}", {}, 404),
    ("GET", "/any/v1/reminder-runs/ward-7_20261120_daily", {}, 404),
    ("GET", f"/any/v1/worklist?clinicId={CLINIC}", {}, 403),
    ("GET", "/any/v1/worklist?clinicId=unassigned", {}, 403),
    ("GET", f"/any/v1/worklist/unsent?clinicId={CLINIC}", {}, 403),
    ("POST", f"/any/v1/worklist/{ITEM_ID}/resolve", {"json": {"resolution": "done"}}, 404),
    ("POST", "/any/v1/reminder-runs", {"json": {"clinicId": CLINIC}}, 403),
    ("POST", "/any/v1/reminder-runs", {"json": {"clinicId": CLINIC, "dryRun": True}}, 403),
]


@pytest.mark.parametrize(("method", "path", "more", "status"), FOREIGN)
async def test_a_key_opens_its_own_clinic_only(
    app: RunningApp, method: str, path: str, more: dict[str, Any], status: int
) -> None:
    assert (await app.call(method, path, key=OTHERS_KEY, **more)).status == status


async def test_without_a_clinic_a_key_means_its_own(app: RunningApp) -> None:
    for key, clinic_id in ((CLINICS_KEY, CLINIC), (OTHERS_KEY, OTHER_CLINIC)):
        answer = await app.call("POST", "/any/v1/reminder-runs", key=key, json={"dryRun": True})
        assert (answer.status, answer.json["clinicId"]) == (200, clinic_id)


async def test_a_revoked_key_is_refused(app: RunningApp) -> None:
    made = await app.services.keys.make("someone", [CLINIC])
    await app.services.keys.revoke(made.key.id)
    assert (await app.call("GET", "/any/v1/messages", key=made.text)).status == 401


async def test_a_token_where_no_directory_is_configured_is_refused_as_any_other(app: RunningApp) -> None:
    without = await app.call("GET", "/any/v1/messages", key=None)
    answer = await app.call("GET", "/any/v1/messages", key=None, headers={"Authorization": "Bearer e30.e30.e30"})
    assert (answer.status, answer.json) == (without.status, without.json)


async def test_key_and_token_at_once_are_refused(app: RunningApp) -> None:
    answer = await app.call("GET", "/any/v1/messages", key=CLINICS_KEY, headers={"Authorization": "Bearer e30.e30.e30"})
    assert (answer.status, answer.json["error"]["code"]) == (400, "invalid_input")
