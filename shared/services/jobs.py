"""What travels on queues: references, never patient data (promise 8)."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Self

from shared.domain.identity import MessageId
from shared.domain.message import Priority
from shared.storage.contract import DueAction, DueRow


@dataclass(frozen=True, slots=True)
class PlanJob:
    """Plan one clinic's window, as of its local day."""

    clinic_id: str
    day: date
    run_id: str
    trigger: str = "daily"

    def to_json(self) -> str:
        return json.dumps(
            {"clinicId": self.clinic_id, "day": self.day.isoformat(), "runId": self.run_id, "trigger": self.trigger}
        )

    @classmethod
    def from_json(cls, text: str) -> "PlanJob":
        fields = json.loads(text)
        return cls(fields["clinicId"], date.fromisoformat(fields["day"]), fields["runId"], fields["trigger"])


@dataclass(frozen=True, slots=True)
class _MessageJob:
    """One message: where it stands, its due row with its priority, and the attempt that is asked for."""

    due: DueRow

    @property
    def message_id(self) -> MessageId:
        return self.due.message_id

    @property
    def attempt(self) -> int:
        return self.due.attempt

    def to_json(self) -> str:
        due = self.due
        fields = {"due": due.key, "attempt": due.attempt, "priority": int(due.priority), "lane": due.lane}
        counted = {"counted": due.counted_at.isoformat()} if due.counted_at else {}
        return json.dumps({**fields, "pair": due.pair, **counted})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises ValueError, KeyError for what `to_json` cannot have made."""
        fields = json.loads(text)
        moment, _, message_id = fields["due"].partition("_")
        at = datetime.strptime(moment, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        kept = (Priority(fields["priority"]), str(fields["lane"]), str(fields["pair"]))
        counted_at = datetime.fromisoformat(fields["counted"]) if "counted" in fields else None
        row = DueRow(MessageId.parse(message_id), at, DueAction.CHECK, int(fields["attempt"]), *kept)
        return cls(replace(row, counted_at=counted_at))


class SendJob(_MessageJob):
    """Send one message; the attempt is the one that may be claimed."""

    __slots__ = ()


class CheckJob(_MessageJob):
    """See what became of one message that was fed or sent."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class CallbackJob:
    """Work through one stored callback."""

    reference: str

    def to_json(self) -> str:
        return json.dumps({"callback": self.reference})

    @classmethod
    def from_json(cls, text: str) -> "CallbackJob":
        return cls(json.loads(text)["callback"])


@dataclass(frozen=True, slots=True)
class TellJob:
    """Tell one subscriber of one event."""

    subscription_id: str
    event_id: str

    def to_json(self) -> str:
        return json.dumps({"subscription": self.subscription_id, "event": self.event_id})

    @classmethod
    def from_json(cls, text: str) -> "TellJob":
        fields = json.loads(text)
        return cls(fields["subscription"], fields["event"])


class StuckJob(StrEnum):
    """Which work it is. The words that staff read stand in `shared/wording/reasons.json`."""

    PLAN = "plan"
    SEND = "send"
    CHECK = "check"
    CALLBACK = "callback"
    TELL = "tell"
