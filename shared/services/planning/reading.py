"""One reading of a clinic's whole list: every appointment decided, what changed written in chunks."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from shared.domain.appointment import Appointment, BadRow
from shared.domain.decision import SkipReason
from shared.domain.identity import MessageId
from shared.domain.local_time import planning_window
from shared.domain.message import EventName
from shared.services.abreast import abreast
from shared.services.planning.contacts import KeptContact
from shared.services.planning.entries import EntryMaker, Planning
from shared.services.planning.standing import Ruling, as_it_stands, message_digest, message_of, ruling, taken_up
from shared.services.planning.unreachable import OpenItem, Unreachable
from shared.services.work_items import Resolution
from shared.sources.contract import Source
from shared.storage.contract import ContactRow, DecisionRecord, KnownDecision, KnownPlans, PlanEntry, Turn, WorkItem

MOST_UNSEEN = (
    0.5  # share of the planned steps that a list may lose between two runs and still be believed (health.md 8, H20)
)
FEW = 10  # steps that may go without that question
CHUNK = 2000  # entries: enough to fill batches of 100 in the partitions of a week
BAD_ROWS_KEPT = 100

Key = tuple[str, str, date]  # appointment key, step, local day


class Hand(Protocol):
    """What a reading does to the world: all of it for a run, nothing for a dry run."""

    def note(self, decision: DecisionRecord) -> None:
        """This is the decision that stands, whoever made it; a later note on the same step replaces it."""
        ...

    async def write(
        self, entries: Sequence[PlanEntry], contacts: Sequence[ContactRow], items: Sequence[WorkItem]
    ) -> None:
        """`items`: for the worklist, before the decisions that they are about. May return before it is done."""
        ...

    async def written(self) -> None:
        """Returns when everything is done that `write` was asked for. Raises what it raised."""
        ...

    async def withdraw(self, message_id: MessageId, reason: SkipReason, turn: Turn | None) -> bool:
        """False: it has left, or was stopped before. `turn`: its last one, when the reading began."""
        ...

    async def resolve(self, item_id: str, resolution: Resolution) -> None:
        """An item of the worklist does not hold any more."""
        ...


@dataclass
class Reading:
    """What a run has seen so far, and where it puts what it decides. `known`, `open_items`: what earlier runs left."""

    planning: Planning
    known: KnownPlans
    hand: Hand
    open_items: Mapping[str, Sequence[OpenItem]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    bad_rows: list[BadRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._maker = EntryMaker(self.planning)
        self._unreachable = Unreachable(self.planning, self.known.decisions, self.open_items)
        self._chunk: dict[Key, PlanEntry] = {}
        self._contacts: dict[str, ContactRow] = {}
        self._held: dict[Key, PlanEntry] = {}
        self._held_contacts: dict[str, ContactRow] = {}
        self._unseen = dict(self.known.decisions)
        self._known_appointments = frozenset(key for key, _, _ in self.known.decisions)
        self._still_listed: set[str] = set()

    async def whole_list(self, source: Source) -> None:
        """Raises what the source raises, after what was decided by then is written: it is true all the same."""
        try:
            await self._each(source, self._first_look)
            if self._maker.owners.any_shared:
                await self._flush()
                await self.hand.written()
                await self._each(source, self._second_look)
            self._chunk |= self._held
            self._contacts |= self._held_contacts
        finally:
            await self._flush()

    async def withdraw_unseen(self) -> None:
        """Only after a whole list: what it did not hold is not there any more.

        A row that could not be read may be any appointment: with bad rows, only what was met on another day goes. The
        same where much of the list is gone at once: that is a fault of the extract more often than of the clinic.
        """
        unseen = [known for known in self._unseen.values() if known.planned]
        doubtful = self._doubtful()
        sure = [known for known in unseen if not doubtful or known.appointment_key in self._still_listed]
        self.counts["unseen_kept"] += len(unseen) - len(sure)
        await abreast(self._withdraw_unseen, sure)

    async def resolve_items(self) -> None:
        """Only after a whole list, and when all is written: what the worklist says that does not hold any more."""
        window = planning_window(self.planning.clinic, self.planning.as_of)
        endings = self._unreachable.endings(window, believed=not self._doubtful())
        await abreast(lambda one: self.hand.resolve(*one), endings)

    def _doubtful(self) -> bool:
        unseen = sum(known.planned for known in self._unseen.values())
        planned = sum(known.planned for known in self.known.decisions.values())
        return bool(self.bad_rows) or (unseen > FEW and unseen > planned * MOST_UNSEEN)

    async def _each(self, source: Source, look: Callable[[str, Appointment], Awaitable[None]]) -> None:
        """An appointment that comes twice counts once: pages of a list that changes meanwhile may overlap."""
        window = planning_window(self.planning.clinic, self.planning.as_of)
        met: set[int] = set()  # 64 bits of each key: 100,000 appointments take 8 MB
        first = look == self._first_look
        async with aclosing(source.read(window)) as items:
            async for item in items:
                if isinstance(item, BadRow):
                    if first:
                        self._bad(item)
                    continue
                key = self._maker.appointment_key(item)
                if hash(key) not in met:
                    met.add(hash(key))
                    await look(key, item)
                elif first:
                    self.counts["repeated"] += 1

    async def _first_look(self, appointment_key: str, appointment: Appointment) -> None:
        self.counts["read"] += 1
        if appointment_key in self._known_appointments:
            self._still_listed.add(appointment_key)
        decided = self._maker.decided(appointment)
        self._keep_contact(decided.contact)
        standing = [await self._take(entry) for entry in decided.entries]
        for stands in standing:
            self._count(stands, 1)
            self.hand.note(stands)
        self._look_for_a_way(appointment, standing)
        if len(self._chunk) >= CHUNK or len(self._contacts) >= CHUNK:
            await self._flush()

    async def _second_look(self, _: str, appointment: Appointment) -> None:
        """The first patient of a shared number was decided before the second one came: decided again, and withdrawn."""
        if not self._maker.owners.decided_too_early(self._maker.patient_key(appointment)):
            return
        alone, together = self._maker.decided(appointment, alone=True), self._maker.decided(appointment)
        self._held_contacts.pop(self._maker.patient_key(appointment), None)
        self._keep_contact(together.contact)
        standing = [
            await self._take_back(was.decision, entry)
            if entry.decision.reason is SkipReason.NUMBER_SHARED
            else entry.decision
            for was, entry in zip(alone.entries, together.entries, strict=True)
        ]
        self._look_for_a_way(appointment, standing)

    def _keep_contact(self, kept: KeptContact | None) -> None:
        """An address that was shared is taken for shared until the list has ended without its other owner."""
        if kept is None:
            return
        contacts, row = self._held_contacts if kept.was_shared else self._contacts, kept.row
        if row.addresses or row.stops or row.patient_key not in contacts:
            contacts[row.patient_key] = row

    def _look_for_a_way(self, appointment: Appointment, standing: Sequence[DecisionRecord]) -> None:
        is_new = any(_key(decision) in self._chunk for decision in standing)
        self._unreachable.met(appointment, standing, is_new=is_new)

    async def _take(self, entry: PlanEntry) -> DecisionRecord:
        """Keeps an entry for writing if there is something to write; gives the decision that stands."""
        decision, key = entry.decision, _key(entry.decision)
        before = self.known.decisions.get(key)
        self._unseen.pop(key, None)
        same = self._same_start(decision, before)
        ruled = ruling(decision, before, self.known.turns, self.planning.as_of, same_start=same)
        if ruled is Ruling.SAME:
            self.counts["unchanged"] += 1
            return decision
        if before is not None and (ruled is Ruling.STANDS or not await self._gives_way(ruled, before, decision)):
            return as_it_stands(decision, before)
        entry = taken_up(entry, self.known.turns)
        turn = self.known.turns.get(message_digest(decision))
        if turn is not None and turn.event is EventName.DROPPED and turn.reason == SkipReason.NUMBER_SHARED:
            self._held[key] = entry  # shared again, as far as we know: that is seen when the list has ended
        else:
            self._chunk[key] = entry
        return decision

    def _same_start(self, decision: DecisionRecord, before: KnownDecision | None) -> bool:
        """Asked only where it decides something: a digest costs as much as the rest of the ruling."""
        if before is None or not before.planned or decision.reason is not SkipReason.TOO_LATE_FOR_STEP:
            return True
        return before.message_digest == self._maker.digest_for(decision)

    async def _gives_way(self, ruled: Ruling, before: KnownDecision, decision: DecisionRecord) -> bool:
        """False: the earlier message has left, and this run has none to take its place. So its plan stands."""
        if ruled is not Ruling.WITHDRAW:
            return True
        message_id = message_of(decision.clinic_id, before)
        reason = decision.reason or SkipReason.MOVED
        if reason is SkipReason.TOO_LATE_FOR_STEP:
            reason = SkipReason.MOVED  # for the start that it names it is not too late
        return await self._withdraw(message_id, reason) or decision.reason is None

    async def _take_back(self, was: DecisionRecord, entry: PlanEntry) -> DecisionRecord:
        """`was`: what the first look decided, or would have if the number had not been known as shared. Gives what
        stands."""
        decision, key = entry.decision, _key(entry.decision)
        before = self.known.decisions.get(key)
        message_id = was.message_id
        if message_id is None and before is not None and before.planned:
            message_id = message_of(decision.clinic_id, before)
        held = self._held.pop(key, None) is not None
        if not held and message_id and not await self._withdraw(message_id, SkipReason.NUMBER_SHARED):
            return was
        self._count(was, -1)
        self._count(decision, 1)
        self.hand.note(decision)
        if before is None or before.fingerprint != decision.fingerprint:
            self._chunk[key] = entry
        return decision

    async def _withdraw_unseen(self, known: KnownDecision) -> None:
        listed = known.appointment_key in self._still_listed
        reason = SkipReason.MOVED if listed else SkipReason.NOT_IN_LIST
        await self._withdraw(message_of(self.planning.clinic.id, known), reason)

    async def _withdraw(self, message_id: MessageId, reason: SkipReason) -> bool:
        turn = self.known.turns.get(message_id.digest)
        if turn is not None and turn.event in (EventName.DROPPED, EventName.CANCELLED):
            return False
        withdrawn = await self.hand.withdraw(message_id, reason, turn)
        self.counts["withdrawn"] += withdrawn
        return withdrawn

    async def _flush(self) -> None:
        if self._chunk or self._contacts:
            entries, self._chunk = list(self._chunk.values()), {}
            contacts, self._contacts = list(self._contacts.values()), {}
            await self.hand.write(entries, contacts, self._unreachable.new_items())

    def _bad(self, row: BadRow) -> None:
        self.counts["bad_rows"] += 1
        if len(self.bad_rows) < BAD_ROWS_KEPT:
            self.bad_rows.append(row)

    def _count(self, decision: DecisionRecord, by: int) -> None:
        self.counts[f"skipped.{decision.reason}" if decision.reason else "planned"] += by


def _key(decision: DecisionRecord) -> Key:
    return decision.appointment_key, decision.step, decision.day
