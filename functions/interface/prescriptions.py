"""Prescription references: sent from a form or a flow, sent again, called back, listed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar, TypedDict

from annotated_types import MaxLen

from functions.interface import prescription_form
from functions.interface.fields import (
    AT,
    DEFAULT_ROWS,
    LONGEST_ID,
    Channel,
    ClinicId,
    Cursor,
    Flow,
    IdempotencyKey,
    Top,
)
from functions.interface.operation import CONFIG, Method, Nothing, Operation
from functions.interface.prescription_form import PrescriptionForm, Sender, ToChannel
from functions.interface.times import Explain, time_text
from functions.interface.words import Visibility, Words
from shared.domain.clinic import Clinic
from shared.domain.prescription.life import PrescriptionState
from shared.domain.prescription.reference import PrescriptionKind
from shared.services.callers import Permission
from shared.services.prescribing.limits import LONGEST_NOTE
from shared.storage.contract import Page

if TYPE_CHECKING:
    from shared.services.prescribing.order import PrescriptionOrder
    from shared.services.prescribing.resend import ResendOrder
    from shared.services.prescribing.revoke import Revoked
    from shared.services.prescribing.send import Sent
    from shared.services.prescribing.view import Moment, PrescriptionView

LastDigits = Annotated[
    str,
    MaxLen(3),
    Words("Last three digits", "Of the patient's number, typed by a person: they must be those it would go to."),
]
PrescriptionId = Words("Prescription", "Id of a prescription, as the list and a send give it.")


@dataclass(frozen=True, slots=True)
class SendBody(PrescriptionForm):
    preview_token: Annotated[
        str,
        MaxLen(LONGEST_ID),
        Words("Preview token", "Of the preview that a person has looked at; it lasts 15 minutes."),
    ] = ""
    last_digits: LastDigits = ""
    idempotency_key: IdempotencyKey = ""


@dataclass(frozen=True, slots=True)
class ResendBody:
    __pydantic_config__: ClassVar = CONFIG

    channel: ToChannel = ""
    sender: Sender = ""
    note: Annotated[str, MaxLen(LONGEST_NOTE), Words("Note", "Why it is sent again, for the record.")] = ""
    last_digits: LastDigits = ""
    idempotency_key: IdempotencyKey = ""


@dataclass(frozen=True, slots=True)
class RevokeBody:
    __pydantic_config__: ClassVar = CONFIG

    sender: Sender = ""
    note: Annotated[str, MaxLen(LONGEST_NOTE), Words("Note", "Why it is called back, for the record.")] = ""


@dataclass(frozen=True, slots=True)
class ListQuery:
    __pydantic_config__: ClassVar = CONFIG

    clinic_id: ClinicId = ""
    channel: Channel = ""
    top: Top = DEFAULT_ROWS
    cursor: Cursor = ""


class PrescriptionAnswer(TypedDict):
    """A prescription reference as lists show it: without the code but its last characters."""

    id: Annotated[str, Words("Prescription", "Opaque id of the prescription.")]
    clinicId: Annotated[str, Words("Clinic", "The clinic that sent it.")]
    patientId: Annotated[str, Words("Patient", "Opaque id of the patient.")]
    patientName: Annotated[str | None, Words("Patient name", "The patient's name as the clinic's source gives it.")]
    kind: Annotated[str, Words("Kind of code", "One of " + ", ".join(PrescriptionKind) + ".")]
    referenceEnd: Annotated[str, Words("End of the code", "The last four characters of the code.")]
    controlledDrug: Annotated[bool, Words("Controlled drug", "Whether it is a controlled drug.")]
    lastValidDay: Annotated[str, Words("Last valid day", "The last day on which a pharmacy may supply it.")]
    pharmacy: Annotated[str | None, Words("Pharmacy", "The pharmacy that was named.")]
    nominatedPharmacy: Annotated[bool, Words("Nominated", "Whether that pharmacy has it already.")]
    language: Annotated[str, Words("Language", "The language of the message.")]
    state: Annotated[str, Words("State", "One of " + ", ".join(PrescriptionState) + ".")]
    stateText: Annotated[str, Words("State in words", "What the state means and what to do.")]
    createdAt: Annotated[str | None, Words("Created at", f"When it was taken. {AT}")]
    sentBy: Annotated[str, Words("Sent by", "Who sent it.")]
    channel: Annotated[str | None, Words("Channel", "The channel of its latest message.")]
    messageId: Annotated[str | None, Words("Message", "Id of its latest message.")]
    messageState: Annotated[str | None, Words("Message state", "The state of that message.")]


class MomentAnswer(TypedDict):
    """One moment of its life."""

    at: Annotated[str | None, Words("At", f"When it happened. {AT}")]
    event: Annotated[str, Words("Event", "sent, resent, delivered, viewed, revoked or expired.")]
    by: Annotated[str | None, Words("By", "Who did it.")]
    messageId: Annotated[str | None, Words("Message", "The message it is about.")]
    note: Annotated[str | None, Words("Note", "What was noted.")]


class WholePrescription(PrescriptionAnswer):
    """A prescription reference with its code and its life."""

    reference: Annotated[str, Words("Prescription code", "The code as the patient reads it.")]
    prescriberRegistration: Annotated[str | None, Words("Prescriber registration", "The number that was given.")]
    events: Annotated[list[MomentAnswer], Words("Events", "All that happened to it, in order.")]


class SentPrescription(WholePrescription):
    """A prescription reference that was just taken."""

    repeat: Annotated[bool, Words("Repeat", "True where the same request came before: it is not sent again.")]
    warnings: Annotated[list[str], Words("Warnings", "What to know of it; it goes all the same.")]


class RevokedPrescription(WholePrescription):
    """A prescription reference that was called back."""

    repeat: Annotated[bool, Words("Repeat", "True where it was called back before.")]
    warnings: Annotated[list[str], Words("Warnings", "What had left already, and what to do about it.")]


class PrescriptionPage(Flow):
    """A page of prescription references."""

    value: Annotated[list[PrescriptionAnswer], Words("Prescriptions", "The prescriptions of this page, newest first.")]


SEND = Operation(
    id="SendPrescriptionReference",
    method=Method.POST,
    path="prescriptions",
    summary="Send a prescription reference",
    description="Sends a patient the code of a prescription, and a page that shows it at the pharmacy.",
    permission=Permission.SEND,
    query=Nothing,
    body=SendBody,
    answer=SentPrescription,
    status=202,
    errors=(404, 409, 413, 415, 422),
    auto_channel=True,
    visibility=Visibility.IMPORTANT,
)
RESEND = Operation(
    id="ResendPrescriptionReference",
    method=Method.POST,
    path="prescriptions/{id}/resend",
    summary="Send a prescription reference again",
    description="Sends the same code once more, to the patient as they are known now.",
    permission=Permission.SEND,
    query=Nothing,
    body=ResendBody,
    answer=SentPrescription,
    status=202,
    errors=(404, 409, 413, 415, 422),
    auto_channel=True,
    path_words={"id": PrescriptionId},
)
REVOKE = Operation(
    id="RevokePrescriptionReference",
    method=Method.POST,
    path="prescriptions/{id}/revoke",
    summary="Call a prescription reference back",
    description="Closes the patient's page and stops a message that waits; what was delivered stays with the patient.",
    permission=Permission.SEND,
    query=Nothing,
    body=RevokeBody,
    answer=RevokedPrescription,
    errors=(404, 413, 415),
    any_channel=True,
    path_words={"id": PrescriptionId},
)
LIST = Operation(
    id="ListPrescriptionReferences",
    method=Method.GET,
    path="prescriptions",
    summary="List prescription references",
    description="Lists the prescription references that were sent, newest first.",
    permission=Permission.READ,
    query=ListQuery,
    body=Nothing,
    answer=PrescriptionPage,
    errors=(404,),
    any_channel=True,
)
READ = Operation(
    id="GetPrescriptionReference",
    method=Method.GET,
    path="prescriptions/{id}",
    summary="Get a prescription reference",
    description="Gets one prescription reference with its code and its life.",
    permission=Permission.READ,
    query=Nothing,
    body=Nothing,
    answer=WholePrescription,
    errors=(404,),
    any_channel=True,
    path_words={"id": PrescriptionId},
)
OPERATIONS = (SEND, LIST, READ, RESEND, REVOKE)


def order_of(body: SendBody, channel: str, idempotency_key: str) -> PrescriptionOrder:
    """The form's wishes, and what shows that a person has looked at them."""
    return replace(
        prescription_form.order_of(body, channel),
        preview_token=body.preview_token,
        last_digits=body.last_digits,
        idempotency_key=idempotency_key,
    )


def resend_of(prescription_id: str, body: ResendBody, channel: str, idempotency_key: str) -> ResendOrder:
    from shared.services.prescribing.resend import ResendOrder

    return ResendOrder(prescription_id, channel, body.sender, body.note, body.last_digits, idempotency_key)


def prescription_answer(view: PrescriptionView, clinic: Clinic, explain: Explain) -> PrescriptionAnswer:
    one, latest = view.prescription, view.latest
    return {
        "id": one.public_id,
        "clinicId": one.clinic_id,
        "patientId": one.patient_key,
        "patientName": one.patient_name or None,
        "kind": one.reference.kind,
        "referenceEnd": one.reference.code[-4:],
        "controlledDrug": one.controlled,
        "lastValidDay": one.last_day.isoformat(),
        "pharmacy": one.pharmacy or None,
        "nominatedPharmacy": one.nominated,
        "language": one.language,
        "state": view.state,
        "stateText": explain(("prescription_state",), view.state, clinic),
        "createdAt": time_text(one.created_at, clinic),
        "sentBy": one.sent_by,
        "channel": latest[0].channel if latest else None,
        "messageId": str(latest[0].id) if latest else None,
        "messageState": latest[1].state if latest else None,
    }


def whole_prescription(view: PrescriptionView, clinic: Clinic, explain: Explain) -> WholePrescription:
    one = view.prescription
    return {
        **prescription_answer(view, clinic, explain),
        "reference": one.reference.shown,
        "prescriberRegistration": one.registration or None,
        "events": [_moment(moment, clinic) for moment in view.moments],
    }


def sent_prescription(done: Sent, explain: Explain) -> SentPrescription:
    whole = whole_prescription(done.view, done.clinic, explain)
    return {**whole, "repeat": done.repeat, "warnings": list(done.warnings)}


def revoked_prescription(done: Revoked, explain: Explain) -> RevokedPrescription:
    whole = whole_prescription(done.view, done.clinic, explain)
    return {**whole, "repeat": done.repeat, "warnings": list(done.warnings)}


def prescription_page(page: Page[PrescriptionView], clinic: Clinic, explain: Explain) -> PrescriptionPage:
    rows = [prescription_answer(view, clinic, explain) for view in page.items]
    return {"value": rows, "nextCursor": page.next_cursor or None}


def _moment(moment: Moment, clinic: Clinic) -> MomentAnswer:
    return {
        "at": time_text(moment.at, clinic),
        "event": moment.name,
        "by": moment.by or None,
        "messageId": str(moment.message_id) if moment.message_id else None,
        "note": moment.note or None,
    }
