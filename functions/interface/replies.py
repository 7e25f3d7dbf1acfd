"""What a member of staff writes to a patient."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import MaxLen, MinLen

from functions.interface.fields import LONGEST_ID, ClinicId, IdempotencyKey, SendingChannel
from functions.interface.messages import SentAnswer
from functions.interface.operation import CONFIG, Method, Nothing, Operation
from functions.interface.words import Visibility, Words
from shared.services.callers import Permission


@dataclass(frozen=True, slots=True)
class ReplyBody:
    """To exactly one of worklistId, messageId and patientId."""

    __pydantic_config__: ClassVar = CONFIG

    text: Annotated[
        str,
        MinLen(1),
        MaxLen(4096),
        Words("Text", "What the patient reads.", Visibility.IMPORTANT, sample="Please bring your tablets."),
    ]
    worklist_id: Annotated[
        str,
        MaxLen(LONGEST_ID),
        Words("Worklist item", "The item that it answers; it goes to where the words came from.", Visibility.IMPORTANT),
    ] = ""
    message_id: Annotated[
        str, MaxLen(LONGEST_ID), Words("Message", "Or a message of ours: it goes to who got that one.")
    ] = ""
    patient_id: Annotated[
        str, MaxLen(LONGEST_ID), Words("Patient", "Or a patient, by the id that finding a patient gives.")
    ] = ""
    resolve: Annotated[bool, Words("Resolve the item", "Yes: the worklist item is done with this reply.")] = False
    channel: SendingChannel = ""
    clinic_id: ClinicId = ""
    idempotency_key: IdempotencyKey = ""


REPLY = Operation(
    id="SendTextReply",
    method=Method.POST,
    path="replies",
    summary="Reply to a patient",
    description="Sends free text to somebody who wrote on the channel a short while ago; else it says what to do.",
    permission=Permission.SEND,
    query=Nothing,
    body=ReplyBody,
    answer=SentAnswer,
    status=202,
    errors=(404, 409, 413, 415, 422),
    auto_channel=True,
)
OPERATIONS = (REPLY,)
