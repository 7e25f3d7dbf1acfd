"""A reminder of one appointment."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import MaxLen, MinLen

from functions.interface.fields import LONGEST_ID, ClinicId, IdempotencyKey, SendingChannel
from functions.interface.messages import SentAnswer
from functions.interface.operation import CONFIG, Method, Nothing, Operation
from functions.interface.words import Visibility, Words
from shared.services.callers import Permission


@dataclass(frozen=True, slots=True)
class RemindBody:
    __pydantic_config__: ClassVar = CONFIG

    appointment_id: Annotated[
        str,
        MinLen(1),
        MaxLen(LONGEST_ID),
        Words(
            "Appointment",
            "The id of the appointment in the clinic's own system.",
            Visibility.IMPORTANT,
            sample="A-1",
        ),
    ]
    hours_before: Annotated[
        float | None, Words("Hours before", "How many hours before the appointment, 2 to 72; left empty, now.")
    ] = None
    send_at: Annotated[
        str,
        MaxLen(40),
        Words("Send at", "A time with its offset instead, such as 2026-11-24T10:00:00+00:00; left empty, now."),
    ] = ""
    channel: SendingChannel = ""
    clinic_id: ClinicId = ""
    idempotency_key: IdempotencyKey = ""


REMIND = Operation(
    id="SendAppointmentReminder",
    method=Method.POST,
    path="reminders",
    summary="Send an appointment reminder",
    description="Reminds the patient of one appointment, now or at a time. In quiet hours it goes when they end.",
    permission=Permission.SEND,
    query=Nothing,
    body=RemindBody,
    answer=SentAnswer,
    status=202,
    errors=(404, 409, 413, 415, 422),
    auto_channel=True,
)
OPERATIONS = (REMIND,)
