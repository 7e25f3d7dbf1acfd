"""A patient's messages, newest first: an index beside the messages. A row is its key alone.

<clinic>_<patient shard> | <patient key>_<inverted milliseconds of scheduled_for>_<message id>
"""

from shared.domain.identity import MessageId
from shared.domain.message import Message
from shared.storage.instants import newest_first
from shared.storage.places import patient_partition
from shared.storage.rows import Row, Span


def history_row(message: Message) -> Row:
    """Only for a message to a patient that we know."""
    partition = patient_partition(message.id.clinic_id, message.patient_key)
    return Row(partition, f"{message.patient_key}_{newest_first(message.scheduled_for)}_{message.id}")


def history_span(clinic_id: str, patient_key: str) -> Span:
    return Span.prefixed(patient_partition(clinic_id, patient_key), f"{patient_key}_")


def message_of(row: Row) -> MessageId:
    return MessageId.parse(row.key.split("_", 2)[2])
