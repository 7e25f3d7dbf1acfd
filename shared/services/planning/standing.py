"""What earlier runs left of a step, and what that leaves for a run to do. Pure: no I/O.

earlier decision    its message           this run decides          so
none, or skipped    –                     anything                  write it (the same again: nothing)
planned             waits                 the same                  nothing
                                          too late for the step     leave it: it waits for its turn; of another start
                                                                    it says the wrong time: withdraw it, then write
                                          the same message, other   write it anew, unless its time is near
                                            facts
                                          another one, or none      withdraw it, then write
planned             dropped by us         the same message          restore it
                                          too late for the step     leave it; of another start: write
                                          another one, or none      write
planned             left, or stopped by   the same message          leave it
                      a person            none                      leave it
                                          another one               write
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.decision import SkipReason
from shared.domain.identity import MessageId, message_shard
from shared.domain.message import EventName
from shared.storage.contract import DecisionRecord, KnownDecision, PlanEntry, Turn

NEAR = timedelta(minutes=15)
"""A message whose time is nearer may leave while the run is under way (host.json: a function has ten minutes), and its
facts must be what the patient read: they are left alone."""


class Ruling(StrEnum):
    SAME = "same"  # it stands as this run decides
    STANDS = "stands"  # it stands although this run decides otherwise
    WRITE = "write"
    WITHDRAW = "withdraw"  # the earlier message first; if it has left meanwhile and none takes its place, it stands


def ruling(
    decision: DecisionRecord,
    before: KnownDecision | None,
    turns: Mapping[str, Turn],
    now: datetime,
    *,
    same_start: bool = True,
) -> Ruling:
    """What to do with a decision. `now` is the instant that the run decides for; `same_start`: the earlier message is
    about the start that the appointment has now."""
    if before is None:
        return Ruling.WRITE
    turn = turns.get(before.message_digest) if before.planned else None
    dropped = turn is not None and turn.event is EventName.DROPPED
    if before.fingerprint == decision.fingerprint and not dropped:
        return Ruling.SAME
    if not before.planned:
        return Ruling.WRITE
    if decision.reason is SkipReason.TOO_LATE_FOR_STEP and same_start:
        return Ruling.STANDS
    if turn is None or turn.event is EventName.RESTORED:
        return _over_waiting(decision, before, now)
    # The message of an earlier drop is restored by writing it: see `taken_up`.
    return Ruling.WRITE if dropped else _over_left(decision, before, turn)


def _over_waiting(decision: DecisionRecord, before: KnownDecision, now: datetime) -> Ruling:
    if message_digest(decision) != before.message_digest:
        return Ruling.WITHDRAW
    near = before.scheduled_for is None or before.scheduled_for <= now + NEAR
    return Ruling.STANDS if near else Ruling.WRITE


def _over_left(decision: DecisionRecord, before: KnownDecision, turn: Turn) -> Ruling:
    if message_digest(decision) == before.message_digest:
        return Ruling.STANDS
    if turn.event is EventName.CLAIMED:
        return Ruling.WITHDRAW  # an attempt that was refused may wait for the next one
    return Ruling.STANDS if decision.reason else Ruling.WRITE


def taken_up(entry: PlanEntry, turns: Mapping[str, Turn]) -> PlanEntry:
    """The entry as it may be written, where its message has taken a turn before: with the attempt that comes next, or
    the decision alone where the message has left."""
    turn = turns.get(message_digest(entry.decision))
    if turn is None or entry.message is None:
        return entry
    if turn.event in (EventName.DROPPED, EventName.RESTORED):
        return replace(entry, attempt=turn.attempt + 1)
    return replace(entry, message=None)


def as_it_stands(decision: DecisionRecord, before: KnownDecision) -> DecisionRecord:
    """An earlier plan that this run leaves alone, as far as it is known."""
    return replace(
        decision,
        message_id=message_of(decision.clinic_id, before),
        scheduled_for=before.scheduled_for,
        reason=None,
        detail="",
    )


def message_of(clinic_id: str, known: KnownDecision) -> MessageId:
    """The id of the message of an earlier plan."""
    return MessageId(clinic_id, known.day, message_shard(known.appointment_key), known.message_digest)


def message_digest(decision: DecisionRecord) -> str:
    """Empty for a skipped step."""
    return decision.message_id.digest if decision.message_id else ""
