"""The form of a prescription, as it is looked at first and sent then: the same fields, in the same words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, ClassVar

from annotated_types import MaxLen

from functions.interface.fields import LONGEST_ID, ClinicId, one_day
from functions.interface.operation import CONFIG
from functions.interface.words import Visibility, Words
from shared.domain.prescription.reference import PrescriptionKind
from shared.services.prescribing.limits import LONGEST_PHARMACY, LONGEST_SENDER

if TYPE_CHECKING:
    from shared.services.prescribing.order import PrescriptionOrder

PatientId = Annotated[
    str, MaxLen(40), Words("Patient", "Opaque id of the patient, as lists give it.", Visibility.IMPORTANT)
]
PatientNumber = Annotated[
    str,
    MaxLen(LONGEST_ID),
    Words("Patient number", "The number of the patient in the clinic's own system, instead.", Visibility.ADVANCED),
]
Reference = Annotated[
    str,
    MaxLen(60),
    Words(
        "Prescription code",
        "As it stands on the prescription, in any case, with or without hyphens.",
        Visibility.IMPORTANT,
        sample="24F5DA-A83008-7EFE6Z",
    ),
]
Kind = Annotated[
    PrescriptionKind | None,
    Words(
        "Kind of code",
        "Left empty, the clinic's usual one.",
        names={
            PrescriptionKind.NHS_EPS: "NHS electronic prescription (EPS)",
            PrescriptionKind.CLINIC_CODE: "Code of the clinic",
            PrescriptionKind.CHINA: "Mainland China",
            PrescriptionKind.INDIA: "India",
        },
    ),
]
ToChannel = Annotated[
    str,
    MaxLen(20),
    Words("Channel", "whatsapp, wechat, or auto for the first way by which the patient may be reached."),
]
Sender = Annotated[str, MaxLen(LONGEST_SENDER), Words("Sender", "Who sits at the form; kept with the prescription.")]


@dataclass(frozen=True, slots=True)
class PrescriptionForm:
    __pydantic_config__: ClassVar = CONFIG

    clinic_id: ClinicId = ""
    patient_id: PatientId = ""
    patient_number: PatientNumber = ""
    reference: Reference = ""
    kind: Kind = None
    controlled_drug: Annotated[
        bool, Words("Controlled drug", "Yes: the code holds for 28 days only (in GB, Schedules 2, 3 and 4).")
    ] = False
    pharmacy: Annotated[
        str, MaxLen(LONGEST_PHARMACY), Words("Pharmacy", "Where to go with the code; left empty, the clinic's words.")
    ] = ""
    nominated_pharmacy: Annotated[bool, Words("Nominated", "Yes: that pharmacy has the prescription already.")] = False
    language: Annotated[
        str, MaxLen(10), Words("Language", "One of the clinic's languages; left empty, the patient's own.")
    ] = ""
    channel: ToChannel = ""
    sender: Sender = ""
    prescribed_on: Annotated[
        date | None,
        *one_day("Prescribed on", "The later of signature and first day of supply; left empty, today."),
    ] = None
    last_valid_day: Annotated[
        date | None, *one_day("Last valid day", "An earlier day than the law's own; left empty, as the law says.")
    ] = None
    prescriber_registration: Annotated[
        str, MaxLen(30), Words("Prescriber registration", "Registration number of the prescriber; needed in India.")
    ] = ""


def order_of(form: PrescriptionForm, channel: str) -> PrescriptionOrder:
    """What the form asks for."""
    from shared.services.prescribing.order import PrescriptionOrder

    return PrescriptionOrder(
        clinic_id=form.clinic_id,
        patient_id=form.patient_id,
        patient_number=form.patient_number,
        reference=form.reference,
        kind=form.kind or "",
        controlled=form.controlled_drug,
        pharmacy=form.pharmacy,
        nominated=form.nominated_pharmacy,
        language=form.language,
        channel=channel,
        sender=form.sender,
        appropriate_day=form.prescribed_on,
        last_valid_day=form.last_valid_day,
        registration=form.prescriber_registration,
    )
