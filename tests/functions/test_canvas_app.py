"""The canvas app used by a nurse, against the running app: its own formulas, pressed button by button."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from infra.local.azurite import Azurite
from tests.functions.canvas import opened
from tests.functions.form import Form, forms
from tests.power_platform.machine import RETRIES, losing_answers
from tests.power_platform.pressing import Screen

REFERENCE = "24F5DA-A83008-7EFE6Z"
LISTS = {
    "Sent": "lblSentProblem", "ToSend": "lblToSendProblem", "Appointments": "lblApptProblem",
    "Worklist": "lblWorkProblem", "Insights": "lblInsProblem",
}  # fmt: skip


@pytest.fixture(scope="module")
async def form(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Form]:
    async with forms(azurite.empty_account(), tmp_path_factory.mktemp("canvas")) as opened:
        yield opened


@pytest.fixture
async def screen(form: Form) -> Screen:
    return await opened(form.app)


async def find(screen: Screen, person: int) -> None:
    """The patient with this number of the crowd is chosen."""
    await screen.press("btnHomePrescription")
    screen.choose("drpRxSearchBy", value="phone")
    screen.type("txtRxSearch", f"07700 900{person - 8400}")
    await screen.press("btnRxFind")
    [patient] = screen.names["colPatients"]
    await screen.press("btnRxChoose", ThisItem=patient)


async def previewed(screen: Screen, person: int) -> None:
    await find(screen, person)
    screen.type("txtRxReference", REFERENCE)
    await screen.press("btnRxPreview")
    assert screen.open == "PrescriptionConfirm", screen.notified


def number(person: int) -> str:
    return f"+447700900{person - 8400}"


async def arrived(form: Form, person: int, message_id: str) -> int:
    """How many messages the patient got, once this one has arrived."""
    assert await form._link(number(person), message_id)
    return len(form.app.whatsapp.ledger.of(number(person)))


async def test_a_nurse_sends_a_prescription_code_and_follows_it(form: Form, screen: Screen) -> None:
    await find(screen, 8951)
    assert "Quentin Quillfeather" in screen.read("lblRxChosen")
    await screen.press("btnRxPreview")
    assert screen.read("lblRxReferenceProblem") == "✕ Write the prescription code."
    screen.type("txtRxReference", "24F5DA-A83008-7EFE6A")
    await screen.press("btnRxPreview")
    assert "check" in screen.read("lblRxReferenceProblem")
    assert screen.read("lblRxReferenceProblem") in screen.read("lblRxSummary")
    screen.type("txtRxReference", REFERENCE.lower())
    await screen.press("btnRxPreview")
    assert screen.open == "PrescriptionConfirm"
    assert (screen.read("lblConfirmPatient"), screen.read("lblConfirmBorn")) == (
        "Patient: Quentin Quillfeather", "Date of birth: 1 January 1980",
    )  # fmt: skip
    assert "551" not in screen.read("lblConfirmTo")
    assert REFERENCE in screen.read("lblConfirmText")
    await screen.press("btnConfirmSend")
    assert "last three digits" in screen.read("lblConfirmDigitsProblem")
    screen.type("txtConfirmDigits", "552")
    await screen.press("btnConfirmSend")
    assert screen.read("lblConfirmDone") == ""
    screen.type("txtConfirmDigits", "551")
    await screen.press("btnConfirmSend")
    assert screen.read("lblConfirmDone").startswith("It was taken.")
    with pytest.raises(AssertionError, match="nobody could press"):
        await screen.press("btnConfirmSend")
    await screen.press("btnConfirmSee")
    assert (screen.open, screen.read("lblDetailRxCode")) == ("MessageDetail", REFERENCE)
    screen.type("txtDetailNote", "Wrong patient")
    await screen.press("btnDetailRevoke")
    assert screen.names["varPrescription"]["state"] == "revoked"


async def test_a_press_whose_answer_got_lost_and_the_next_are_one_message(form: Form, screen: Screen) -> None:
    await previewed(screen, 8952)
    screen.type("txtConfirmDigits", "552")
    whatsapp = screen.connections["WhatsApp"]
    whatsapp.send = losing_answers(whatsapp.send, RETRIES + 1)
    await screen.press("btnConfirmSend")
    assert "No answer" in screen.read("lblConfirmProblem")
    assert screen.read("lblConfirmDone") == ""
    await screen.press("btnConfirmSend")
    assert screen.read("lblConfirmDone").startswith("This form was sent before")
    assert await arrived(form, 8952, screen.names["varRxSent"]["messageId"]) == 1
    await screen.press("btnConfirmNew")
    assert (screen.names["varPatient"], screen.names["txtRxReference"]) == (None, {"Text": ""})


@pytest.mark.parametrize("list_screen", sorted(LISTS))
async def test_every_list_loads_without_a_problem(screen: Screen, list_screen: str) -> None:
    await screen.press(f"btnHome{list_screen}")
    assert screen.open == list_screen
    assert (screen.read(LISTS[list_screen]), screen.notified, screen.names["locBusy"]) == ("", [], False)


async def test_why_no_reminder_goes_is_said_in_words(screen: Screen) -> None:
    await screen.press("btnHomeAppointments")
    rows = screen.names["colAppt"]
    assert rows
    assert all(row["reasonText"] for row in rows if row["decision"] == "skipped")


async def test_an_item_is_resolved_with_a_note(form: Form, screen: Screen) -> None:
    asked = "Is there a car park nearby?"
    await previewed(screen, 8953)
    screen.type("txtConfirmDigits", "553")
    await screen.press("btnConfirmSend")
    assert await arrived(form, 8953, screen.names["varRxSent"]["messageId"]) == 1
    await form.app.whatsapp.patients.write(number(8953), asked)
    await form.app.settled()
    await screen.press("btnHomeWorklist")
    [item] = [row for row in screen.names["colWork"] if row["said"] == asked]
    await screen.press("btnWorkChoose", ThisItem=item)
    assert asked in screen.read("lblWorkItemSaid")
    await screen.press("btnWorkResolve")
    assert screen.read("lblWorkNoteProblem") == "✕ Write down why."
    screen.choose("drpWorkResolution", value=screen.names["varWork"]["resolutions"][0]["Value"])
    screen.type("txtWorkNote", "Phoned")
    await screen.press("btnWorkResolve")
    assert (screen.names["varWork"]["state"], screen.read("lblWorkSaid")) == ("resolved", "✓ Saved.")
