"""Five numbers, the simulator in a second process, storage in memory: `dev.py bench throughput [messages] [together]`.

Our process sends with httpx over HTTP on 127.0.0.1 and takes three receipts for each message from real posts of the
simulator: verified on the raw bytes, stored sealed, parsed, recorded. The queue between is one in memory.
"""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web

from shared.services.jobs import CallbackJob, CheckJob, SendJob
from shared.services.planning.schedule import daily_run_id
from shared.settings import encryption_keys, index_key, read_settings
from shared.storage.memory import MemoryBlobs, MemoryRows
from shared.storage.opened import storage_over
from shared.storage.places import MESSAGES
from shared.storage.rows import Change
from shared.wiring.services import Services, build_services
from tests.benchmarks.measuring import show
from tests.benchmarks.running_clock import RunningClock
from tests.benchmarks.simulator_process import RunningSimulator, simulator_process
from tests.storage.wrappers import PassingRows
from tests.world import SETTINGS, ListSource, appointment, clinic_document, patient

MESSAGES_SENT, NUMBERS, TOGETHER = 6_000, 5, 20
LIMIT = 250.0  # messages a second, with three receipts each
SENDERS, RECEIVERS = 24, 24  # host.json: batchSize 16 and newBatchThreshold 8, for each queue
PATIENTS = 500  # from 200 on: the simulator gives those below 200, and from 700 to 799, fates of their own
CHECKERS = 4
RECEIPTS = ("_sent", "_delivered", "_read")


class ReceiptCount(PassingRows):
    """Counts receipts as they are recorded; `done` is set at the last one."""

    def __init__(self, wanted: int) -> None:
        super().__init__(MemoryRows())
        self.recorded = 0
        self.done = asyncio.Event()
        self._wanted = wanted

    async def write(self, table: str, change: Change) -> str:
        etag = await super().write(table, change)
        if table == MESSAGES and change.row.key.endswith(RECEIPTS):
            self.recorded += 1
            if self.recorded >= self._wanted:
                self.done.set()
        return etag


@dataclass
class OurSide:
    """The services, and the queues in front of them."""

    services: Services
    jobs: asyncio.Queue[SendJob] = field(default_factory=asyncio.Queue)
    checks: asyncio.Queue[CheckJob] = field(default_factory=asyncio.Queue)
    callbacks: asyncio.Queue[CallbackJob] = field(default_factory=asyncio.Queue)
    posts: int = 0

    async def webhook(self, request: web.Request) -> web.Response:
        self.posts += 1
        headers = {name.lower(): value for name, value in request.headers.items()}
        account, body = request.match_info["account"], await request.read()
        said, job = await self.services.accept("whatsapp", account, dict(request.query), headers, body)
        self.callbacks.put_nowait(job)
        return web.Response(text=said.body)

    async def works[T](self, queue: asyncio.Queue[T], act: Callable[[T], Awaitable[None]]) -> None:
        while True:
            await act(await queue.get())

    async def releases(self) -> None:
        """Sweep after sweep, as the timer does; the pause is short so that the timer is not what is measured."""
        while True:
            released = await self.services.release()
            for job in released.send:
                self.jobs.put_nowait(job)
            for check in released.check:
                self.checks.put_nowait(check)
            await asyncio.sleep(0.25)


def account(number: int) -> dict[str, str]:
    """Secrets of one of the numbers."""
    return {
        "phone_number_id": f"10654035224{number:04d}",
        "business_account_id": f"10229012934{number:04d}",
        "access_token": f"simulated-token-{number}",
        "verify_token": "simulated-verify-token",
        "webhook_secret": "simulated-app-secret",
    }


@asynccontextmanager
async def serving(app: web.Application) -> AsyncGenerator[str]:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def planned(services: Services, clock: RunningClock, source: Mapping[str, ListSource]) -> None:
    for number, clinic_id in enumerate(source):
        await services.storage.clinics.put_account("whatsapp", f"number{number}", account(number), clock.now())
        channels = [{"channel": "whatsapp", "account": f"number{number}", "opt_in": "opt_out"}]
        await services.clinics.load(clinic_document(id=clinic_id, channels=channels), "bench")
    for job in await services.schedule():
        assert job.run_id == daily_run_id(job.clinic_id, job.day)
        run = await services.plan(job)
        assert run is not None
    clock.advance(timedelta(hours=1))


async def measured(messages: int, together: int) -> list[tuple[str, str]]:
    each = messages // NUMBERS
    lists = {
        f"clinic{number}": ListSource([appointment(n, days=2, of=patient(n % PATIENTS + 200)) for n in range(each)])
        for number in range(NUMBERS)
    }
    clock, rows = RunningClock(), ReceiptCount(3 * each * NUMBERS)
    app = web.Application(client_max_size=4 * 1024 * 1024)
    ours: list[OurSide] = []

    async def taken(request: web.Request) -> web.StreamResponse:
        return await ours[0].webhook(request)

    app.add_routes([web.post("/{account}", taken)])
    async with serving(app) as url:
        hooks = [f"{url}/number{number}" for number in range(NUMBERS)]
        with simulator_process([account(number) for number in range(NUMBERS)], hooks, together) as simulator:
            settings = read_settings({**SETTINGS, "WHATSAPP_GRAPH_URL": simulator.url})
            storage = storage_over(rows, MemoryBlobs(), encryption_keys(settings), index_key(settings))

            async def opened(clinic: object) -> ListSource:
                return lists[clinic.id]  # type: ignore[attr-defined]

            services = build_services(settings, storage, clock, None, opened)
            ours.append(OurSide(services))
            await planned(services, clock, lists)
            try:
                return await _sent(ours[0], rows, simulator, each * NUMBERS)
            finally:
                await services.network.aclose()


async def _sent(ours: OurSide, rows: ReceiptCount, simulator: RunningSimulator, messages: int) -> list[tuple[str, str]]:
    theirs_before = simulator.cpu_s()
    wall, cpu = time.perf_counter(), time.process_time()
    works = [asyncio.create_task(ours.works(ours.jobs, ours.services.send)) for _ in range(SENDERS)]
    works += [asyncio.create_task(ours.works(ours.callbacks, ours.services.receive)) for _ in range(RECEIVERS)]
    works += [asyncio.create_task(ours.works(ours.checks, ours.services.look_after)) for _ in range(CHECKERS)]
    works.append(asyncio.create_task(ours.releases()))
    ended = asyncio.create_task(rows.done.wait())
    await asyncio.wait([ended, *works], return_when=asyncio.FIRST_COMPLETED, timeout=120)
    wall_s, cpu_s = time.perf_counter() - wall, time.process_time() - cpu
    theirs_s = simulator.cpu_s() - theirs_before
    for work in (*works, ended):
        work.cancel()
    told = [work.exception() for work in works if work.done() and not work.cancelled()]
    if told or not rows.done.is_set():
        raise SystemExit(f"{rows.recorded} of {3 * messages} receipts recorded; {told}")
    return _rows(messages, ours.posts, wall_s, cpu_s, theirs_s, simulator)


def _rows(
    messages: int, posts: int, wall_s: float, cpu_s: float, theirs_s: float, simulator: RunningSimulator
) -> list[tuple[str, str]]:
    ledger, rate = simulator.ledger(), messages / wall_s
    return [
        ("messages", f"{rate:.0f} a second = {rate / LIMIT:.2f} of the {LIMIT:.0f} that are asked for"),
        ("receipts", f"{3 * rate:.0f} a second, {3 * messages / posts:.1f} in each of {posts} posts"),
        (
            "our CPU",
            f"{cpu_s / messages * 1000:.2f} ms for each message: one core of it makes {messages / cpu_s:.0f}/s",
        ),
        ("our share", f"{cpu_s / wall_s:.0%} of a core; the simulator's {theirs_s / wall_s:.0%}"),
        ("its ledger", f"{ledger.messages} messages, {ledger.copies} twice, {ledger.posts_given_up} posts given up"),
    ]


def main() -> None:
    arguments: Sequence[int] = [int(given) for given in sys.argv[1:]]
    messages = arguments[0] if arguments else MESSAGES_SENT
    together = arguments[1] if len(arguments) > 1 else TOGETHER
    rows = asyncio.run(measured(messages, together))
    show(f"{messages} messages from {NUMBERS} numbers, at most {together} receipts in a post", rows)


if __name__ == "__main__":
    main()
