"""WhatsApp callback: verify and parse, one core, beside pywa in the same run.

Signature check and reading of the same bodies, rounds interleaved, median of the rounds, CPU time. pywa reads one event
of a body whatever it holds; its rate per event counts what its handlers really got.
"""

import gc
import json
import logging
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pywa

from shared.channels.whatsapp.callback import WhatsAppCallback
from shared.channels.whatsapp.simulator import SAMPLE_CREDENTIALS
from shared.channels.whatsapp.simulator.agenda import Hook, signed
from shared.channels.whatsapp.simulator.webhook_bodies import Value, message_value, status_value
from tests.benchmarks.measuring import show

ROUNDS = 9
SECONDS_PER_ROUND = 0.15
GOAL_SINGLE, GOAL_BATCH = 1.5, 10.0
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PATIENT = "+447700900123"
NUMBER = SAMPLE_CREDENTIALS.phone_number_id
HOOK = Hook("", SAMPLE_CREDENTIALS.app_secrets[0], SAMPLE_CREDENTIALS.business_account_id)

Reader = Callable[[bytes, dict[str, str]], int]
"""Verifies and reads one body; how many events that gave."""


def text() -> Value:
    return message_value(
        phone_number_id=NUMBER,
        sender=PATIENT,
        provider_id="wamid.HRVzYW1wbGUtaW5ib3VuZA==",
        at=NOW,
        kind="text",
        part={"body": "Thank you, I will come"},
        quoted="",
    )


def status(count: int) -> Value:
    """`count` receipts of different messages in one value."""
    values = [
        status_value(
            phone_number_id=NUMBER,
            provider_id=f"wamid.HRVzYW1wbGUtb3V0Ym91bmQt{n:04}",
            to=PATIENT,
            status="delivered",
            at=NOW,
            reference=f"example-clinic_2026030200_abcdefghijklmnopqrstuvwx{n:02}~2026",
            code=0,
            first=True,
        )
        for n in range(count)
    ]
    return {**values[0], "statuses": [value["statuses"][0] for value in values]}


def ours() -> Reader:
    callback = WhatsAppCallback(SAMPLE_CREDENTIALS)

    def read(body: bytes, headers: dict[str, str]) -> int:
        callback.verify({}, headers, body, NOW)
        return len(callback.parse({}, body))

    return read


def theirs() -> Reader:
    logging.disable(logging.CRITICAL)
    client: Any = pywa.WhatsApp(  # type: ignore[attr-defined]  # re-exported with a star
        phone_id=NUMBER,
        token="x",
        server=None,
        verify_token="v",
        app_secret=SAMPLE_CREDENTIALS.app_secrets[0],
        skip_duplicate_updates=False,
    )
    seen: list[object] = []
    client.on_message(lambda _, update: seen.append(update))
    client.on_message_status(lambda _, update: seen.append(update))

    def read(body: bytes, headers: dict[str, str]) -> int:
        seen.clear()
        if client.webhook_update_validator(body, headers["x-hub-signature-256"]) is not None:
            raise AssertionError("pywa refuses the signature")
        client.webhook_update_handler(body)
        return len(seen)

    return read


def bare() -> Reader:
    """The floor: json alone, nothing verified, nothing made of it."""

    def read(body: bytes, _: dict[str, str]) -> int:
        json.loads(body)
        return 1

    return read


def rates(readers: dict[str, Reader], body: bytes, headers: dict[str, str]) -> dict[str, float]:
    """Bodies per second of CPU: the readers take turns, so that a noisy neighbour hits them alike."""
    loops = {name: _loops(read, body, headers) for name, read in readers.items()}
    found: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(ROUNDS):
        for name, read in readers.items():
            gc.collect()
            started = time.process_time()
            for _ in range(loops[name]):
                read(body, headers)
            found[name].append(loops[name] / (time.process_time() - started))
    return {name: statistics.median(values) for name, values in found.items()}


def _loops(read: Reader, body: bytes, headers: dict[str, str]) -> int:
    started = time.process_time()
    for _ in range(100):
        read(body, headers)
    return max(50, int(100 * SECONDS_PER_ROUND / (time.process_time() - started)))


def main() -> None:
    readers = {"ours": ours(), "pywa": theirs(), "json.loads": bare()}
    for title, value, goal in (
        ("one text", text(), GOAL_SINGLE),
        ("one status", status(1), GOAL_SINGLE),
        ("20 statuses", status(20), GOAL_BATCH),
    ):
        headers, body = signed(HOOK, [("messages", value)])
        lower = {name.lower(): header for name, header in headers.items()}
        handled = {name: read(body, lower) for name, read in readers.items()}
        rate = rates(readers, body, lower)
        events = {name: rate[name] * handled[name] for name in ("ours", "pywa")}
        ratio = events["ours"] / events["pywa"]
        show(
            f"WhatsApp callback, verify + parse: {title} ({len(body):,} B)",
            [
                ("ours", f"{rate['ours']:>9,.0f} bodies/s  {events['ours']:>9,.0f} events/s"),
                (
                    "pywa",
                    f"{rate['pywa']:>9,.0f} bodies/s  {events['pywa']:>9,.0f} events/s ({handled['pywa']} handled)",
                ),
                ("json.loads alone", f"{rate['json.loads']:>9,.0f} bodies/s"),
                ("events handled, ours : pywa", f"{ratio:.1f} (goal {goal:g})"),
            ],
        )


if __name__ == "__main__":
    main()
