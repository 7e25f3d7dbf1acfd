"""What a look finds that was handed out, and that no worker has taken since."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.message import Priority, Status
from shared.services.aftercare.look_after import LookAfter
from shared.services.measuring.old import EVERY, is_old
from shared.storage.contract import DueRow, MessageLog
from shared.telemetry.contract import Backlog, Telemetry


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredLookAfter(LookAfter):
    """A sweep does not see these: it has fed them, and they are in line anew. One of each priority is told, now and
    then, not each of thousands."""

    telemetry: Telemetry
    _told: dict[Priority, datetime] = field(default_factory=dict)

    def fed_again(self, row: DueRow, whole: MessageLog, status: Status, now: datetime) -> DueRow:
        priority, wait = whole.message.priority, now - status.at
        told_at = self._told.get(priority)
        if is_old(priority, wait) and (told_at is None or now - told_at >= EVERY):
            self._told[priority] = now
            one = {priority.name.lower(): 1}
            self.telemetry.tell(Backlog(one, wait, one))
        return LookAfter.fed_again(self, row, whole, status, now)
