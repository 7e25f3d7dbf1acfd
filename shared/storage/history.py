"""Who was written to, newest first: an index beside the messages, by patient and by address. A row is its key alone.

<clinic>_<shard> | <patient or address key>_<inverted milliseconds of scheduled_for>_<message id>
"""

from collections.abc import Sequence

from shared.domain.identity import MessageId
from shared.domain.message import Message
from shared.storage.instants import newest_first
from shared.storage.places import patient_partition
from shared.storage.rows import Row, Span


def history_rows(message: Message) -> Sequence[Row]:
    """By the patient, where we know one, and by the address."""
    placed = f"{newest_first(message.scheduled_for)}_{message.id}"
    keys = filter(None, (message.patient_key, message.address_key))
    return [Row(patient_partition(message.id.clinic_id, key), f"{key}_{placed}") for key in keys]


def history_span(clinic_id: str, key: str) -> Span:
    return Span.prefixed(patient_partition(clinic_id, key), f"{key}_")


def message_of(row: Row) -> MessageId:
    return MessageId.parse(row.key.split("_", 2)[2])
