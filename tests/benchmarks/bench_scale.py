"""From one clinic to a national service: counted at 2,000 and 20,000 reminders, computed for a million.

    dev.py bench scale [appointments …]

Counted: table operations as they are billed and limited (each row of a batch is one), queue messages, and the rows that
fall on the busiest partition of each table, storage in memory. Computed: from the larger count, at the limits that
Microsoft and Meta publish. docs/operations/scale.md says what follows.
"""

import asyncio
import sys
from dataclasses import dataclass

from tests.benchmarks.counted_day import AT_ONCE, CountedDay, Phase, counted_day
from tests.benchmarks.measuring import show

COUNTED = (2_000, 20_000)
WAITING = 500  # messages, for what it costs to wait for wire time
DRAINED_IN_MIN = (1, 10, 60)
NATIONAL = 1_000_000
MOST_CURVED = 0.02  # by which operations for each message may differ between the counts
PARTITION_GOAL = 500  # writes a second that no partition may exceed here: a quarter of what it takes
PARTITION_LIMIT = 2_000  # 1 KiB entities a second (Table Storage, scalability targets)
ACCOUNT_LIMIT = 20_000  # operations a second (the same)
QUEUE_LIMIT = 2_000  # 1 KiB messages a second in one queue (Queue Storage, scalability targets)
STANDARD_PACE, HIGH_PACE = 80, 1_000  # messages a second for each number (Meta, Cloud API throughput)
QUEUE_OPERATIONS = 3  # for each message: put, get, delete
CALL_S = 0.5  # for which a send occupies its place in an instance: claim, a provider's answer of 300 ms, record
CPU_MS = 4.0  # of a message with its receipts, host included (bench throughput: 3.6 to 3.9)


@dataclass(frozen=True, slots=True)
class Busiest:
    """The busiest partition of a table: rows on it for each message of whatever the partition belongs to."""

    table: str
    scope: str
    rows: float

    @property
    def most_a_second(self) -> float:
        """Messages a second at which it reaches the goal."""
        return PARTITION_GOAL / self.rows


SHARED = {"due": "the service", "lanes": "a number"}  # of all else each clinic has partitions of its own
OF_A_LEASE = 20  # slots that are leased together where so many wait: see services/sending/wire.py


def busiest_of(day: CountedDay, phase: Phase) -> list[Busiest]:
    """Where more than one row in ten messages falls on one partition."""
    of_a_clinic = day.appointments / day.clinics
    found = []
    for table in phase.tables:
        scope = SHARED.get(table, "a clinic")
        through = of_a_clinic if scope == "a clinic" else day.appointments
        one = Busiest(table, scope, phase.busiest(table) / through)
        if one.rows >= 0.1:
            found.append(one)
    return sorted(found, key=lambda one: -one.rows)


def curved(days: list[CountedDay]) -> float:
    """By how much operations for each message differ between days; what they cost by waiting stands apart."""
    each = [(day.operations - day.while_waiting) / day.appointments for day in days]
    return max(each) / min(each) - 1


def counted_rows(day: CountedDay) -> list[tuple[str, str]]:
    n = day.appointments
    queued = sum(day.queue_messages.values())
    return [
        ("planning", f"{day.plan.operations / n:.2f} operations each, {day.plan.requests / n:.2f} requests"),
        (
            "sending and receipts",
            f"{day.send.operations / n:.2f} operations each, {day.send.requests / n:.2f} requests",
        ),
        ("together", f"{day.operations} operations = {day.operations / n:.2f} each"),
        ("of which while waiting", f"{day.while_waiting / n:.2f} each"),
        ("blob operations", f"{day.send.blobs / n:.2f} each"),
        ("queue messages", f"{queued} = {queued / n:.2f} each {dict(day.queue_messages)}"),
        ("our CPU", f"{(day.plan.cpu_s + day.send.cpu_s) * 1000 / n:.2f} ms each"),
    ]


def partition_rows(day: CountedDay) -> list[tuple[str, str]]:
    lines = []
    for name, phase in (("planning", day.plan), ("sending", day.send)):
        for one in busiest_of(day, phase):
            reached = f"{PARTITION_GOAL}/s at {one.most_a_second:.0f} messages/s"
            said = f"{one.rows:.2f} rows a message of {one.scope}: {reached}"
            if one.table == "lanes":
                said += f"; {one.most_a_second * OF_A_LEASE:.0f} where {OF_A_LEASE} wait together"
            lines.append((f"{name}: {one.table}", said))
    return lines


def planned_at_once(day: CountedDay) -> list[tuple[str, str]]:
    """One clinic's run, if storage answered without delay: faster it cannot write."""
    a_second = day.appointments / day.plan.cpu_s
    return [
        (one.table, f"{a_second * one.rows:.0f} writes/s at {a_second:.0f} appointments/s")
        for one in busiest_of(day, day.plan)
        if one.scope == "a clinic"
    ]


def most_a_second(day: CountedDay) -> dict[str, float]:
    """Messages a second through the whole service at which each limit binds."""
    n = day.appointments
    callbacks = day.queue_messages["callback"] / n
    due = next(one for one in busiest_of(day, day.send) if one.table == "due")
    queued = sum(day.queue_messages.values()) / n
    return {
        f"one number, {STANDARD_PACE}/s": STANDARD_PACE,
        f"one number, {HIGH_PACE}/s": HIGH_PACE,
        f"callback queue, {QUEUE_LIMIT} messages/s, each receipt a callback of its own": QUEUE_LIMIT / callbacks,
        f"busiest partition of due, {PARTITION_GOAL} writes/s": due.most_a_second,
        f"busiest partition of due, {PARTITION_LIMIT} writes/s": PARTITION_LIMIT / due.rows,
        f"tables and blobs of one account, {ACCOUNT_LIMIT} operations/s": ACCOUNT_LIMIT / (day.send.of_the_account / n),
        f"queues of one account, {ACCOUNT_LIMIT} operations/s": ACCOUNT_LIMIT / (queued * QUEUE_OPERATIONS),
    }


def waiting_rows() -> list[tuple[str, str]]:
    """Who waits for wire time is moved now and then: by the logarithm of the wait."""
    lines = []
    for minutes in DRAINED_IN_MIN:
        day = asyncio.run(counted_day(WAITING, WAITING, 60 * minutes))
        lines.append((f"drained in {minutes} min", f"{day.send.of_table('due') / WAITING:.2f} rows of due each"))
    return lines


def national_rows(day: CountedDay) -> list[tuple[str, str]]:
    n = day.appointments
    factor = NATIONAL / n
    planning = day.plan.operations * factor
    lines = [
        ("table operations", f"{day.operations * factor / 1e6:.1f} million"),
        ("queue messages", f"{sum(day.queue_messages.values()) * factor / 1e6:.1f} million"),
        ("CPU", f"{NATIONAL * CPU_MS / 3_600_000:.1f} hours of one core"),
    ]
    lines += [
        (
            "planning",
            f"{planning / 1e6:.1f} million operations: {planning / ACCOUNT_LIMIT / 60:.0f} min at one account's limit; "
            f"{day.plan.cpu_s * factor / 60:.0f} min of one core",
        )
    ]
    due = next(one for one in busiest_of(day, day.send) if one.table == "due")
    for numbers, pace in ((1, STANDARD_PACE), (4, STANDARD_PACE), (10, STANDARD_PACE), (1, HIGH_PACE)):
        rate = numbers * pace
        operations = rate * day.send.of_the_account / n
        instances = max(rate * CALL_S / AT_ONCE, rate * CPU_MS / 1000)
        lines.append(
            (
                f"{numbers} × {pace}/s",
                f"{NATIONAL / rate / 60:.0f} min; {operations:.0f} operations/s; due {rate * due.rows:.0f} writes/s; "
                f"callbacks {rate * day.queue_messages['callback'] / n:.0f}/s; {instances:.1f} instances",
            )
        )
    return lines


def main() -> None:
    counts = [int(count) for count in sys.argv[1:]] or list(COUNTED)
    days = []
    for count in counts:
        days.append(asyncio.run(counted_day(count)))
        show(f"counted: {count} reminders of {days[-1].clinics} clinics", counted_rows(days[-1]))
    largest = days[-1]
    off = curved(days)
    show("linear", [("operations for each message differ by", f"{off:.1%} (limit {MOST_CURVED:.0%})")])
    show(f"where writes fall, goal {PARTITION_GOAL}/s of a partition's {PARTITION_LIMIT}/s", partition_rows(largest))
    show("one clinic's run on its busiest partitions, storage without delay", planned_at_once(largest))
    limits = sorted(most_a_second(largest).items(), key=lambda one: one[1])
    show("computed: what binds, and when", [(name, f"{rate:.0f} messages/s") for name, rate in limits])
    show(f"{WAITING} messages due at one instant", waiting_rows())
    show(f"computed: {NATIONAL:,} reminders in a day", national_rows(largest))
    if off > MOST_CURVED:
        sys.exit(1)


if __name__ == "__main__":
    main()
