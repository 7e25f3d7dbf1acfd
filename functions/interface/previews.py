"""Previews: exactly what a patient would read, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypedDict

from annotated_types import MaxLen

from functions.interface.fields import AT
from functions.interface.operation import Method, Nothing, Operation
from functions.interface.prescription_form import PrescriptionForm
from functions.interface.times import time_text
from functions.interface.words import Visibility, Words
from shared.services.callers import Permission
from shared.services.prescribing.limits import LONGEST_TEXT

if TYPE_CHECKING:
    from shared.services.prescribing.preview import OtherWay, Previewed, TextOrder


class Purpose(StrEnum):
    PRESCRIPTION = "prescription_reference"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class PreviewBody(PrescriptionForm):
    """The fields of the send that follows; those of the other purpose are left out."""

    purpose: Annotated[
        Purpose,
        Words(
            "Purpose",
            "What is to be sent.",
            Visibility.IMPORTANT,
            names={Purpose.PRESCRIPTION: "Prescription reference", Purpose.TEXT: "Free text"},
        ),
    ] = Purpose.PRESCRIPTION
    text: Annotated[str, MaxLen(LONGEST_TEXT), Words("Text", "The words, where the purpose is text.")] = ""


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
