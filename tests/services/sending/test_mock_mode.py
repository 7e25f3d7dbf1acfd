"""Mock mode: the same services and channels, the providers in this process; nothing leaves it."""

import asyncio
import time
from datetime import datetime, timedelta

from shared.domain.appointment import Telecom, TelecomSystem
from shared.services.jobs import PlanJob
from shared.settings import encryption_keys, index_key, read_settings
from shared.storage import memory
from shared.storage.contract.messages import PLANNED_WITHIN
from shared.wiring.services import build_services
from tests.world import NOW, SETTINGS, ListSource, appointment, clinic_document, patient

CREDENTIALS = ("WHATSAPP_", "WECHAT_")


class RunningClock:
    """Runs on from NOW, and may be wound on."""

    def __init__(self) -> None:
        self._begun, self.wound_on = time.monotonic(), timedelta(0)

    def now(self) -> datetime:
        return NOW + timedelta(seconds=time.monotonic() - self._begun) + self.wound_on

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def test_without_any_credentials_messages_go_the_whole_way() -> None:
    plain = {name: value for name, value in SETTINGS.items() if not name.startswith(CREDENTIALS)}
    settings, clock = read_settings({**plain, "MOCK_MODE": "true"}), RunningClock()
    storage = memory.open_storage(encryption_keys=encryption_keys(settings), index_key=index_key(settings))
    follower = patient(2, telecoms=(Telecom(TelecomSystem.OPENID, "oMock_follower_0001"),))
    source = ListSource([appointment(1, days=2), appointment(2, days=2, of=follower)])

    async def opened(_clinic: object) -> ListSource:
        return source

    services = build_services(settings, storage, clock, open_source=opened)
    ways = [{"channel": name, "opt_in": "opt_out"} for name in ("whatsapp", "wechat")]
    clinic = await services.clinics.load(clinic_document(channels=ways, steps=[{"days": 2, "hour": "09:00"}]), "test")
    await services.plan(PlanJob(clinic.id, clinic.local_day(clock.now()), "riverside_20261120_daily"))
    clock.wound_on += PLANNED_WITHIN
    for job in (await services.release()).send:
        await services.send(job)
    await asyncio.sleep(1)
    span = services.reports.span(clinic, None, None, ahead=0, back=1)
    page = await services.reports.sent(clinic, span, "any", frozenset(), 10, "")
    assert {(view.message.channel, str(view.status.state), view.message.mock) for view in page.items} == {
        ("whatsapp", "read", True),
        ("wechat", "delivered", True),
    }
