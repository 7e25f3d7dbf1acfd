"""Who may call what: every route of the app is walked."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from functions.interface import subscriptions
from functions.interface.operation import Guard, Operation
from functions.interface.table import OPERATIONS, OTHER_ROUTES
from shared.services.callers import Permission
from tests.functions.conftest import CLINIC, CLINICS_KEY, OTHER_CLINIC, OTHERS_KEY, RunningApp

MESSAGE_ID = "ward-7_2026112700_" + "a" * 26
ITEM_ID = "ward-7_" + "a" * 26
PATIENT_ID = "a" * 26
WISH = {"method": "phone"}

RUN_ID = "ward-7_20261120_daily"
RAW = {"recipient_type": "individual", "to": "+447700900123", "type": "text", "text": {"body": "Hello"}}

# operation -> a call that is about another clinic, and what its caller gets: a clinic is refused, a thing is not there
FOREIGN: dict[str, tuple[str, dict[str, Any], int]] = {
    "SendMessage": (f"/whatsapp/v1/messages?clinicId={CLINIC}", {"json": RAW}, 403),
    "ListMessages": (f"/any/v1/messages?clinicId={CLINIC}", {}, 403),
    "GetMessage": (f"/any/v1/messages/{MESSAGE_ID}", {}, 404),
    "CancelScheduledMessage": (f"/any/v1/messages/{MESSAGE_ID}", {}, 404),
    "SendAppointmentReminder": ("/whatsapp/v1/reminders", {"json": {"appointmentId": "x", "clinicId": CLINIC}}, 403),
    "SendTextReply": ("/whatsapp/v1/replies", {"json": {"text": "Hello", "messageId": MESSAGE_ID}}, 404),
    "LookUpPatient": ("/any/v1/patients/lookup", {"json": {"name": "Quince", "clinicId": CLINIC}}, 403),
    "OptInPatient": (f"/whatsapp/v1/patients/{PATIENT_ID}/opt-in", {"json": {**WISH, "clinicId": CLINIC}}, 403),
    "OptOutPatient": (f"/whatsapp/v1/patients/{PATIENT_ID}/opt-out", {"json": {**WISH, "clinicId": CLINIC}}, 403),
    "ListClinics": ("/any/v1/clinics", {}, 200),  # shows the caller's own
    "ListTemplates": (f"/any/v1/templates?clinicId={CLINIC}", {}, 403),
    "GetTemplateSchema": (f"/any/v1/templates/appointment_reminder/schema?clinicId={CLINIC}", {}, 403),
    "ScheduleReminders": (f"/whatsapp/v1/schedules?clinicId={CLINIC}", {"json": {"items": [{}]}}, 403),
    "ListAppointments": (f"/any/v1/appointments?clinicId={CLINIC}", {}, 403),
    "GetAppointmentInsights": (f"/any/v1/insights?clinicId={CLINIC}", {}, 403),
    "StartReminderRun": ("/any/v1/reminder-runs", {"json": {"clinicId": CLINIC}}, 403),
    "GetReminderRun": (f"/any/v1/reminder-runs/{RUN_ID}", {}, 404),
    "ListReminderRuns": (f"/any/v1/reminder-runs?clinicId={CLINIC}", {}, 403),
    "ListWork": (f"/any/v1/worklist?clinicId={CLINIC}", {}, 403),
    "ListUnsent": (f"/any/v1/worklist/unsent?clinicId={CLINIC}", {}, 403),
    "ResolveWork": (f"/any/v1/worklist/{ITEM_ID}/resolve", {"json": {"resolution": "done"}}, 404),
    "PreviewMessage": ("/whatsapp/v1/previews", {"json": {"clinicId": CLINIC}}, 403),
    "SendPrescriptionReference": ("/whatsapp/v1/prescriptions", {"json": {"clinicId": CLINIC}}, 403),
    "ListPrescriptionReferences": (f"/any/v1/prescriptions?clinicId={CLINIC}", {}, 403),
    "GetPrescriptionReference": (f"/any/v1/prescriptions/{ITEM_ID}", {}, 404),
    "ResendPrescriptionReference": (f"/whatsapp/v1/prescriptions/{ITEM_ID}/resend", {"json": {}}, 404),
    "RevokePrescriptionReference": (f"/any/v1/prescriptions/{ITEM_ID}/revoke", {"json": {}}, 404),
    **{
        operation.id: (
            f"/any/v1/triggers/{topic}/subscriptions",
            {"json": {"callbackUrl": "https://one.logic.azure.com/a", "clinicId": CLINIC}},
            403,
        )
        for topic, operation in subscriptions.BY_TOPIC.items()
    },
    "DeleteSubscription": (
        f"/any/v1/subscriptions/{'a' * 26}/{'a' * 43}",
        {},
        204,
    ),  # nobody learns whether there is one
    "TestConnection": ("/any/v1/diagnostics/testconnection", {}, 200),  # shows the caller's own clinics' accounts
}
# route -> a call of it, and what a stranger gets
OPEN = {
    "p/{token}": ("GET", "/p/" + "a" * 32, 404),  # passes by its token
    "health": ("GET", "/health", 200),
    "webhooks/whatsapp/{account?}": ("POST", "/webhooks/whatsapp", 403),  # passes by signature
    "webhooks/wechat/{account?}": ("POST", "/webhooks/wechat", 403),
}
WALK = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


def test_every_operation_and_every_other_route_stands_here() -> None:
    assert FOREIGN.keys() == OPERATIONS.keys(), "a new operation says here what a stranger gets"
    assert OPEN.keys() == OTHER_ROUTES.keys(), "a new route says here what a stranger gets"


async def test_the_table_of_operations_is_what_the_app_has(app: RunningApp) -> None:
    functions = {name: function.trigger for name, function in app.host.functions.items()}
    http = {name: trigger.properties for name, trigger in functions.items() if trigger.type == "httpTrigger"}
    assert {one["authLevel"].upper() for one in http.values()} == {"ANONYMOUS"}, "one guard, ours"
    assert {one["route"] for one in http.values()} == {
        *(operation.route for operation in OPERATIONS.values()),
        *OTHER_ROUTES,
    }
    for operation in OPERATIONS.values():
        registered = http[operation.function]
        assert (registered["route"], registered["methods"]) == (operation.route, [operation.method])


@WALK
@pytest.mark.parametrize("key", [None, "", "wrong", "LOCAL"])
async def test_without_a_valid_key_nothing_is_answered(
    app: RunningApp, operation: Operation[Any, Any], key: str | None
) -> None:
    if operation.guard is not Guard.CALLER:
        pytest.skip("passes by its link")
    path, more, _ = FOREIGN[operation.id]
    answer = await app.call(operation.method, path, key=key, **more)
    assert (answer.status, answer.json["error"]["code"]) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@WALK
async def test_a_key_opens_its_own_clinic_only(app: RunningApp, operation: Operation[Any, Any]) -> None:
    path, more, status = FOREIGN[operation.id]
    answer = await app.call(operation.method, path, key=OTHERS_KEY, **more)
    assert answer.status == status, answer.text
    assert CLINIC not in answer.text


async def test_a_clinic_that_does_not_exist_is_refused_like_another_clinics(app: RunningApp) -> None:
    answers = [
        await app.call("GET", f"/any/v1/messages?clinicId={clinic}", key=OTHERS_KEY) for clinic in (CLINIC, "nowhere")
    ]
    assert answers[0].text == answers[1].text
    assert (await app.call("GET", "/any/v1/worklist?clinicId=unassigned", key=OTHERS_KEY)).status == 403


@pytest.mark.parametrize(("method", "path", "status"), OPEN.values(), ids=OPEN)
async def test_open_routes_have_a_guard_of_their_own(app: RunningApp, method: str, path: str, status: int) -> None:
    assert (await app.call(method, path, key=None)).status == status


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


@pytest.fixture(scope="module")
async def reading_key(app: RunningApp) -> str:
    """Made now; it works within two seconds."""
    made = await app.services.keys.make("a screen in the corridor", [CLINIC], permissions=[Permission.READ])
    for _ in range(50):
        if (await app.call("GET", "/any/v1/messages", key=made.text)).status != 401:
            return made.text
        await asyncio.sleep(0.2)
    raise AssertionError("a new key did not come to work")


@WALK
async def test_a_key_that_may_only_read_changes_nothing(
    app: RunningApp, reading_key: str, operation: Operation[Any, Any]
) -> None:
    if operation.permission is Permission.READ or operation.guard is not Guard.CALLER:
        pytest.skip("changes nothing, or passes by its link")
    path, more, _ = FOREIGN[operation.id]
    answer = await app.call(operation.method, path, key=reading_key, **more)
    assert (answer.status, answer.json["error"]["code"]) == (403, "forbidden")
