"""What failed so often that the host set it aside: shown on the worklist, and kept so that it can be done again.

Runs where much else does not, so it needs little: the job's own words and, for a callback, whose account it came to.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from shared.clock import Clock
from shared.domain.identity import MessageId, Pseudonyms
from shared.errors import Unsealable
from shared.services.clinics import UNASSIGNED, ClinicBook
from shared.services.jobs import StuckJob
from shared.services.work_items import work_id
from shared.storage.contract import Callbacks, WorkItem, WorkKind, Worklist

LONGEST_JOB = 20_000  # characters that are kept; ours have fewer than 500

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _About:
    """What a job is about, as far as it can be read."""

    clinics: Sequence[str]
    message_id: MessageId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """One job of a poison queue becomes an item of each clinic that it concerns."""

    worklist: Worklist
    callbacks: Callbacks
    clinics: ClinicBook
    pseudonyms: Pseudonyms
    clock: Clock

    async def __call__(self, job: StuckJob, queue_message_id: str, body: bytes) -> None:
        """Repeatable: the queue's own id for it says which item it is."""
        text = body.decode("utf-8", "replace")[:LONGEST_JOB]
        about = await self._about(job, _fields(text))
        now = self.clock.now()
        for clinic_id in about.clinics or (UNASSIGNED,):
            item = WorkItem(
                id=work_id(self.pseudonyms, clinic_id, WorkKind.STUCK, job, queue_message_id),
                clinic_id=clinic_id,
                kind=WorkKind.STUCK,
                opened_at=now,
                act_by=now,
                reason=job,
                message_id=about.message_id,
                note=text,
            )
            await self.worklist.open([item])
            log.error("poison queue=%s clinic=%s", job, clinic_id)

    async def _about(self, job: StuckJob, fields: dict[str, object]) -> _About:
        match job:
            case StuckJob.PLAN:
                return _About(await self._known(str(fields.get("clinicId", ""))))
            case StuckJob.SEND | StuckJob.CHECK:
                message_id = _message_id(str(fields.get("due", "")))
                return _About(await self._known(message_id.clinic_id if message_id else ""), message_id)
            case StuckJob.CALLBACK:
                return _About(await self._of_callback(str(fields.get("callback", ""))))
            case StuckJob.TELL:
                return _About([])  # a subscription may be for several clinics

    async def _known(self, clinic_id: str) -> Sequence[str]:
        return [clinic_id] if clinic_id in await self.clinics.all() else []

    async def _of_callback(self, reference: str) -> Sequence[str]:
        try:
            stored = await self.callbacks.read(reference)
        except Unsealable:  # perhaps the very reason why it is stuck
            stored = None
        if stored is None:
            return []
        return [clinic.id for clinic in await self.clinics.of_account(stored.channel, stored.account)]


def _fields(text: str) -> dict[str, object]:
    """A job that is no JSON object is about nothing that can be read."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _message_id(due_key: str) -> MessageId | None:
    try:
        return MessageId.parse(due_key.partition("_")[2])
    except ValueError:
        return None
