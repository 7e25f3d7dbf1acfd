"""Prescription references over HTTP: the form's way, and what a maker of flows sees."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from infra.local.azurite import Azurite
from tests.functions.conftest import CLINIC, CLINICS_KEY, OTHERS_KEY, RunningApp
from tests.functions.form import Form, forms, patient_id


@pytest.fixture(scope="module")
async def form(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Form]:
    async with forms(azurite.empty_account(), tmp_path_factory.mktemp("prescriptions")) as opened:
        yield opened


@pytest.fixture
def app(form: Form) -> RunningApp:
    return form.app


async def test_the_form_shows_what_would_go_and_to_whom(form: Form) -> None:
    seen = (await form.preview(reference="24f5da a83008 7efe6z", pharmacy="Quill Lane")).json
    assert (seen["patientName"], seen["birthDate"], seen["shownTo"]) == (
        "Quentin Quillfeather", "1980-01-01", "+4477••••••••",
    )  # fmt: skip
    assert (seen["reference"], seen["cost"], seen["asksLastDigits"]) == (
        "24F5DA-A83008-7EFE6Z", "1 utility message", True,
    )  # fmt: skip
    assert "Show this at Quill Lane." in seen["text"]


async def test_a_prescription_goes_its_way_from_the_form_to_the_page(form: Form, app: RunningApp) -> None:
    sent, path = await form.delivered(sender="Nurse Ada", controlledDrug=True)
    assert (sent["state"], sent["repeat"], sent["sentBy"]) == ("waiting", False, "nurses of ward-7: Nurse Ada")
    read = (await app.call("GET", f"/any/v1/prescriptions/{sent['id']}", key=CLINICS_KEY)).json
    assert (read["state"], read["messageState"]) == ("delivered", "read")
    assert [event["event"] for event in read["events"]] == ["sent", "delivered"]
    page = await app.call("POST", path, key=None, data={})
    assert page.status == 200
    assert "24F5DA" in page.text
    read = (await app.call("GET", f"/any/v1/prescriptions/{sent['id']}", key=CLINICS_KEY)).json
    assert (read["state"], read["reference"]) == ("viewed", "24F5DA-A83008-7EFE6Z")
    message = (await app.call("GET", f"/any/v1/messages/{read['messageId']}", key=CLINICS_KEY)).json
    assert (message["kind"], message["state"]) == ("prescription", "read")


async def test_the_list_shows_no_code_but_its_end(form: Form, app: RunningApp) -> None:
    sent, _ = await form.delivered(reference="8DB7CE-A83008-32478+")
    page = (await app.call("GET", "/any/v1/prescriptions?top=1", key=CLINICS_KEY)).json
    [row] = page["value"]
    assert (row["id"], row["referenceEnd"], row["clinicId"]) == (sent["id"], "478+", CLINIC)
    assert "8DB7CE" not in str(page)
    rest = await app.call("GET", f"/any/v1/prescriptions?cursor={page['nextCursor']}", key=CLINICS_KEY)
    assert sent["id"] not in rest.text


async def test_pressed_twice_it_is_one(form: Form, app: RunningApp) -> None:
    fields: dict[str, Any] = {"reference": "15783D-0RWH20-9A1E1O", "idempotencyKey": "press-1"}
    body = {"patientId": patient_id("P-8959"), "channel": "auto", **fields}
    seen = (
        await app.call("POST", "/whatsapp/v1/previews", key=CLINICS_KEY, json={**body, "idempotencyKey": None})
    ).json
    sending = {**body, "previewToken": seen["token"], "lastDigits": "559"}
    answers = [
        (await app.call("POST", "/whatsapp/v1/prescriptions", key=CLINICS_KEY, json=sending)).json for _ in range(3)
    ]
    assert [answer["repeat"] for answer in answers] == [False, True, True]
    assert len({answer["id"] for answer in answers}) == 1


async def test_sent_again_and_called_back(form: Form, app: RunningApp) -> None:
    sent, path = await form.delivered(reference="FC6D78-A83008-EDF7BI")
    own = f"/whatsapp/v1/prescriptions/{sent['id']}"
    again = await app.call(
        "POST", f"{own}/resend", key=CLINICS_KEY, json={"lastDigits": sent["digits"], "note": "asked"}
    )
    assert (again.status, [event["event"] for event in again.json["events"]][-1]) == (202, "resent")
    wrong = {"note": "wrong patient"}
    back = await app.call("POST", f"{own}/revoke", key=CLINICS_KEY, json=wrong)
    assert (back.status, back.json["state"]) == (200, "revoked")
    assert any("cannot be called back" in warning for warning in back.json["warnings"]), back.text
    assert (await app.call("GET", path, key=None)).status == 410
    refused = await app.call("POST", f"{own}/resend", key=CLINICS_KEY, json={"lastDigits": sent["digits"]})
    assert (refused.status, refused.json["error"]["code"]) == (409, "revoked")


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        ({"reference": "24F5DA-A83008-7EFE6A"}, 400, "reference"),
        ({"lastValidDay": "soon"}, 400, "lastValidDay"),
        ({"lastValidDay": "2099-01-01"}, 400, "lastValidDay"),
        ({"drug": "anything"}, 400, "drug"),
        ({"controlledDrug": "yes"}, 400, "controlledDrug"),
        ({"patientId": "a" * 26}, 409, ""),
        ({"channel": "telex"}, 404, ""),
        ({"kind": "china"}, 409, ""),
        ({"clinicId": "lakeside"}, 403, ""),
    ],
    ids=str,
)
async def test_what_is_wrong_is_named(form: Form, fields: dict[str, Any], status: int, field: str) -> None:
    answer = await form.preview(**fields)
    assert answer.status == status, answer.text
    details = answer.json["error"]["details"]
    assert [detail["field"] for detail in details] == ([field] if field else [])
    assert "24F5DA" not in answer.text


async def test_wrong_digits_are_a_clear_answer_and_nothing_goes(form: Form, app: RunningApp) -> None:
    before = len(app.whatsapp.ledger.entries)
    answer = await form.send(digits="999", reference="2D35F7-ZA0448-11E88Z")
    assert (answer.status, answer.json["error"]["code"]) == (409, "last_digits")
    await app.settled()
    assert len(app.whatsapp.ledger.entries) == before


async def test_a_patient_on_wechat_gets_the_page_by_tapping(form: Form, app: RunningApp) -> None:
    person = patient_id("P-8003")
    seen = (await form.preview(patientId=person, channel="wechat")).json
    assert (seen["shownTo"], seen["asksLastDigits"]) == ("WeChat", False)
    answer = await form.send(digits="", patientId=person, channel="wechat")
    assert answer.status == 202, answer.text
    await app.settled()
    entry = app.wechat.ledger.received("oOttoline_follower_8003")[-1]
    assert (await app.call("GET", entry.url.partition("/api")[2], key=None)).status == 200


async def test_free_text_is_previewed_too(form: Form) -> None:
    seen = (await form.preview(purpose="text", text="Please phone us.", reference="")).json
    assert (seen["text"], seen["cost"], seen["reference"]) == ("Please phone us.", "1 service message", None)


async def test_another_clinics_prescription_is_not_there(form: Form, app: RunningApp) -> None:
    sent, _ = await form.delivered(reference="0B2DEB-0RRERP-DFDFDY")
    for method, rest, more in (
        ("GET", "", {}),
        ("POST", "/resend", {"json": {"lastDigits": "401"}}),
        ("POST", "/revoke", {"json": {}}),
    ):
        path = f"/whatsapp/v1/prescriptions/{sent['id']}{rest}"
        answer = await app.call(method, path, key=OTHERS_KEY, **more)
        assert (answer.status, CLINIC in answer.text) == (404, False)
