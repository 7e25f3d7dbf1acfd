"""WhatsApp as one object: the Graph API behind a transport or a real server, callbacks, patients, and the truth."""

from typing import Any

import httpx

from shared.channels.whatsapp.credentials import WhatsAppCredentials
from shared.channels.whatsapp.simulator.agenda import Agenda, Post
from shared.channels.whatsapp.simulator.behaviours import Behaviours, ReceiptScript
from shared.channels.whatsapp.simulator.faults import Fault, FaultKind, FaultPlan
from shared.channels.whatsapp.simulator.graph import Graph
from shared.channels.whatsapp.simulator.ledger import Ledger
from shared.channels.whatsapp.simulator.numbers import SAMPLE_CREDENTIALS, SimulatedNumbers
from shared.channels.whatsapp.simulator.pace import Pace, PaceLimits
from shared.channels.whatsapp.simulator.patients import SimulatedPatients
from shared.channels.whatsapp.simulator.sending import MessageIds, Sending, SendRules
from shared.channels.whatsapp.simulator.simulated_templates import SimulatedTemplates
from shared.channels.whatsapp.simulator.transport import SimulatorTransport
from shared.channels.whatsapp.simulator.webhook_bodies import template_status_value
from shared.clock import Clock, SystemClock


class WhatsAppSimulator:
    """Meta, for mock mode, the local run and tests.

    `credentials`: one per number (default: the sample account). `webhook_url`: where callbacks go; without one none are
    sent. `automatic=False`: callbacks wait for `deliver_due()`, which posts what `clock` says is due: for simulations.
    `together`: receipts per callback body. `seed`: makes message ids repeatable.
    """

    def __init__(
        self,
        *credentials: WhatsAppCredentials,
        webhook_url: str = "",
        clock: Clock | None = None,
        post: Post | None = None,
        rules: SendRules | None = None,
        limits: PaceLimits | None = None,
        automatic: bool = True,
        together: int = 1,
        seed: str = "",
    ) -> None:
        self.clock = clock or SystemClock()
        self.numbers = SimulatedNumbers(credentials or (SAMPLE_CREDENTIALS,), webhook_url)
        self.ledger = Ledger()
        self.faults = FaultPlan()
        self.behaviours = Behaviours()
        self.templates = SimulatedTemplates()
        self._poster = _HttpPost()
        self.agenda = Agenda(self.clock, post or self._poster, automatic=automatic, together=together)
        ids = MessageIds(seed) if seed else MessageIds()
        sending = Sending(
            clock=self.clock,
            ledger=self.ledger,
            faults=self.faults,
            behaviours=self.behaviours,
            templates=self.templates,
            pace=Pace(limits or PaceLimits()),
            agenda=self.agenda,
            ids=ids,
            rules=rules or SendRules(),
        )
        self.graph = Graph(self.numbers, self.templates, sending.send)
        self.transport = SimulatorTransport(self.graph)
        self.patients = SimulatedPatients(
            clock=self.clock, numbers=self.numbers, ledger=self.ledger, agenda=self.agenda, ids=ids
        )

    def fault(self, kind: FaultKind, **options: Any) -> None:
        """The next sends meet `kind`; options are those of `Fault`."""
        self.faults.order(Fault(kind, **options))

    def script(self, script: str | ReceiptScript, times: int = 1, to: str = "") -> None:
        """The next `times` messages (to `to`) follow a script of behaviours.json or one of your own."""
        self.behaviours.order(script, times, to)

    def set_webhook(self, url: str, phone_number_id: str = "") -> None:
        for number in self.numbers.all:
            if phone_number_id in ("", number.id):
                number.webhook_url = url

    async def set_template_status(self, name: str, language: str, status: str) -> None:
        """Also told by callback, as Meta does. Raises KeyError for a template that is not there."""
        self.templates.set_status(name, language, status)
        hook = self.numbers.all[0].hook()
        if hook is not None:
            value = template_status_value(name, language, status)
            await self.agenda.post_now(hook, [("message_template_status_update", value)])

    async def deliver_due(self) -> int:
        return await self.agenda.deliver_due()

    async def settled(self, timeout_s: float = 10.0) -> None:
        """Waits until every callback is posted. Raises TimeoutError."""
        await self.agenda.settled(timeout_s)

    async def aclose(self) -> None:
        await self.agenda.aclose()
        await self._poster.aclose()


class _HttpPost:
    """Posts callbacks with a client of its own, made when first needed."""

    def __init__(self) -> None:
        self._http: httpx.AsyncClient | None = None

    async def __call__(self, url: str, headers: Any, body: bytes) -> int:
        if self._http is None:
            self._http = httpx.AsyncClient(timeout=httpx.Timeout(30.0), trust_env=False)
        try:
            response = await self._http.post(url, headers=dict(headers), content=body)
        except httpx.TransportError as failure:
            raise ConnectionError("the callback could not be posted") from failure
        return response.status_code

    async def aclose(self) -> None:
        if self._http is not None:
            await self._http.aclose()
            self._http = None
