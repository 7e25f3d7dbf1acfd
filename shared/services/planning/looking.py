"""The hand of a dry run."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from shared.domain.decision import SkipReason
from shared.domain.identity import MessageId
from shared.domain.message import EventName
from shared.services.work_items import Resolution
from shared.storage.contract import ContactRow, DecisionRecord, PlanEntry, Turn, WorkItem


@dataclass
class OnlyLooking:
    """Touches nothing, keeps the first decisions."""

    most: int
    decisions: dict[tuple[str, str, date], DecisionRecord] = field(default_factory=dict)

    def note(self, decision: DecisionRecord) -> None:
        key = (decision.appointment_key, decision.step, decision.day)
        if key in self.decisions or len(self.decisions) < self.most:
            self.decisions[key] = decision

    async def write(
        self, entries: Sequence[PlanEntry], contacts: Sequence[ContactRow], items: Sequence[WorkItem]
    ) -> None:
        del entries, contacts, items

    async def written(self) -> None:
        return

    async def withdraw(self, message_id: MessageId, reason: SkipReason, turn: Turn | None) -> bool:
        del message_id, reason
        return turn is None or turn.event is not EventName.CLAIMED

    async def resolve(self, item_id: str, resolution: Resolution) -> None:
        del item_id, resolution
