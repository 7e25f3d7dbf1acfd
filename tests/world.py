"""A small world for tests: real services on storage in memory, simulated providers, a clock that tests move."""

import base64
import json
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from shared.channels.wechat.credentials import WeChatCredentials
from shared.channels.wechat.simulator import WeChatSimulator
from shared.channels.whatsapp.credentials import WhatsAppCredentials
from shared.channels.whatsapp.simulator import PaceLimits, WhatsAppSimulator
from shared.domain.appointment import (
    Appointment,
    AppointmentStatus,
    BadRow,
    HumanName,
    Patient,
    Telecom,
    TelecomSystem,
    Window,
)
from shared.domain.clinic import Clinic
from shared.domain.identity import Pseudonyms
from shared.domain.message import State
from shared.errors import SourceRefused
from shared.services.jobs import PlanJob, SendJob
from shared.services.planning.schedule import daily_run_id
from shared.services.staff.report import AppointmentStep, MessageView
from shared.settings import Settings, encryption_keys, index_key, read_settings
from shared.storage import memory
from shared.storage.contract import MessageLog, OptIn, Run
from shared.storage.opened import OpenStorage
from shared.subscribers.contract import Subscribers
from shared.wiring.channels import Providers
from shared.wiring.providers import Deliver
from shared.wiring.services import Services, build_services, in_process

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # a Friday; 9am in London
MOBILE = "07700 900123"

SETTINGS: Mapping[str, str] = {
    "PATIENT_STORAGE_CONNECTION": "memory",
    "ENCRYPTION_KEYS": "k1:" + base64.b64encode(b"e" * 32).decode(),
    "INDEX_KEY": base64.b64encode(b"i" * 32).decode(),
    "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
    "LOCAL_API_KEY": "local",
    "WHATSAPP_PHONE_NUMBER_ID": "106540352242922",
    "WHATSAPP_BUSINESS_ACCOUNT_ID": "102290129340398",
    "WHATSAPP_ACCESS_TOKEN": "simulated-token",
    "WHATSAPP_VERIFY_TOKEN": "simulated-verify-token",
    "WHATSAPP_WEBHOOK_SECRET": "simulated-app-secret",
    "WECHAT_APP_ID": "wx0000000000000001",
    "WECHAT_APP_SECRET": "simulated-app-secret",
    "WECHAT_TOKEN": "simulated-token",
    "WECHAT_ENCODING_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
}


class MovedClock:
    """A clock that stands until a test moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.at = now

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds=seconds)

    def advance(self, **amount: float) -> None:
        self.at += timedelta(**amount)


def clinic_document(**changes: Any) -> str:
    """A London clinic on WhatsApp that reminds 7 and 2 days before at 10:00, as its file would say it."""
    document: dict[str, Any] = {
        "id": "riverside",
        "name": {"en": "Riverside Clinic"},
        "phone": "01632 960001",
        "zone": "Europe/London",
        "region": "GB",
        "languages": ["en"],
        "steps": [{"days": 7, "hour": "10:00"}, {"days": 2, "hour": "10:00"}],
        "quiet_hours": {"start": "20:00", "end": "08:00"},
        "plan_at": "06:00",
        "channels": [{"channel": "whatsapp", "opt_in": "opt_out"}],
        "source": {"kind": "fhir_r4", "options": {}},
    }
    return json.dumps({**document, **changes})


def patient(number: int = 1, **changes: Any) -> Patient:
    """Patient `number`, an adult with a mobile of their own in the drama range."""
    fields: dict[str, Any] = {
        "id": f"p{number}",
        "name": HumanName(text=f"Robin Example {number}"),
        "telecoms": (Telecom(TelecomSystem.PHONE, f"07700 {900000 + number:06d}", "mobile"),),
        "birth_on": date(1980, 1, 1),
    }
    return Patient(**{**fields, **changes})


def appointment(
    number: int = 1, *, days: int = 7, hour: int = 14, of: Patient | None = None, **changes: Any
) -> Appointment:
    """Appointment `number`, booked, `days` after NOW's day at `hour` UTC."""
    fields: dict[str, Any] = {
        "id": f"a{number}",
        "status": AppointmentStatus.BOOKED,
        "start": NOW.replace(hour=hour) + timedelta(days=days),
        "patient": of or patient(number),
        "type_text": "Follow-up",
        "location": "Level 2",
    }
    return Appointment(**{**fields, **changes})


@dataclass
class ListSource:
    """A source that a test fills. `fails`: raised after the items; `refuses`: raised instead of an answer."""

    items: list[Appointment | BadRow] = field(default_factory=list)
    fails: Exception | None = None
    refuses: Exception | None = None
    readings: int = 0
    questions: int = 0
    closings: int = 0

    async def read(self, window: Window) -> AsyncGenerator[Appointment | BadRow]:
        self.readings += 1
        for item in list(self.items):
            if isinstance(item, BadRow) or item.start is None or item.start in window:
                yield item
        if self.fails is not None:
            raise self.fails

    async def read_one(self, appointment_id: str) -> Appointment | None:
        self.questions += 1
        if self.refuses is not None:
            raise self.refuses
        found = [i for i in self.items if isinstance(i, Appointment) and i.id == appointment_id]
        if not found and any(isinstance(i, BadRow) for i in self.items):
            raise SourceRefused("The appointment is not found, but rows cannot be read.")
        return found[0] if found else None

    async def aclose(self) -> None:
        self.closings += 1


@dataclass
class World:
    """Everything together. `whatsapp` and `wechat` are the simulated providers; their ledgers are the truth."""

    services: Services
    storage: OpenStorage
    source: ListSource
    clock: MovedClock
    whatsapp: WhatsAppSimulator
    wechat: WeChatSimulator
    settings: Settings
    pseudonyms: Pseudonyms

    async def clinic(self, **changes: Any) -> Clinic:
        return await self.services.clinics.load(clinic_document(**changes), "test")

    async def plan(self, clinic_id: str = "riverside") -> Run | None:
        """Today's run, as the timer would start it."""
        clinic = await self.services.clinics.get(clinic_id)
        day = clinic.local_day(self.clock.now())
        return await self.services.plan(PlanJob(clinic_id, day, daily_run_id(clinic_id, day)))

    async def plan_again(self, clinic_id: str = "riverside") -> Run:
        """Another run of the same day, as a person would start it."""
        clinic = await self.services.clinics.get(clinic_id)
        run = await self.services.plan(self.services.start_run.job(clinic))
        assert run is not None
        return run

    async def released(self) -> list[SendJob]:
        """What one sweep feeds; what it looks after is looked after, and what that puts back is fed too."""
        released = await self.services.release()
        for job in released.check:
            await self.services.look_after(job)
        return released.send + ((await self.services.release()).send if released.check else [])

    async def send_due(self) -> list[SendJob]:
        """One sweep, and every job that it feeds; then the providers' callbacks."""
        jobs = await self.released()
        for job in jobs:
            await self.services.send(job)
        await self.receipts()
        return jobs

    async def send_for(self, seconds: int) -> list[SendJob]:
        """As release's timer does it: a sweep every five seconds, so long."""
        jobs = await self.send_due()
        for _ in range(0, seconds, 5):
            self.clock.advance(seconds=5)
            jobs += await self.send_due()
        return jobs

    async def steps(self, clinic_id: str = "riverside") -> Sequence[AppointmentStep]:
        """Every decision of the window with what became of it, as staff see them."""
        clinic, reports = await self.services.clinics.get(clinic_id), self.services.reports
        span = reports.span(clinic, None, None, ahead=clinic.window_days, back=0)
        page = await reports.appointments(clinic, span, 200, "")
        assert not page.next_cursor
        return page.items

    async def told(self, clinic_id: str = "riverside") -> dict[tuple[str, str], str]:
        """(appointment, step) -> the state of its message with the reason, or why there is none. Moved ones twice."""
        found: dict[tuple[str, str], str] = {}
        for step in await self.steps(clinic_id):
            key, status = (step.decision.appointment_id, step.decision.step), step.status
            said = f"{status.state} {status.reason}" if status else f"skipped {step.decision.reason}"
            found[key] = f"{found[key]}, {said.strip()}" if key in found else said.strip()
        return found

    async def message(self, appointment_id: str = "a1", step: str = "7d") -> MessageLog:
        """The message of a planned step, with its events."""
        [found] = [
            s.decision.message_id
            for s in await self.steps()
            if (s.decision.appointment_id, s.decision.step) == (appointment_id, step)
        ]
        assert found is not None
        whole = await self.storage.messages.whole(found)
        assert whole is not None
        return whole

    async def sent(self, clinic_id: str = "riverside", *states: State) -> Sequence[MessageView]:
        """The list of sent messages of the last week."""
        clinic, reports = await self.services.clinics.get(clinic_id), self.services.reports
        span = reports.span(clinic, None, None, ahead=0, back=7)
        return (await reports.sent(clinic, span, "any", frozenset(states), 200, "")).items

    async def receipts(self) -> None:
        await self.whatsapp.deliver_due()
        await self.wechat.settle()

    async def opt_in(self, channel: str, patients: Iterable[Patient], clinic_id: str = "riverside") -> None:
        keys = [self.pseudonyms.patient(clinic_id, one.id) for one in patients]
        rows = [OptIn(key, channel, self.clock.now(), "form") for key in keys]
        await self.storage.patients.opt_in(clinic_id, rows)


class SimulatedProviders:
    """Both providers in process; callbacks go straight to the services. `automatic`: WeChat's come by themselves."""

    def __init__(
        self, settings: Settings, clock: MovedClock, limits: PaceLimits | None = None, *, automatic: bool = True
    ) -> None:
        self.deliver: Deliver | None = None
        whatsapp = WhatsAppCredentials.from_mapping(settings.group("WHATSAPP_"))
        wechat = WeChatCredentials.from_mapping(settings.group("WECHAT_"))
        self.whatsapp = WhatsAppSimulator(
            whatsapp,
            webhook_url="https://app.example/whatsapp",
            clock=clock,
            post=self._post_whatsapp,
            limits=limits,
            automatic=False,
        )
        self.wechat = WeChatSimulator(
            wechat,
            clock,
            "https://app.example/wechat",
            post=self._post_wechat,
            callback_delay_s=0 if automatic else 0.06,
            automatic=automatic,
        )
        self._transports = {"whatsapp": self.whatsapp.transport, "wechat": self.wechat.transport()}

    def client(self, channel: str, _account: str, _secrets: Mapping[str, str]) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self._transports[channel])

    async def _post_whatsapp(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        return (await self._post("whatsapp", url, headers, body))[0]

    async def _post_wechat(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        return await self._post("wechat", url, headers, body)

    async def _post(self, channel: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        assert self.deliver is not None
        query = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
        lower = {name.lower(): value for name, value in headers.items()}
        return 200, await self.deliver(channel, "default", query, lower, body)


Wrap = Callable[[Any], Any]


@asynccontextmanager
async def world(
    *items: Appointment | BadRow,
    around_rows: Wrap = lambda rows: rows,
    around_blobs: Wrap = lambda blobs: blobs,
    providers: Providers | None = None,
    subscribers: Subscribers | None = None,
    **settings: str,
) -> AsyncGenerator[World]:
    """A world with these appointments and no clinic yet."""
    clock, source = MovedClock(), ListSource(list(items))
    read = read_settings({**SETTINGS, **settings})
    storage = memory.open_storage(
        encryption_keys=encryption_keys(read),
        index_key=index_key(read),
        around_rows=around_rows,
        around_blobs=around_blobs,
    )
    simulated = SimulatedProviders(read, clock)
    services = build_services(
        read, storage, clock, providers or simulated, lambda _clinic: _opened(source), subscribers
    )
    simulated.deliver = in_process(services)
    yield World(
        services, storage, source, clock, simulated.whatsapp, simulated.wechat, read, Pseudonyms(index_key(read))
    )
    await simulated.whatsapp.aclose()
    await simulated.wechat.aclose()


async def _opened(source: ListSource) -> ListSource:
    return source
