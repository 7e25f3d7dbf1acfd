"""What really became of every message, and whether what we say of it is true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.message import State, fold
from shared.storage.message_rows import id_of, is_facts
from shared.storage.places import DUE, MESSAGES
from tests.reliability.outside import Outside, at_once
from tests.services.rows import every_row

# The last that a provider's receipts can tell. WeChat echoes nothing of ours: where its MsgID was not recorded, its
# receipt finds no message.
LAST_TOLD = {
    "whatsapp": frozenset({State.READ}),
    "wechat": frozenset({State.DELIVERED, State.UNKNOWN}),
}
WAITING = frozenset({State.SCHEDULED, State.QUEUED, State.SENDING})
NOT_SENT = frozenset({State.FAILED, State.DROPPED, State.CANCELLED})


@dataclass(frozen=True, slots=True, order=True)
class Fate:
    """`received`: how often the patient has it, by the provider's ledger. `due`: something is still to be done."""

    appointment: str
    step: str
    state: State
    reason: str
    received: int
    due: bool
    channel: str = "whatsapp"


def fates(outside: Outside) -> Sequence[Fate]:
    """Of all planned messages, in a fixed order."""
    received = outside.wire.received()
    due = {key.partition("_")[2] for _, _, key in at_once(every_row(outside.rows, DUE))}
    found = []
    for row in at_once(every_row(outside.rows, MESSAGES)).values():
        if not is_facts(row):
            continue
        message_id = id_of(row)
        whole = at_once(outside.storage.messages.whole(message_id))
        assert whole is not None
        message, status = whole.message, fold(whole.events, whole.message.scheduled_for)
        arrived, is_due = received[message_id.digest], str(message_id) in due
        told = (status.state, status.reason, arrived, is_due, message.channel)
        found.append(Fate(message.appointment_id, message.step, *told))
    return sorted(found)


def untruths(found: Sequence[Fate], reported: bool) -> list[str]:
    """Duplicates, losses, and whatever else breaks promise 1. `reported`: the provider sent receipts for everything."""
    return [f"{wrong}: {fate}" for fate in found if (wrong := _untruth(fate, reported))]


def _untruth(fate: Fate, reported: bool) -> str:
    if fate.received > 1:
        return "duplicate"
    if fate.received and fate.state in NOT_SENT:
        return "arrived, but said not to be sent"
    if fate.state in WAITING and not fate.due:
        return "lost"
    if fate.received and reported and fate.state not in LAST_TOLD[fate.channel]:
        return "its receipts are lost"
    if not fate.received and fate.state not in NOT_SENT | WAITING | {State.UNKNOWN}:
        return "said to be sent, but never arrived"
    if fate.state in NOT_SENT | {State.UNKNOWN} and not fate.reason:
        return "without a reason"
    return ""
