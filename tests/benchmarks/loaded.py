"""A clinic's last three months and its next week: 100,000 messages as they would lie in the tables, and their events.

Made once, in memory; other stores get a copy of the rows.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import chain
from random import Random

from shared.domain.clinic import Clinic
from shared.domain.content import TemplateContent
from shared.domain.decision import SkipReason
from shared.domain.identity import Pseudonyms
from shared.domain.message import Event, EventName, Kind, Message, RequestStatus, State
from shared.storage.batches import batches, for_each
from shared.storage.contract import DecisionRecord, LogEntry, WorkItem, WorkKind
from shared.storage.decision_rows import DecisionRows
from shared.storage.history import history_rows
from shared.storage.log import row_of_line
from shared.storage.message_rows import MessageRows
from shared.storage.places import DAYLOG, HISTORY, MESSAGES, TABLES, WAITING, WORKLIST
from shared.storage.rows import Change, Row, Rows, Span, Verb
from shared.storage.scan import every_row
from shared.storage.seal import Sealer
from shared.storage.waiting import waiting_row
from shared.storage.work_rows import WorkRows, item_key, line_key
from tests.world import NOW, clinic_document

MESSAGES_MADE = 100_000
BACK, AHEAD = 91, 7  # days
STEPS = {"7d": 7, "2d": 2}
SKIPPED = 0.1  # of the appointments
OPEN_ITEMS = 500  # on the worklist
_ANSWERS = (*[RequestStatus.CONFIRMED_ATTENDANCE] * 12, RequestStatus.PENDING_CANCELLATION, None, None, None)
_ENDS = (*[EventName.READ] * 80, *[EventName.DELIVERED] * 12, *[EventName.FAILED] * 5, *[EventName.UNKNOWN] * 3)
_LANGUAGES = (*["en"] * 8, "zh-Hans", "hi")


def document() -> str:
    """The clinic: reminders 7 and 2 days before, on two channels."""
    channels = [{"channel": "whatsapp", "opt_in": "opt_out"}, {"channel": "wechat", "opt_in": "opt_out"}]
    return json.dumps({**json.loads(clinic_document()), "channels": channels})


@dataclass
class Maker:
    """Makes the rows of so many messages."""

    clinic: Clinic
    sealer: Sealer
    pseudonyms: Pseudonyms
    count: int = MESSAGES_MADE

    def __post_init__(self) -> None:
        self._random = Random(1)
        self._messages, self._decisions = MessageRows(self.sealer), DecisionRows(self.sealer)

    def rows(self) -> Iterator[tuple[str, Row]]:
        """(table, row), day by day."""
        today = self.clinic.local_day(NOW)
        days = BACK + AHEAD + 1
        made = n = 0
        for offset in range(days):
            day = today + timedelta(days=offset - BACK)
            wanted = self.count * (offset + 1) // days
            while made < wanted:
                n += 1
                for table, row in self._appointment(n, day):
                    yield table, row
                    made += table == MESSAGES and row.key.count("_") == 1
        items = WorkRows(self.sealer)
        for n in range(OPEN_ITEMS):
            item = self._item(n)
            yield from ((WORKLIST, items.of_item(item, key)) for key in (item_key(item.id), line_key(item)))

    def _appointment(self, n: int, day: date) -> Iterator[tuple[str, Row]]:
        random = self._random
        starts_at = datetime.combine(day, time(8 + n % 9, n % 4 * 15), NOW.tzinfo)
        skipped = random.random() < SKIPPED
        channel, language = random.choice(("whatsapp", "whatsapp", "wechat")), random.choice(_LANGUAGES)
        for step, days in STEPS.items():
            at = datetime.combine(day - timedelta(days=days), time(10), NOW.tzinfo)
            message = self._message(n, day, starts_at, step, at, channel, language)
            decision = _decision(message, n)
            if skipped:
                decision = replace(decision, message_id=None, channel="", reason=SkipReason.NO_OPT_IN)
            yield MESSAGES, self._decisions.of_decision(decision)
            if skipped:
                continue
            yield MESSAGES, self._messages.of_message(message)
            yield from ((HISTORY, row) for row in history_rows(message))
            if at >= NOW:
                yield WAITING, waiting_row(message.id)
            else:
                yield from self._sent(message, at + timedelta(seconds=n % 3600, milliseconds=n % 997))

    def _sent(self, message: Message, at: datetime) -> Iterator[tuple[str, Row]]:
        end = self._random.choice(_ENDS)
        line = LogEntry(at, self.clinic.local_day(at), message.id, message.kind, message.channel, State.SENDING)
        yield DAYLOG, row_of_line(line)
        names = [EventName.CLAIMED, EventName.ACCEPTED, EventName.SENT]
        if end is EventName.READ:
            names.append(EventName.DELIVERED)
        for n, name in enumerate([*names, end]):
            wamid = f"wamid.HBgM{message.id.digest[:12]}" if name is not EventName.CLAIMED else ""
            detail = "131026" if name is EventName.FAILED else ""
            event = Event(message.id, name, at + timedelta(seconds=n), detail=detail, provider_id=wamid, owner="w1")
            yield MESSAGES, self._messages.of_event(event)
        answer = self._random.choice(_ANSWERS) if end is EventName.READ and message.step == "2d" else None
        if answer is not None:
            owner = self.pseudonyms.digest("answer", str(message.id))
            said = Event(message.id, EventName.ANSWERED, at + timedelta(hours=1), detail=answer, owner=owner)
            yield MESSAGES, self._messages.of_event(said)

    def _message(
        self, n: int, day: date, starts_at: datetime, step: str, at: datetime, channel: str, language: str
    ) -> Message:
        key = self.pseudonyms.appointment(self.clinic.id, f"A-{n}")
        number = f"+4477009{n % 100_000:05d}"
        values = {"patient_name": f"Robin Example {n}", "date": f"{day:%d %B}", "location": "Level 2"}
        return Message(
            id=self.pseudonyms.reminder(self.clinic.id, key, step, starts_at, day),
            kind=Kind.REMINDER,
            channel=channel,
            account="default",
            to=number,
            content=TemplateContent("appointment_reminder", language, values),
            language=language,
            scheduled_for=at,
            expires_at=starts_at,
            created_at=at - timedelta(days=1),
            patient_key=self.pseudonyms.patient(self.clinic.id, f"P-{n}"),
            patient_name=f"Robin Example {n}",
            appointment_id=f"A-{n}",
            appointment_key=key,
            starts_at=starts_at,
            step=step,
            version="v1",
            address_key=self.pseudonyms.address(self.clinic.id, channel, number),
        )

    def _item(self, n: int) -> WorkItem:
        at = NOW + timedelta(minutes=n)
        return WorkItem(
            self.pseudonyms.digest("work", str(n)), self.clinic.id, WorkKind.NO_WAY, NOW, at, "no_address",
            patient_name=f"Robin Example {n}", appointment_id=f"A-{n}", starts_at=at,
        )  # fmt: skip


def _decision(message: Message, n: int) -> DecisionRecord:
    return DecisionRecord(
        clinic_id=message.id.clinic_id,
        day=message.id.day,
        appointment_key=message.appointment_key,
        step=message.step,
        decided_at=message.created_at,
        run_id="run-1",
        fingerprint=f"f{n}",
        message_id=message.id,
        scheduled_for=message.scheduled_for,
        channel=message.channel,
        starts_at=message.starts_at,
        appointment_id=message.appointment_id,
        patient_key=message.patient_key,
        patient_name=message.patient_name,
        appointment_type="Follow-up",
        location="Level 2",
    )


async def load(rows: Rows, made: Iterator[tuple[str, Row]]) -> int:
    """Writes them all; how many there were."""
    count = 0
    for table, row in made:
        await rows.write(table, Change(Verb.UPSERT, row))
        count += 1
    return count


async def copy(source: Rows, target: Rows, tables: Sequence[str] = TABLES) -> int:
    """Every row of one store into another, in full batches; how many there were.

    Two at a time: Azurite looks at a partition's other rows for each row that it takes, so that a batch of a large one
    takes seconds.
    """
    count = 0
    for table in tables:
        partitions: dict[str, list[Sequence[Change]]] = defaultdict(list)
        async for row in every_row(source, table, Span("!", "~")):
            partitions[row.partition].append([Change(Verb.UPSERT, Row(row.partition, row.key, row.columns))])
            count += 1

        async def write(batch: Sequence[Change], table: str = table) -> None:
            await target.apply(table, batch)

        await for_each(chain.from_iterable(map(batches, partitions.values())), write, in_flight=2)
    return count
