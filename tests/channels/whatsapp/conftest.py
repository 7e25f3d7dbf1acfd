"""The real simulator, a real callback address, and the client between them."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from aiohttp import web

from shared.channels.contract import Outbound
from shared.channels.whatsapp.callback import WhatsAppCallback
from shared.channels.whatsapp.client import WhatsAppChannel
from shared.channels.whatsapp.simulator import SAMPLE_CREDENTIALS, PaceLimits, WhatsAppSimulator
from shared.channels.whatsapp.simulator.server import serve_whatsapp
from shared.domain.content import Content, TemplateContent
from shared.domain.inbound import InboundEvent

PATIENT = "+447700900123"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
VALUES = {
    "patient_name": "Alex Example",
    "clinic": "Example Hospital",
    "date": "Monday 2 March 2026",
    "time": "10:30am",
    "appointment_type": "Eye clinic",
    "location": "Outpatients, level 2",
    "clinic_phone": "01632 960000",
}
REMINDER = TemplateContent("appointment_reminder", "en", VALUES)


def outbound(to: str = PATIENT, content: Content = REMINDER, reference: str = "example-clinic_ref1") -> Outbound:
    return Outbound(to=to, content=content, reference=reference, key=reference)


@dataclass
class StandingClock:
    """A clock that a test moves."""

    instant: datetime = NOON

    def now(self) -> datetime:
        return self.instant

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)


@dataclass
class CallbackAddress:
    """What an app's webhook would see: verified, parsed, kept. `answers` are given first, then 200."""

    callback: WhatsAppCallback = field(default_factory=lambda: WhatsAppCallback(SAMPLE_CREDENTIALS))
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    url: str = ""

    async def post(self, url: str, headers: object, body: bytes) -> int:
        lower = {name.lower(): value for name, value in dict(headers).items()}  # type: ignore[call-overload]
        self.callback.verify({}, lower, body, NOON)
        self.bodies.append(body)
        self.headers.append(lower)
        return self.answers.pop(0) if self.answers else 200

    @property
    def events(self) -> list[InboundEvent]:
        return [event for body in self.bodies for event in self.callback.parse({}, body)]


@pytest.fixture
async def address() -> AsyncIterator[CallbackAddress]:
    """A real address on this machine."""
    kept = CallbackAddress()

    async def handle(request: web.Request) -> web.Response:
        return web.Response(status=await kept.post(request.path, dict(request.headers), await request.read()))

    app = web.Application()
    app.add_routes([web.post("/api/webhooks/whatsapp", handle)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    kept.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/webhooks/whatsapp"
    yield kept
    await runner.cleanup()


@dataclass
class RealServer:
    """The simulator behind a socket, and our client on it."""

    simulator: WhatsAppSimulator
    channel: WhatsAppChannel
    url: str


@pytest.fixture
async def server(address: CallbackAddress) -> AsyncIterator[RealServer]:
    simulator = WhatsAppSimulator(webhook_url=address.url, limits=PaceLimits(per_second=0, pair_every_s=0))
    async with serve_whatsapp(simulator) as url, httpx.AsyncClient(trust_env=False) as http:
        channel = WhatsAppChannel(replace(SAMPLE_CREDENTIALS, graph_url=url), http, clock=StandingClock())
        yield RealServer(simulator, channel, url)


@pytest.fixture
async def mock_mode() -> AsyncIterator[Callable[..., tuple[WhatsAppSimulator, WhatsAppChannel]]]:
    """The simulator inside the process: `simulator, channel = mock_mode(…)`."""
    made: list[tuple[WhatsAppSimulator, httpx.AsyncClient]] = []

    def make(**options: object) -> tuple[WhatsAppSimulator, WhatsAppChannel]:
        simulator = WhatsAppSimulator(**options)  # type: ignore[arg-type]
        http = httpx.AsyncClient(transport=simulator.transport)
        made.append((simulator, http))
        return simulator, WhatsAppChannel(SAMPLE_CREDENTIALS, http, clock=StandingClock())

    yield make
    for simulator, http in made:
        await http.aclose()
        await simulator.aclose()
