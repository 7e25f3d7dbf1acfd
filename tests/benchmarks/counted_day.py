"""A day of many clinics, storage in memory: what is asked of storage and queues, and where the writes fall."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.domain.appointment import Appointment, HumanName
from shared.services.abreast import abreast
from shared.services.jobs import PlanJob
from shared.services.planning.schedule import daily_run_id
from shared.storage.rows import PAGE_ROWS, Change, Row, RowPage, Rows, Span
from tests.benchmarks.bench_message import STATUSES, CannedProvider, accepted, callback
from tests.benchmarks.measuring import Stopwatch
from tests.storage.wrappers import CountingBlobs, PassingRows
from tests.world import World, appointment, patient, world

OF_A_CLINIC = 500  # appointments that it reminds of in a day: a busy outpatient department
SWEEP_S = 5  # RELEASE_SCHEDULE
AT_ONCE = 24  # jobs of a queue in one instance: host.json, batchSize and newBatchThreshold
DRAINED_IN_S = 20  # what is due at one instant: the pace grows with the day, as numbers are added
FASTEST = 60_000  # messages a minute of one number, as Meta upgrades it; what is more waits
DUE_ROWS = 3  # writes for each message: fed (one goes, one comes), and gone when it is delivered
STEPS = [{"days": 2, "hour": "10:00"}]
GIVEN, FAMILY = 60, 150  # different names: partitions of the index of names are as uneven as names are


class CountedRows(PassingRows):
    """Counts what Table Storage bills and throttles: a batch is one transaction for each of its rows."""

    def __init__(self, inner: Rows) -> None:
        super().__init__(inner)
        self.requests = 0
        self.reads = 0
        self.writes: Counter[tuple[str, str]] = Counter()  # by table and partition

    async def get(self, table: str, partition: str, key: str) -> Row | None:
        self.requests += 1
        self.reads += 1
        return await super().get(table, partition, key)

    async def query(
        self, table: str, span: Span, *, select: Sequence[str] = (), top: int = PAGE_ROWS, resume: str = ""
    ) -> RowPage:
        self.requests += 1
        self.reads += 1
        return await super().query(table, span, select=select, top=top, resume=resume)

    async def write(self, table: str, change: Change) -> str:
        self._count(table, [change])
        return await super().write(table, change)

    async def apply(self, table: str, changes: Sequence[Change]) -> Sequence[str]:
        self._count(table, changes)
        return await super().apply(table, changes)

    def _count(self, table: str, changes: Sequence[Change]) -> None:
        self.requests += 1
        for change in changes:
            self.writes[table, change.row.partition] += 1


@dataclass(frozen=True, slots=True)
class Phase:
    """What one part of the day asked for. `writes`: rows, by table and partition. `blobs`: of raw callbacks."""

    requests: int
    reads: int
    blobs: int
    writes: Mapping[tuple[str, str], int]
    cpu_s: float

    @property
    def operations(self) -> int:
        """Of tables, as they are billed and limited."""
        return self.reads + sum(self.writes.values())

    @property
    def of_the_account(self) -> int:
        """Tables and blobs lie in one account."""
        return self.operations + self.blobs

    def of_table(self, table: str) -> int:
        return sum(count for (name, _), count in self.writes.items() if name == table)

    def busiest(self, table: str) -> int:
        return max((count for (name, _), count in self.writes.items() if name == table), default=0)

    @property
    def tables(self) -> Sequence[str]:
        return sorted({table for table, _ in self.writes})


@dataclass(frozen=True, slots=True)
class CountedDay:
    """`send` is everything from the first sweep to the last receipt, which is what happens at the same time."""

    appointments: int
    clinics: int
    plan: Phase
    send: Phase
    queue_messages: Mapping[str, int]
    sweeps: int

    @property
    def operations(self) -> int:
        return self.plan.operations + self.send.operations

    @property
    def while_waiting(self) -> int:
        """Due rows that were moved because there was no wire time yet: as the burst is, not as the day is."""
        return self.send.of_table("due") - DUE_ROWS * self.appointments


@dataclass
class _Meter:
    rows: CountedRows = field(default_factory=lambda: CountedRows(PassingRows(None)))  # type: ignore[arg-type]
    blobs: CountingBlobs = field(default_factory=lambda: CountingBlobs(None))
    seen: Phase = field(default_factory=lambda: Phase(0, 0, 0, Counter(), 0))

    def around_rows(self, inner: Rows) -> CountedRows:
        self.rows = CountedRows(inner)
        return self.rows

    def around_blobs(self, inner: object) -> CountingBlobs:
        self.blobs = CountingBlobs(inner)
        return self.blobs

    def phase(self, cpu_s: float) -> Phase:
        """Since the last one."""
        before, rows = self.seen, self.rows
        self.seen = now = Phase(rows.requests, rows.reads, self.blobs.requests.total(), Counter(rows.writes), cpu_s)
        writes = Counter(now.writes) - Counter(before.writes)
        return Phase(now.requests - before.requests, now.reads - before.reads, now.blobs - before.blobs, writes, cpu_s)


async def counted_day(
    appointments: int, of_a_clinic: int = OF_A_CLINIC, drained_in_s: int = DRAINED_IN_S
) -> CountedDay:
    """Every patient of every clinic is reminded, and every message delivered and read. Clinics have the same lists."""
    pace = max(1, min(FASTEST, 60 * appointments // drained_in_s))
    channel = {"channel": "whatsapp", "opt_in": "opt_out", "pace": pace}
    meter, provider, queues = _Meter(), CannedProvider(), Counter[str]()
    clinics = [f"clinic-{n:04d}" for n in range(appointments // of_a_clinic)]
    visits = [visit(n) for n in range(1, of_a_clinic + 1)]
    async with world(*visits, around_rows=meter.around_rows, around_blobs=meter.around_blobs, providers=provider) as w:
        for clinic_id in clinics:
            await w.clinic(id=clinic_id, steps=STEPS, channels=[channel])
        meter.phase(0)
        with Stopwatch() as planning:
            for clinic_id in clinics:
                await plan(w, clinic_id)
        plan_phase = meter.phase(planning.cpu_s)
        queues["plan"] = len(clinics)
        w.clock.advance(hours=1)
        with Stopwatch() as sending:
            sweeps = await send_all(w, provider, queues, appointments)
        return CountedDay(appointments, len(clinics), plan_phase, meter.phase(sending.cpu_s), queues, sweeps)


def visit(number: int) -> Appointment:
    name = HumanName(text=f"Robin{number % GIVEN} Example{number % FAMILY}")
    return appointment(number, days=2, of=patient(number, name=name))


async def plan(w: World, clinic_id: str) -> None:
    clinic = await w.services.clinics.get(clinic_id)
    day = clinic.local_day(w.clock.now())
    run = await w.services.plan(PlanJob(clinic_id, day, daily_run_id(clinic_id, day)))
    assert run is not None
    assert run.counts["planned"] > 0, run


async def send_all(w: World, provider: CannedProvider, queues: Counter[str], messages: int) -> int:
    """Sweep by sweep; the receipts of what a sweep sent come before the next one, as they do within seconds."""
    sweeps = told = 0
    while told < messages:
        released = await w.services.release()
        sweeps += 1
        queues["send"] += len(released.send)
        queues["check"] += len(released.check)
        for start in range(0, len(released.send), AT_ONCE):
            await abreast(w.services.send, released.send[start : start + AT_ONCE])
        for number, reference in enumerate(provider.references[told:], told + 1):
            for status in STATUSES:
                await w.services.receive(await accepted(w, *callback(number, reference, status)))
                queues["callback"] += 1
        assert sweeps < 10 * messages, "nothing goes any more"
        told = len(provider.references)
        w.clock.advance(seconds=SWEEP_S)
    return sweeps
