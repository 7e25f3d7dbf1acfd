"""The queues: how many jobs, how old, of what form, and whether each leads to something. Poison ones must be empty.

Jobs come and go while the audit lasts: whatever seems to lead nowhere, and every poison queue that is not empty, is
looked at once more when all else was read. A job that is still there then, and still leads nowhere, is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from infra.ops.audit import jobs
from infra.ops.audit.asking import NotReadError
from infra.ops.audit.findings import Findings
from infra.ops.audit.jobs import Job, Target
from infra.ops.audit.queue_reading import Waiting
from infra.ops.audit.reading import AccountReader
from infra.ops.audit.scope import Scope

PLACE = "queues"


class Peeks(Protocol):
    """What `QueueReader` does. Both raise NotReadError."""

    def length(self, queue: str) -> int: ...

    def peeked(self, queue: str) -> list[Waiting]: ...


@dataclass(slots=True)
class Queues:
    """`names`: kind of work -> name of its queue. One that cannot be read ends the look: they stand in one account."""

    reader: Peeks
    names: Mapping[str, str]
    account: AccountReader
    scope: Scope
    findings: Findings
    _doubted: dict[str, dict[str, Target]] = field(default_factory=dict)  # queue -> job -> where it leads
    _poisoned: list[str] = field(default_factory=list)

    def look(self) -> None:
        for kind, name in self.names.items():
            for queue in (name, name + jobs.POISON):
                try:
                    self._queue(kind, queue)
                except NotReadError as error:
                    self.findings.not_read[PLACE] = f"{queue}: {error}"
                    return

    def judge(self) -> None:
        """The second look. Raises NotReadError."""
        for queue in self._poisoned:
            if left := self.reader.length(queue):
                self.findings.add("poison_waiting", f"queue {queue}: about {left}")
        for queue, doubted in self._doubted.items():
            for job in self.reader.peeked(queue):
                if job.id in doubted and self._is_gone(doubted[job.id]):
                    self.findings.add("job_leads_nowhere", f"queue {queue} job {job.id}")

    def _queue(self, kind: str, queue: str) -> None:
        poison = queue.endswith(jobs.POISON)
        self.findings.jobs[queue] = length = self.reader.length(queue)
        if poison and length:
            self._poisoned.append(queue)
        for waiting in self.reader.peeked(queue):
            where = f"queue {queue} job {waiting.id}"
            text = jobs.decoded(waiting.content)
            job = jobs.read(kind, text) if text is not None else None
            if job is not None and not self._is_meant(job):
                continue
            for fault in _faults(job, text if text is not None else waiting.content):
                self.findings.add(fault, where)
            if not poison and self._is_old(waiting.inserted_at):
                self.findings.add("job_old", f"{where} of {waiting.inserted_at:%Y-%m-%d %H:%M} UTC")
            if job is not None and self.scope.settled(waiting.inserted_at) and self._is_gone(job.target):
                self._doubted.setdefault(queue, {})[waiting.id] = job.target

    def _is_old(self, inserted_at: datetime) -> bool:
        """Thirty deliveries, a minute apart (host.json): after that a job is done or poison."""
        return self.scope.long_ago(inserted_at)

    def _is_meant(self, job: Job) -> bool:
        """One that does not say whose it is, is looked at always."""
        return self.scope.holds(job.clinic or self.scope.clinic, job.day)

    def _is_gone(self, target: Target) -> bool:
        table, partition, key = target
        if table == "callbacks":
            return not self.account.has_blob(table, key)
        return self.account.row(table, partition, key) is None


def _faults(job: Job | None, text: str) -> Iterator[str]:
    if any(jobs.looks(text)):
        yield "job_with_patient_data"
    elif job is None:
        yield "job_of_no_known_form"
