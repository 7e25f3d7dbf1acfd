"""The worklist as staff see it: what needs a person, what they may say to it, and who said it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.errors import Conflict, InvalidInput, NotFound
from shared.services.aftercare.send_again import SendAgain
from shared.services.callers import Caller
from shared.services.clinics import UNASSIGNED, ClinicBook
from shared.services.staff.lift import LiftHolds
from shared.services.staff.report import ANY_CHANNEL
from shared.services.work_items import ListState, Resolution, read_public_id
from shared.storage.contract import Page, WorkItem, WorkKind, Worklist
from shared.wording import Explanation, Wording

LONGEST_NOTE = 2_000  # characters

_FIGURES = re.compile(r"[0-9/]+")
# Kinds of code that a reason may be, the first that has it. One word may be a code of several kinds: "template" of a
# message that was refused and of an account that stopped.
_REASONS = ("skip_reason", "failure", "too_late", "hold", "work_reason", "state", "answer", "prescription_stop")
_REASONS_OF = {
    WorkKind.STUCK: ("stuck_job",),
    WorkKind.SENDING_STOPPED: ("stop_reason",),
    WorkKind.EVENTS_NOT_TOLD: ("trouble",),
}
# What is known by a receipt at last resolves as the state it came to.
_RESOLUTIONS = ("resolution", "state")


_REASON_SAYS_WHAT_TO_DO = frozenset(
    {
        WorkKind.NO_WAY,
        WorkKind.NEEDS_A_PERSON,
        WorkKind.OPTED_OUT,
        WorkKind.SENDING_STOPPED,
        WorkKind.EVENTS_NOT_TOLD,
    }
)


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose list it is, and how its people read it. What no clinic could be found for has a desk of its own."""

    clinic_id: str
    zone: ZoneInfo
    language: str

    @classmethod
    def of(cls, clinic: Clinic) -> "Desk":
        return cls(clinic.id, clinic.zone, clinic.languages[0])

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone)


@dataclass(frozen=True, slots=True)
class WorkWords:
    """What an item means and what to do about it, in the desk's language."""

    kind: str
    reason: str
    to_do: str
    resolution: str = ""
    suggestion: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkToDo:
    """Lists and resolves. A caller sees the items of its own clinics."""

    worklist: Worklist
    clinics: ClinicBook
    send_again: SendAgain
    lift_holds: LiftHolds
    wording: Wording
    clock: Clock

    async def desk(self, caller: Caller, clinic_id: str, channel: str = "") -> Desk:
        """As ClinicBook.of_caller; callers of all clinics may also ask for what no clinic could be found for."""
        if clinic_id == UNASSIGNED and caller.clinics is None:
            return Desk(UNASSIGNED, ZoneInfo("UTC"), "en")
        return Desk.of(await self.clinics.of_caller(caller, clinic_id, channel))

    async def listed(
        self, desk: Desk, state: ListState, kinds: frozenset[WorkKind], channel: str, top: int, cursor: str
    ) -> Page[WorkItem]:
        """What is open, soonest `act_by` first, or what was resolved, newest first. Items that are about no channel
        are in every channel's list. Raises InvalidCursor."""
        if state is ListState.OPEN:
            page = await self.worklist.open_items(desk.clinic_id, kinds, top, cursor)
        else:
            page = await self.worklist.resolved_items(desk.clinic_id, top, cursor)
        wanted = (item for item in page.items if not kinds or item.kind in kinds)
        return Page(tuple(i for i in wanted if channel == ANY_CHANNEL or i.channel in ("", channel)), page.next_cursor)

    async def resolve(
        self, caller: Caller, clinic_id: str, public: str, resolution: str, note: str
    ) -> tuple[Desk, WorkItem]:
        """Raises NotFound, also for another clinic's item; InvalidInput for a resolution that does not fit; Conflict
        where it was resolved otherwise, or a message must not go again. The same answer again changes nothing."""
        desk, item, chosen = await self._asked(caller, clinic_id, public, resolution, note)
        if _stands_open(item, chosen):
            item = await self._resolved(caller, item, chosen, note)
        _require_so(item, chosen)
        return desk, item

    async def look(
        self, caller: Caller, clinic_id: str, public: str, resolution: str, note: str
    ) -> tuple[Desk, WorkItem]:
        """The item as it stands, if `resolve` would take this answer. Changes nothing; raises as it does."""
        desk, item, chosen = await self._asked(caller, clinic_id, public, resolution, note)
        if not _stands_open(item, chosen):
            _require_so(item, chosen)
        elif chosen is Resolution.SEND_AGAIN:
            await self.send_again.look(item.message_id)
        return desk, item

    async def _asked(
        self, caller: Caller, clinic_id: str, public: str, resolution: str, note: str
    ) -> tuple[Desk, WorkItem, Resolution]:
        item = await item_for(caller, public, self.worklist, clinic_id)
        desk = await self.desk(caller, item.clinic_id)
        chosen = _fitting(item, resolution)
        if len(note) > LONGEST_NOTE:
            raise InvalidInput(f"`note` may have at most {LONGEST_NOTE} characters.")
        return desk, item, chosen

    async def _resolved(self, caller: Caller, item: WorkItem, chosen: Resolution, note: str) -> WorkItem:
        """What was decided is done first, and the item resolved last: what a crash interrupts is still on the list."""
        if chosen is Resolution.SEND_AGAIN:
            await self.send_again(item.message_id)
        if chosen is Resolution.VERIFIED:
            await self.lift_holds(item.holds)
        at, over = self.clock.now().astimezone(UTC), item.resolution
        done = await self.worklist.resolve(item.clinic_id, item.id, chosen, caller.name, at, note, over=over)
        return done or item

    def words(self, desk: Desk, item: WorkItem) -> WorkWords:
        """What staff read beside the codes."""
        kind = self.wording.explain("work", item.kind, desk.language)
        reason = self._explained(_REASONS_OF.get(item.kind, _REASONS), item.reason, desk)
        # why a patient cannot be written to, or what they wrote, says best what to do; elsewhere the kind does
        by_reason = item.holds or item.kind in _REASON_SAYS_WHAT_TO_DO
        to_do = reason.to_do if by_reason and reason.to_do else kind.to_do
        resolved = self._explained(_RESOLUTIONS, item.resolution, desk)
        seems = self._explained(("suggestion",), item.suggestion, desk)
        return WorkWords(kind.meaning, reason.meaning, to_do, resolved.meaning, seems.meaning)

    def _explained(self, kinds: Sequence[str], code: str, desk: Desk) -> Explanation:
        """Figures speak for themselves; a provider's code that nobody has put into words does not."""
        said = self.wording.explained(kinds, code, desk.language)
        return said or Explanation(code if _FIGURES.fullmatch(code) else "", "")


async def item_for(caller: Caller, public: str, worklist: Worklist, clinic_id: str = "") -> WorkItem:
    """The item whose id a caller gives. Raises NotFound in the same words whether it is another clinic's or none."""
    place = read_public_id(public)
    item = None
    if place is not None and clinic_id in ("", place[0]) and caller.may_see(place[0]):
        item = await worklist.read(*place)
    if item is None:
        raise NotFound("There is no such item on your worklist.")
    return item


def resolutions_of(item: WorkItem) -> tuple[Resolution, ...]:
    """What a person may answer to it."""
    if item.kind is WorkKind.UNKNOWN_OUTCOME:
        return (Resolution.SEND_AGAIN, Resolution.LEAVE)
    return (Resolution.VERIFIED, Resolution.DONE) if item.holds else (Resolution.DONE,)


def still_open_to(item: WorkItem) -> tuple[Resolution, ...]:
    """The same, as it stands now. Who answered `done` left the address held: that may be lifted later."""
    if item.resolved_at is None:
        return resolutions_of(item)
    return (Resolution.VERIFIED,) if item.holds and item.resolution == Resolution.DONE else ()


def _stands_open(item: WorkItem, chosen: Resolution) -> bool:
    return item.resolved_at is None or chosen in still_open_to(item)


def _require_so(item: WorkItem, chosen: Resolution) -> None:
    if item.resolution != chosen:
        raise Conflict(f"This was resolved before, as `{item.resolution}`. Look at the list of what is resolved.")


def _fitting(item: WorkItem, resolution: str) -> Resolution:
    fitting = resolutions_of(item)
    if resolution not in fitting:
        raise InvalidInput("`resolution` must be " + " or ".join(f"`{one}`" for one in fitting) + ".")
    return Resolution(resolution)
