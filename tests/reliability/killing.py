"""`python -m tests.reliability.killing [--every] [--kills N] [--seed S]`: kills processes and prints what came of it.

JSON on one line; exit 0 only if no message was sent twice, lost, or told otherwise than it was. A process of its own,
because lives must be forked before any event loop or thread exists.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import logging
import sys
from collections import Counter
from dataclasses import dataclass, field, fields
from random import Random

from shared.channels.whatsapp.simulator.behaviours import ReceiptScript, ReceiptStep
from shared.domain.appointment import Patient, Telecom, TelecomSystem
from tests.reliability.fates import fates, untruths
from tests.reliability.lives import AtCall, ByChance, History, Strike
from tests.reliability.outside import Outside
from tests.world import appointment, clinic_document, patient

TWO_STEPS = clinic_document()
ON_WECHAT = clinic_document(channels=[{"channel": "wechat", "opt_in": "opt_out"}])
ONE_STEP = clinic_document(steps=[{"days": 7, "hour": "10:00"}])
APPOINTMENTS = 3
TOGETHER = (1, 2, 2, 3)
MOST_CALLS = 300
MOST_KILLS = 24  # in one history
SHOWS_EVERY = 500  # kills
SILENT = 0.3  # share of histories with a provider that never reports back
WECHAT = 0.3  # share of histories on WeChat, which knows a message again by its client_msg_id
OPENIDS = ("oMock_follower_000{}", "oMock_{}_twice", "oMock_{}_early", "oMock_{}_late")
RECEIPTS = ("sent", "delivered", "read")
# Imported before the fork, or every life would import them anew.
HEAVY = (
    "babel.dates", "phonenumbers", "shared.clinic_file", "shared.channels.whatsapp.callback",
    "shared.channels.wechat.callback", "shared.channels.wechat.client",
)  # fmt: skip


@dataclass(slots=True)
class Tally:
    """What came of all histories. `wrong`: must be empty."""

    histories: int = 0
    kills: int = 0
    messages: int = 0
    duplicates: int = 0
    lost: int = 0
    states: Counter[str] = field(default_factory=Counter)
    killed_at: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, history: History, name: str, messages: int, *, reported: bool) -> None:
        found = fates(history.outside)
        wrong = untruths(found, reported)
        self.histories += 1
        self.kills += len(history.killed_at)
        self.messages += len(found)
        self.duplicates += sum(one.startswith("duplicate") for one in wrong)
        self.lost += sum(one.startswith("lost") for one in wrong) + messages - len(found)
        self.states.update(f"{fate.state}{', arrived' if fate.received else ''}" for fate in found)
        self.killed_at.update(history.killed_at)
        self.wrong += [f"{name}: {one}" for one in wrong]
        if len(found) != messages:
            self.wrong.append(f"{name}: {len(found)} messages instead of {messages}")


def kill_at_every_call(tally: Tally) -> None:
    """One message, and for each call from its planning to its last receipt a process killed before and after it."""
    undisturbed = AtCall(0, Strike.BEFORE)
    _one_message(undisturbed, tally)
    assert undisturbed.calls < MOST_CALLS
    for number in range(1, undisturbed.calls + 1):
        for strike in Strike:
            _one_message(AtCall(number, strike), tally)


def _one_message(killer: AtCall, tally: Tally) -> None:
    history = History(Outside([appointment()]), killer, ONE_STEP)
    history.run()
    tally.add(history, f"killed {history.killed_at}", 1, reported=True)


def kill_by_chance(tally: Tally, kills: int, seed: int) -> None:
    """Several messages, processes side by side, steps in any order and repeated, receipts in any order, or none."""
    random, wanted = Random(seed), tally.kills + kills
    shown = 0
    while tally.kills < wanted:
        if tally.kills // SHOWS_EVERY > shown:
            shown = tally.kills // SHOWS_EVERY
            done = f"seed {seed}: {tally.kills} of {wanted} killed, {len(tally.wrong)} wrong"
            print(done, file=sys.stderr, flush=True)
        number = random.getrandbits(32)
        several = _several_on_wechat if random.random() < WECHAT else _several_messages
        several(number, min(random.randint(1, MOST_KILLS), wanted - tally.kills), tally)


def _several_messages(number: int, kills: int, tally: Tally) -> None:
    random, messages = Random(number), 2 * APPOINTMENTS
    outside = Outside([appointment(n) for n in range(1, APPOINTMENTS + 1)], number)
    reported = random.random() >= SILENT
    for _ in range(messages):
        outside.providers.whatsapp.script(receipts(random) if reported else "never_reports")
    history = History(outside, ByChance(random, kills), TWO_STEPS, TOGETHER)
    history.run()
    tally.add(history, f"history {number}, {kills} kills", messages, reported=reported)


def _several_on_wechat(number: int, kills: int, tally: Tally) -> None:
    random = Random(number)
    reported = random.random() >= SILENT
    patients = [_follower(n, random.choice(OPENIDS) if reported else "oMock_{}_silent") for n in range(APPOINTMENTS)]
    outside = Outside([appointment(n, of=one) for n, one in enumerate(patients, 1)], number)
    history = History(outside, ByChance(random, kills), ON_WECHAT, TOGETHER)
    history.run()
    tally.add(history, f"wechat history {number}, {kills} kills", 2 * APPOINTMENTS, reported=reported)


def _follower(number: int, openid: str) -> Patient:
    return patient(number + 1, telecoms=(Telecom(TelecomSystem.OPENID, openid.format(number)),))


def receipts(random: Random) -> ReceiptScript:
    """All three receipts in any order, some twice, up to six days late."""
    names = [*RECEIPTS, *random.sample(RECEIPTS, random.randint(0, 3))]
    scale = random.choice((0.1, 60.0, 6 * 86_400.0))
    steps = sorted((ReceiptStep(name, round(random.random() * scale, 2)) for name in names), key=lambda s: s.after_s)
    return ReceiptScript("any_order", tuple(steps), together=random.random() < 0.2, before_answer=random.random() < 0.2)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", action="store_true", help="kill at every call of one message's way")
    parser.add_argument("--kills", type=int, default=0, help="kill so many processes by chance")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    for module in HEAVY:
        importlib.import_module(module)
    logging.disable(logging.ERROR)
    gc.freeze()
    tally = Tally()
    if asked.every:
        kill_at_every_call(tally)
    kill_by_chance(tally, asked.kills, asked.seed)
    print(json.dumps({part.name: getattr(tally, part.name) for part in fields(tally)}))
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
