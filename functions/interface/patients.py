"""Patients: finding one, and what they wish of a channel. Searches stand in the body, never in an address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, TypedDict

from annotated_types import Ge, Le, MaxLen

from functions.interface.fields import AT, ClinicId, Cursor, Flow
from functions.interface.operation import CONFIG, Method, Nothing, Operation
from functions.interface.times import time_text
from functions.interface.words import Visibility, Words
from shared.domain.clinic import Clinic
from shared.services.callers import Permission
from shared.storage.contract import ConsentMethod, ConsentRecord

if TYPE_CHECKING:
    from shared.services.staff.consent import Recorded
    from shared.services.staff.patient_view import PatientChannel, PatientView
    from shared.services.staff.patients import FoundPatients

MOST_PATIENTS = 50
DEFAULT_PATIENTS = 20


@dataclass(frozen=True, slots=True)
class LookUpQuery:
    __pydantic_config__: ClassVar = CONFIG

    top: Annotated[
        int,
        Ge(1),
        Le(MOST_PATIENTS),
        Words("Rows", f"How many patients a page may have, 1 to {MOST_PATIENTS}.", Visibility.ADVANCED),
    ] = DEFAULT_PATIENTS
    cursor: Cursor = ""


@dataclass(frozen=True, slots=True)
class LookUpBody:
    """A patientId, or a patientNumber, or a phone, a name or both of these."""

    __pydantic_config__: ClassVar = CONFIG

    patient_number: Annotated[
        str,
        MaxLen(200),
        Words("Patient number", "The patient's number in the clinic's own system, exactly.", Visibility.IMPORTANT),
    ] = ""
    phone: Annotated[
        str,
        MaxLen(200),
        Words("Phone", "A whole mobile number, in any form.", Visibility.IMPORTANT, sample="07700 900123"),
    ] = ""
    name: Annotated[
        str,
        MaxLen(200),
        Words("Name", "Whole words of the name, in any order; accents do not matter.", Visibility.IMPORTANT),
    ] = ""
    patient_id: Annotated[
        str, MaxLen(200), Words("Patient", "Or the id that another operation gave.", Visibility.ADVANCED)
    ] = ""
    clinic_id: ClinicId = ""


@dataclass(frozen=True, slots=True)
class WishBody:
    __pydantic_config__: ClassVar = CONFIG

    method: Annotated[
        ConsentMethod,
        Words("How they said so", "How the patient told you what they want.", Visibility.IMPORTANT),
    ]
    note: Annotated[
        str,
        MaxLen(2_000),
        Words("Note", "For the record; needed where somebody who has opted out wants messages again."),
    ] = ""
    channel: Annotated[
        str, MaxLen(20), Words("Channel", "Another channel than this one, such as wechat.", Visibility.ADVANCED)
    ] = ""
    clinic_id: ClinicId = ""


class PatientChannelAnswer(TypedDict):
    """How one channel stands with a patient."""

    channel: Annotated[str, Words("Channel", "The channel, such as whatsapp.")]
    contact: Annotated[str | None, Words("Contact", "The end of their number or account; empty: none is known.")]
    optedIn: Annotated[bool, Words("Opted in", "Whether they said yes to this channel.")]
    optedOut: Annotated[bool, Words("Opted out", "Whether they want no messages here: then none goes.")]
    held: Annotated[bool, Words("Held", "Whether a person must look at the worklist before anything goes.")]
    unreachable: Annotated[bool, Words("Unreachable", "Whether the provider said that messages do not arrive.")]
    freeTextUntil: Annotated[
        str | None, Words("Free text until", f"Until when you may answer in your own words; empty: not now. {AT}")
    ]


class WishAnswer(TypedDict):
    """A wish on record."""

    channel: Annotated[str, Words("Channel", "The channel it is about.")]
    optedIn: Annotated[bool, Words("Opted in", "Yes: they wanted messages; no: they wanted none.")]
    at: Annotated[str | None, Words("At", f"When it was recorded. {AT}")]
    method: Annotated[str, Words("Method", "How they said so.")]
    by: Annotated[str, Words("By", "Who recorded it.")]
    note: Annotated[str | None, Words("Note", "What was noted.")]


class PatientAnswer(TypedDict):
    """A patient, with as much as tells them apart from others."""

    id: Annotated[str, Words("Patient", "Opaque id of the patient.")]
    clinicId: Annotated[str, Words("Clinic", "The clinic whose patient it is.")]
    name: Annotated[str, Words("Name", "The name as the clinic's source gives it.")]
    birthday: Annotated[str | None, Words("Birthday", "Month and day of birth, such as 03-14; the year is not shown.")]
    language: Annotated[str | None, Words("Language", "The language they read, as the source gives it.")]
    nextAppointmentAt: Annotated[
        str | None, Words("Next appointment", f"The next one that a reminder was planned for. {AT}")
    ]
    channels: Annotated[list[PatientChannelAnswer], Words("Channels", "The clinic's channels, in its order.")]
    wishes: Annotated[list[WishAnswer], Words("Wishes", "What staff recorded of their wishes, newest first.")]


class PatientPage(Flow):
    """A page of patients."""

    value: Annotated[list[PatientAnswer], Words("Patients", "The patients of this page.")]
    tooMany: Annotated[bool, Words("Too many", "True where so many fit that none is shown.")]
    advice: Annotated[str | None, Words("Advice", "What to do where too many fit, or nobody.")]


class ChangedPatient(PatientAnswer):
    """A patient whose wish was recorded."""

    changed: Annotated[bool, Words("Changed", "False where it was so before: nothing was recorded twice.")]


PATIENT = {"patientId": Words("Patient", "Id of the patient, as finding a patient gives it.")}
LOOK_UP = Operation(
    id="LookUpPatient",
    method=Method.POST,
    path="patients/lookup",
    summary="Find a patient",
    description="Finds a clinic's patients by their number there, by phone, name or id. Numbers are shown masked.",
    permission=Permission.READ,
    query=LookUpQuery,
    body=LookUpBody,
    answer=PatientPage,
    errors=(404, 413, 415),
    any_channel=True,
)
OPT_IN = Operation(
    id="OptInPatient",
    method=Method.POST,
    path="patients/{patientId}/opt-in",
    summary="Record that a patient wants messages",
    description="Records a patient's yes to this channel, with who recorded it and how they said so.",
    permission=Permission.SEND,
    query=Nothing,
    body=WishBody,
    answer=ChangedPatient,
    errors=(404, 409, 413, 415),
    path_words=PATIENT,
)
OPT_OUT = Operation(
    id="OptOutPatient",
    method=Method.POST,
    path="patients/{patientId}/opt-out",
    summary="Record that a patient wants no messages",
    description="Records that a patient wants no messages on this channel. It binds at once; what waits does not go.",
    permission=Permission.SEND,
    query=Nothing,
    body=WishBody,
    answer=ChangedPatient,
    errors=(404, 409, 413, 415),
    path_words=PATIENT,
)
OPERATIONS = (LOOK_UP, OPT_IN, OPT_OUT)


def patient_page(found: FoundPatients) -> PatientPage:
    return {
        "value": [_patient(one, found.clinic) for one in found.patients],
        "tooMany": found.too_many,
        "advice": found.advice or None,
        "nextCursor": found.next_cursor or None,
    }


def changed_patient(done: Recorded) -> ChangedPatient:
    return {**_patient(done.patient, done.clinic), "changed": done.changed}


def _patient(patient: PatientView, clinic: Clinic) -> PatientAnswer:
    return {
        "id": patient.patient_id,
        "clinicId": clinic.id,
        "name": patient.name,
        "birthday": patient.born_on or None,
        "language": patient.language or None,
        "nextAppointmentAt": time_text(patient.next_appointment_at, clinic),
        "channels": [_channel(one, clinic) for one in patient.channels],
        "wishes": [_wish(one, clinic) for one in patient.wishes],
    }


def _channel(found: PatientChannel, clinic: Clinic) -> PatientChannelAnswer:
    return {
        "channel": found.channel,
        "contact": found.contact or None,
        "optedIn": found.opted_in,
        "optedOut": found.opted_out,
        "held": found.held,
        "unreachable": found.unreachable,
        "freeTextUntil": time_text(found.free_text_until, clinic),
    }


def _wish(wish: ConsentRecord, clinic: Clinic) -> WishAnswer:
    return {
        "channel": wish.channel,
        "optedIn": wish.opted_in,
        "at": time_text(wish.at, clinic),
        "method": wish.method,
        "by": wish.by,
        "note": wish.note or None,
    }
