"""Previews: exactly what a patient would read, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar, TypedDict

from annotated_types import MaxLen

from functions.interface.fields import AT, ClinicId, one_day
from functions.interface.operation import CONFIG, Method, Nothing, Operation
from functions.interface.prescriptions import Kind, PatientId, PatientNumber, Reference, Sender, ToChannel
from functions.interface.times import time_text
from functions.interface.words import Visibility, Words
from shared.services.callers import Permission
from shared.services.prescribing.limits import LONGEST_PHARMACY, LONGEST_TEXT

if TYPE_CHECKING:
    from shared.services.prescribing.order import PrescriptionOrder
    from shared.services.prescribing.preview import OtherWay, Previewed, TextOrder


class Purpose(StrEnum):
    PRESCRIPTION = "prescription_reference"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class PreviewBody:
    """The fields of the send that follows; those of the other purpose are left out."""

    __pydantic_config__: ClassVar = CONFIG

    purpose: Annotated[
        Purpose,
        Words(
            "Purpose",
            "What is to be sent.",
            Visibility.IMPORTANT,
            names={Purpose.PRESCRIPTION: "Prescription reference", Purpose.TEXT: "Free text"},
        ),
    ] = Purpose.PRESCRIPTION
    clinic_id: ClinicId = ""
    patient_id: PatientId = ""
    patient_number: PatientNumber = ""
    text: Annotated[str, MaxLen(LONGEST_TEXT), Words("Text", "The words, where the purpose is text.")] = ""
    reference: Reference = ""
    kind: Kind = None
    controlled_drug: Annotated[bool, Words("Controlled drug", "Yes: the code holds for 28 days only.")] = False
    pharmacy: Annotated[str, MaxLen(LONGEST_PHARMACY), Words("Pharmacy", "Where to go with the code.")] = ""
    nominated_pharmacy: Annotated[bool, Words("Nominated", "Yes: that pharmacy has the prescription already.")] = False
    language: Annotated[str, MaxLen(10), Words("Language", "One of the clinic's languages.")] = ""
    channel: ToChannel = ""
    sender: Sender = ""
    prescribed_on: Annotated[date | None, *one_day("Prescribed on", "The date of the prescription.")] = None
    last_valid_day: Annotated[date | None, *one_day("Last valid day", "An earlier day than the law's own.")] = None
    prescriber_registration: Annotated[str, MaxLen(30), Words("Prescriber registration", "Needed in India.")] = ""


class OtherAnswer(TypedDict):
    """How it would read by another channel that may be used for the patient."""

    channel: Annotated[str, Words("Channel", "The channel.")]
    shownTo: Annotated[str, Words("Goes to", "The number without its last digits, or the channel's name.")]
    text: Annotated[str, Words("Text", "Exactly what the patient would read.")]
    parts: Annotated[int, Words("Parts", "How many messages it counts as.")]
    cost: Annotated[str, Words("Cost", "What the provider counts it as.")]


class PreviewAnswer(TypedDict):
    """What the form shows before its button is pressed."""

    purpose: Annotated[str, Words("Purpose", "What would be sent.")]
    clinicId: Annotated[str, Words("Clinic", "The clinic that would send it.")]
    patientId: Annotated[str, Words("Patient", "Opaque id of the patient.")]
    patientName: Annotated[str | None, Words("Patient name", "Compare it with the person before you.")]
    birthDate: Annotated[str | None, Words("Birth date", "Compare it with the person before you.")]
    channel: Annotated[str, Words("Channel", "The channel it would go by.")]
    shownTo: Annotated[str, Words("Goes to", "The number without its last digits, or the channel's name.")]
    asksLastDigits: Annotated[bool, Words("Asks for digits", "Whether the send needs the number's last three digits.")]
    language: Annotated[str, Words("Language", "The language it is written in.")]
    text: Annotated[str, Words("Text", "Exactly what the patient would read.")]
    parts: Annotated[int, Words("Parts", "How many messages it counts as.")]
    cost: Annotated[str, Words("Cost", "What the provider counts it as, such as 1 utility message.")]
    reference: Annotated[str | None, Words("Prescription code", "In its one form; the send carries it.")]
    kind: Annotated[str | None, Words("Kind of code", "The kind it was read as.")]
    lastValidDay: Annotated[str | None, Words("Last valid day", "The day that the message states.")]
    warnings: Annotated[list[str], Words("Warnings", "What to look at twice.")]
    others: Annotated[list[OtherAnswer], Words("Other channels", "How it would read there.")]
    token: Annotated[str, Words("Preview token", "The send that follows carries it as previewToken.")]
    expiresAt: Annotated[str | None, Words("Expires at", f"Until when the token may be used. {AT}")]


PREVIEW = Operation(
    id="PreviewMessage",
    method=Method.POST,
    path="previews",
    summary="Preview a message",
    description="Shows exactly what a patient would read, and where it would go; sends nothing.",
    permission=Permission.SEND,
    query=Nothing,
    body=PreviewBody,
    answer=PreviewAnswer,
    errors=(404, 409, 413, 415),
    auto_channel=True,
)
OPERATIONS = (PREVIEW,)


def order_of(body: PreviewBody, channel: str) -> PrescriptionOrder:
    from shared.services.prescribing.order import PrescriptionOrder

    return PrescriptionOrder(
        clinic_id=body.clinic_id,
        patient_id=body.patient_id,
        patient_number=body.patient_number,
        reference=body.reference,
        kind=body.kind or "",
        controlled=body.controlled_drug,
        pharmacy=body.pharmacy,
        nominated=body.nominated_pharmacy,
        language=body.language,
        channel=channel,
        sender=body.sender,
        appropriate_day=body.prescribed_on,
        last_valid_day=body.last_valid_day,
        registration=body.prescriber_registration,
    )


def text_of(body: PreviewBody, channel: str) -> TextOrder:
    from shared.services.prescribing.preview import TextOrder

    return TextOrder(body.clinic_id, body.patient_id, body.patient_number, channel, body.text)


def preview_answer(purpose: Purpose, seen: Previewed) -> PreviewAnswer:
    made, one = seen.prepared, seen.prepared.prescription
    return {
        "purpose": purpose,
        "clinicId": made.clinic.id,
        "patientId": made.contact.patient_key,
        "patientName": made.contact.name or None,
        "birthDate": made.contact.birth_on.isoformat() if made.contact.birth_on else None,
        "channel": made.way.channel.channel,
        "shownTo": made.shown_to,
        "asksLastDigits": made.asks_digits,
        "language": made.language,
        "text": made.text,
        "parts": made.charge.parts,
        "cost": made.charge.words,
        "reference": one.reference.shown if one else None,
        "kind": one.reference.kind if one else None,
        "lastValidDay": one.last_day.isoformat() if one else None,
        "warnings": list(made.warnings),
        "others": [_other(way) for way in seen.others],
        "token": seen.token,
        "expiresAt": time_text(seen.until, made.clinic),
    }


def _other(way: OtherWay) -> OtherAnswer:
    return {
        "channel": way.channel,
        "shownTo": way.shown_to,
        "text": way.text,
        "parts": way.charge.parts,
        "cost": way.charge.words,
    }
