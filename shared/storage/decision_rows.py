"""Decisions on appointments as rows, and back.

<clinic>_<yyyymmdd><shard> | d_<appointment key>_<step>
"""

from datetime import date

from shared.domain.decision import SkipReason
from shared.domain.identity import MessageId
from shared.storage.columns import octets, present, text
from shared.storage.contract import DecisionRecord
from shared.storage.instants import to_instant, to_text
from shared.storage.places import MESSAGES, SEALED, appointment_partition
from shared.storage.rows import Row
from shared.storage.seal import Sealer, place

PREFIX = "d_"
FINGERPRINT = "fingerprint"
MESSAGE = "message"
SCHEDULED_FOR = "scheduled_for"


def appointment_and_step(key: str) -> tuple[str, str]:
    appointment_key, _, step = key.removeprefix(PREFIX).partition("_")
    return appointment_key, step


def day_of(partition: str) -> date:
    return date.fromisoformat(partition[-10:-2])


class DecisionRows:
    """Decisions to rows and back."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def of_decision(self, decision: DecisionRecord) -> Row:
        partition = appointment_partition(decision.clinic_id, decision.day, decision.appointment_key)
        key = f"{PREFIX}{decision.appointment_key}_{decision.step}"
        sealed = {
            "appointment": decision.appointment_id,
            "patient": decision.patient_key,
            "name": decision.patient_name,
            "type": decision.appointment_type,
            "location": decision.location,
        }
        columns = {
            "decided_at": to_text(decision.decided_at),
            "run": decision.run_id,
            FINGERPRINT: decision.fingerprint,
            MESSAGE: str(decision.message_id) if decision.message_id else None,
            SCHEDULED_FOR: to_text(decision.scheduled_for) if decision.scheduled_for else None,
            "channel": decision.channel,
            "reason": decision.reason.value if decision.reason else None,
            "detail": decision.detail,
            "starts_at": to_text(decision.starts_at) if decision.starts_at else None,
            SEALED: self._sealer.seal_json(sealed, place(MESSAGES, partition, key, SEALED)),
        }
        return Row(partition, key, present(columns))

    def to_decision(self, row: Row) -> DecisionRecord:
        """Raises Unsealable."""
        columns = row.columns
        sealed = self._sealer.unseal_json(octets(columns, SEALED), place(MESSAGES, row.partition, row.key, SEALED))
        appointment_key, step = appointment_and_step(row.key)
        message_id, reason = text(columns, MESSAGE), text(columns, "reason")
        scheduled_for, starts_at = text(columns, SCHEDULED_FOR), text(columns, "starts_at")
        return DecisionRecord(
            clinic_id=row.partition.partition("_")[0],
            day=day_of(row.partition),
            appointment_key=appointment_key,
            step=step,
            decided_at=to_instant(text(columns, "decided_at")),
            run_id=text(columns, "run"),
            fingerprint=text(columns, FINGERPRINT),
            message_id=MessageId.parse(message_id) if message_id else None,
            scheduled_for=to_instant(scheduled_for) if scheduled_for else None,
            channel=text(columns, "channel"),
            reason=SkipReason(reason) if reason else None,
            detail=text(columns, "detail"),
            starts_at=to_instant(starts_at) if starts_at else None,
            appointment_id=str(sealed["appointment"]),
            patient_key=str(sealed["patient"]),
            patient_name=str(sealed["name"]),
            appointment_type=str(sealed["type"]),
            location=str(sealed["location"]),
        )
