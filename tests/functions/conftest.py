"""The app in the development host, on Azurite, with the providers' simulators served on this machine."""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from azure.storage.blob.aio import BlobServiceClient

from infra.local.azurite import Azurite
from infra.local.host.development_host import DevelopmentHost
from shared.channels.wechat.credentials import WeChatCredentials
from shared.channels.wechat.simulator import WeChatSimulator
from shared.channels.wechat.simulator.server import serve_wechat
from shared.channels.whatsapp.credentials import WhatsAppCredentials
from shared.channels.whatsapp.simulator import WhatsAppSimulator
from shared.channels.whatsapp.simulator.server import serve_whatsapp
from shared.clock import SystemClock
from shared.domain.identity import Pseudonyms
from shared.settings import encryption_keys, index_key, read_settings
from shared.storage import azure as azure_storage
from shared.storage.contract import ApiKey, DueAction
from shared.storage.contract.messages import PLANNED_WITHIN
from shared.storage.opened import OpenStorage
from shared.storage.places import CALLBACKS
from shared.subscribers.contract import Subscribers
from shared.wiring import Services, build_services
from tests.conftest import ROOT
from tests.world import SETTINGS

PATIENCE_S = 90  # on a machine that is busy with other things; what is quick is not slower for it
PUBLIC_URL = "https://app.example"  # the app as others see it
CLINIC, OTHER_CLINIC = "ward-7", "lakeside"
CLINICS_KEY, OTHERS_KEY = "key-of-ward-7", "key-of-lakeside"
SECOND_ACCOUNT = {
    "phone_number_id": "200000000000002",
    "business_account_id": "300000000000002",
    "access_token": "second-token",
    "verify_token": "second-verify-token",
    "webhook_secret": "second-secret",
}
COLUMNS = ("id", "patient", "name", "born", "mobile", "openid", "start", "status", "place")
PEOPLE = (
    ("P-8001", "Quentin Quillfeather", "07700 900401", ""),
    ("P-8002", "Zelda Zephyrina", "07700 900402", ""),
    ("P-8003", "Ottoline Oakenshaw", "", "oOttoline_follower_8003"),
)


@dataclass(frozen=True)
class Answer:
    """What a caller sees."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class WatchedHost(DevelopmentHost):
    """Knows when it last released what was due."""

    released_at = datetime.min.replace(tzinfo=UTC)

    async def fire(self, name: str, text: str = "", *, past_due: bool = False) -> None:
        if name == "release_due":
            self.released_at = SystemClock().now()
        await super().fire(name, text, past_due=past_due)


@dataclass(frozen=True)
class RunningApp:
    """The host, what lies behind it, and a caller in front of it."""

    host: WatchedHost
    services: Services
    storage: OpenStorage
    whatsapp: WhatsAppSimulator
    wechat: WeChatSimulator
    session: aiohttp.ClientSession
    connection: str

    async def call(
        self,
        method: str,
        path: str,
        *,
        key: str | None = "local",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Answer:
        """`path` begins after /api."""
        sent = {**({"x-api-key": key} if key else {}), **(headers or {})}
        async with self.session.request(method, f"{self.host.url}/api{path}", headers=sent, **more) as answer:
            return Answer(answer.status, await answer.text(), dict(answer.headers))

    async def blob_names(self) -> list[str]:
        """Of every stored callback."""
        async with BlobServiceClient.from_connection_string(self.connection) as account:
            return [name async for name in account.get_container_client(CALLBACKS).list_blob_names()]

    async def reach_subscribers_by(self, way: Subscribers) -> None:
        """From now on the app in the host has this way out to them."""
        deps = self.host._invoker._engine._app.deps
        await deps.aclose()
        deps._subscribers = way

    async def a_moment(self) -> None:
        """What was put in line a moment ago is due."""
        await SystemClock().sleep(0.5)

    async def idle(self) -> None:
        """Queues empty, retries included."""
        await self.host.queues_idle(PATIENCE_S)

    async def settled(self) -> None:
        """Queues empty, callbacks posted and worked through; what was taken just now sent, and what was refused for now
        (a busy machine may not let a connection stand in time) tried again."""
        await self._come_to_rest()
        while waits := await self._until_next():
            await SystemClock().sleep(waits)
            await self.host.fire("release_due")
            await self._come_to_rest()

    async def _come_to_rest(self) -> None:
        for _ in range(3):
            await self.idle()
            await self.whatsapp.settled(PATIENCE_S)
            await self.wechat.settle()
        await self.idle()

    async def _until_next(self) -> float:
        """Seconds until a message goes that was taken just now, or was refused for now; 0: there is none. What a busy
        machine has let become due since the last release counts too."""
        now = SystemClock().now()
        rows = await self.storage.due.take(now + timedelta(seconds=PATIENCE_S), 200)
        sends = [row for row in rows if row.action is DueAction.SEND]
        soon = [row.at for row in sends if row.attempt > 1 or self.host.released_at < row.at <= now + PLANNED_WITHIN]
        return max(0.1, (min(soon) - now).total_seconds() + 0.1) if soon else 0


def write_extract(path: Path, people: tuple[tuple[str, str, str, str], ...] = PEOPLE) -> None:
    """One booked appointment for each of the people, in three days."""
    zone = ZoneInfo("Europe/London")
    start = SystemClock().now().astimezone(zone).replace(hour=15, minute=0) + timedelta(days=3)
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        for number, (patient, name, mobile, openid) in enumerate(people, 8001):
            born, when = "1980-01-01", f"{start:%Y-%m-%d %H:%M}"
            lines.writerow([f"A-{number}", patient, name, born, mobile, openid, when, "booked", "Level 2"])


def clinic_file(clinic_id: str, extract: Path) -> str:
    """A clinic that is never quiet, on both channels; its one step is always due."""
    mapping = {
        "zone": "Europe/London",
        "start_format": "%Y-%m-%d %H:%M",
        "birth_date_format": "%Y-%m-%d",
        "columns": {
            "appointment_id": "id", "patient_id": "patient", "full_name": "name", "birth_date": "born",
            "phones": [{"column": "mobile", "use": "mobile"}], "openid": "openid", "start": "start",
            "status": "status", "location": "place",
        },
        "status_map": {"booked": "booked"},
    }  # fmt: skip
    channels = [{"channel": "whatsapp", "opt_in": "opt_out"}, {"channel": "wechat", "opt_in": "opt_out"}]
    document = {
        "id": clinic_id,
        "name": {"en": "Ward Seven"},
        "phone": "01632 960007",
        "zone": "Europe/London",
        "region": "GB",
        "languages": ["en"],
        "steps": [{"days": 7, "hour": "00:30"}],
        "quiet_hours": {"start": "00:00", "end": "00:00"},
        "plan_at": "00:00",
        "channels": channels,
        "source": {"kind": "extract", "options": {"path": str(extract), "mapping": mapping}},
    }
    return json.dumps(document)


@asynccontextmanager
async def running(connection: str, folder: Path, **host_options: Any) -> AsyncIterator[RunningApp]:
    """Everything started; two clinics, a key for each, and a second WhatsApp account."""
    values = {**SETTINGS, "PATIENT_STORAGE_CONNECTION": connection, "AzureWebJobsStorage": connection}
    settings, clock = read_settings(values), SystemClock()
    whatsapp = WhatsAppSimulator(WhatsAppCredentials.from_mapping(settings.group("WHATSAPP_")), clock=clock)
    wechat = WeChatSimulator(WeChatCredentials.from_mapping(settings.group("WECHAT_")), clock)
    wechat.pushes.reply_within_s = (
        PATIENCE_S  # WeChat would give up after four times five seconds, and a receipt is lost
    )
    storage = azure_storage.open_storage(
        connection_string=connection, encryption_keys=encryption_keys(settings), index_key=index_key(settings)
    )
    await storage.create_tables()
    services, extract = build_services(settings, storage, clock), folder / "appointments.csv"
    await _fill(services, Pseudonyms(index_key(settings)), extract)
    async with serve_whatsapp(whatsapp) as graph, serve_wechat(wechat) as api, aiohttp.ClientSession() as session:
        values |= {"WHATSAPP_GRAPH_URL": graph, "WECHAT_API_URL": api, "MOCK_MODE": "false"}
        async with WatchedHost(ROOT, {**_NAMES, **values}, timers=False, **host_options) as host:
            whatsapp.set_webhook(f"{host.url}/api/webhooks/whatsapp")
            wechat.webhook_url = f"{host.url}/api/webhooks/wechat"
            yield RunningApp(host, services, storage, whatsapp, wechat, session, connection)
    await services.network.aclose()
    await storage.aclose()


_NAMES = {
    "PUBLIC_URL": PUBLIC_URL,
    "FUNCTIONS_WORKER_RUNTIME": "python",
    "PLAN_SCHEDULE": "0 */15 * * * *",
    "RELEASE_SCHEDULE": "*/5 * * * * *",
    "TALLY_SCHEDULE": "20 * * * * *",
    "PLAN_QUEUE": "plan-items",
    "SEND_QUEUE": "send-items",
    "CHECK_QUEUE": "check-items",
    "CALLBACK_QUEUE": "callback-items",
    "EVENT_QUEUE": "event-items",
    "PUBLISH_SCHEDULE": "*/5 * * * * *",
    # a job that storage did not answer in time comes again at once, not in a minute
    "AzureFunctionsJobHost__extensions__queues__visibilityTimeout": "00:00:01",
}


async def _fill(services: Services, pseudonyms: Pseudonyms, extract: Path) -> None:
    write_extract(extract)
    now = SystemClock().now()
    for clinic_id, key in ((CLINIC, CLINICS_KEY), (OTHER_CLINIC, OTHERS_KEY)):
        await services.clinics.load(clinic_file(clinic_id, extract), "test")
        api_key = ApiKey(clinic_id, f"nurses of {clinic_id}", frozenset({clinic_id}), now)
        await services.storage.api_keys.add(pseudonyms.digest("api-key", key), api_key)
    await services.storage.clinics.put_account("whatsapp", "second", SECOND_ACCOUNT, now)


@pytest.fixture(scope="module")  # its settings stand in the environment as long as it runs
async def app(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningApp]:
    """One running app for all tests that do not look at everything it stores."""
    async with running(azurite.empty_account(), tmp_path_factory.mktemp("functions")) as started:
        yield started
