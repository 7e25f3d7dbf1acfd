"""The outside world on this machine: WhatsApp, WeChat and a FHIR server, as real servers on free ports."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from infra.local.run.settings import OWN_ACCOUNTS, LocalSettings
from shared.channels.wechat.simulator import WeChatSimulator
from shared.channels.wechat.simulator.server import serve_wechat
from shared.channels.whatsapp.simulator import WhatsAppSimulator
from shared.channels.whatsapp.simulator.server import serve_whatsapp
from shared.clock import SystemClock
from shared.services.reference import read_reference
from shared.sources.fhir_r4.simulator import FhirSimulator


@dataclass(frozen=True, slots=True)
class Simulators:
    """The three, and where they listen."""

    whatsapp: WhatsAppSimulator
    wechat: WeChatSimulator
    fhir: FhirSimulator
    whatsapp_url: str
    wechat_url: str
    fhir_url: str

    @property
    def addresses(self) -> Mapping[str, str]:
        """The app settings that lead to them."""
        return {"WHATSAPP_GRAPH_URL": self.whatsapp_url, "WECHAT_API_URL": self.wechat_url}

    def call_back(self, host_url: str) -> None:
        """From now on their callbacks, and the links in their messages, go to this host."""
        self.whatsapp.templates.lead_to(host_url)
        webhooks = f"{host_url}/api/webhooks"
        self.whatsapp.set_webhook(f"{webhooks}/whatsapp")
        for name, account in OWN_ACCOUNTS.items():
            self.whatsapp.set_webhook(f"{webhooks}/whatsapp/{name}", account["phone_number_id"])
        self.wechat.webhook_url = f"{webhooks}/wechat"

    def received(self) -> Counter[str]:
        """How often each message reached its patient's phone in this run: never more than once."""
        references = (read_reference(entry.reference) for entry in self.whatsapp.ledger.entries)
        ours = (str(joined.message_id) for joined in references if joined)  # the message, whatever the attempt
        theirs = (entry.client_msg_id for entry in self.wechat.ledger if entry.kind == "template" and entry.reached)
        return Counter(key for key in (*ours, *theirs) if key)

    async def settled(self, timeout_s: float) -> None:
        """Waits until they have no callback left to post. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            await asyncio.gather(self.whatsapp.settled(timeout_s), self.wechat.settle())


@asynccontextmanager
async def running_simulators(settings: LocalSettings) -> AsyncIterator[Simulators]:
    """Raises ConfigurationError for provider settings that are wrong, OSError where nothing can listen."""
    clock = SystemClock()
    whatsapp = WhatsAppSimulator(*settings.whatsapp(), clock=clock)
    wechat, fhir = WeChatSimulator(settings.wechat(), clock), FhirSimulator(clock)
    async with AsyncExitStack() as servers:
        serving = (serve_whatsapp(whatsapp), serve_wechat(wechat), fhir.serve())
        urls = [await servers.enter_async_context(server) for server in serving]
        yield Simulators(whatsapp, wechat, fhir, *urls)
