"""What every channel does. One folder per channel; nothing outside it knows how its provider speaks."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shared.domain.clinic import AddressKind
from shared.domain.content import Content
from shared.domain.inbound import InboundEvent, Receipt
from shared.domain.outcome import SendOutcome
from shared.errors import FieldProblem


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message on its way to a provider. Holds patient data: never log one.

    `reference` is our row's own key; a provider that can echo it in receipts does (≤ 512 characters).
    `key` makes a repeat recognisable to a provider that can tell (WeChat's client_msg_id): same message, same key.
    """

    to: str
    content: Content
    reference: str
    key: str
    expires_at: datetime | None = None


type Again = Callable[[], Awaitable[bool]]
"""Asked before a second call in one send; returns when it may leave. False: not now, and then it is throttled."""


async def at_once() -> bool:
    """For who keeps no pace."""
    return True


@dataclass(frozen=True, slots=True)
class Checked:
    """What a channel says of a message before it is sent: `problems` forbid it, `warnings` are passed on."""

    problems: tuple[FieldProblem, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Charge:
    """What one content counts as where providers charge: how many messages, and of which kind, in words for staff."""

    parts: int
    words: str


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A proposal's raw body, read: to whom, and its own idempotency key if the body carries one."""

    to: str
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """What works and what does not, for `testconnection`. Sends nothing. `findings` are sentences for an operator."""

    ok: bool
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """What a template is filled with. `name`: one of TemplateContent.values, or the provider's own name of a field;
    `label`: what stands beside it in the message, where the template has that; `example`: made up."""

    name: str
    label: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class ShippedTemplate:
    """A template in one language. `purpose` empty: it is known by the provider's name alone."""

    purpose: str
    language: str
    name: str  # the provider's, where a clinic has none of its own
    title: str  # what the template itself says it is; empty: nothing
    variables: tuple[Variable, ...]


class Channel(Protocol):
    """Sending. One instance per provider account; made once, used from many coroutines."""

    name: str
    title: str  # as people call it: "WhatsApp"
    account: str
    address_kind: AddressKind
    echoes_reference: bool  # receipts carry Outbound.reference; else they join by provider id
    repeats_for: (
        timedelta  # so long after the first call the same key is sent once only; zero: the provider cannot tell
    )
    reply_window: timedelta  # so long after a patient wrote may free text go to them (customer-service window)

    def check(self, content: Content) -> Checked:
        """Provider limits, before anything is stored: pure, no I/O."""
        ...

    def rendered(self, content: Content) -> str:
        """Exactly what a patient would read, as text."""
        ...

    def charge(self, content: Content) -> Charge:
        """What sending it would count as. Pure."""
        ...

    def template_of(self, content: Content) -> str:
        """What the provider calls the template (in its language) that this content uses; empty: none. Pure."""
        ...

    def templates(self) -> Sequence[ShippedTemplate]:
        """Every template that can be filled here. Pure."""
        ...

    def read_raw(self, payload: Mapping[str, object]) -> RawRequest:
        """The proposal's body, validated. Raises InvalidInput with field paths."""
        ...

    async def prepare(self) -> None:
        """Gets what a send needs first (a token), so that it leaves at its moment. Never raises: a send says what is
        missing."""
        ...

    async def send(self, message: Outbound, again: Again = at_once) -> SendOutcome:
        """One attempt, no retry of its own but a refreshed token where the provider proves that nothing was taken: that
        second call is made only after `again`, and not if it says no.

        Never raises for what a provider or network does: that is the outcome.
        """
        ...

    async def history(self, provider_id: str) -> Sequence[Receipt] | None:
        """What the provider's own record says of a message that it accepted. Empty: it says nothing; None: it keeps no
        record, or does not answer."""
        ...

    async def test_connection(self) -> ConnectionReport: ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What to answer the provider at once."""

    status: int
    body: str
    content_type: str = "text/plain"


class Callback(Protocol):
    """Receiving. Cheap: no I/O, nothing heavy imported. One instance per provider account."""

    name: str
    account: str

    def handshake(self, query: Mapping[str, str]) -> CallbackAnswer:
        """The provider's GET that proves the address is ours. Raises CallbackRefused."""
        ...

    def verify(self, query: Mapping[str, str], headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Signature on the raw bytes, in constant time. `headers` have lower-case names. Raises CallbackRefused,
        BodyTooLarge."""
        ...

    def acknowledge(self, query: Mapping[str, str], body: bytes, now: datetime) -> CallbackAnswer:
        """The answer once the body is stored (WeChat: `success`)."""
        ...

    def parse(self, query: Mapping[str, str], body: bytes) -> Sequence[InboundEvent]:
        """Every event of a stored body that `verify` passed. A bad item becomes an UnreadableEvent; its neighbours
        stay.

        Never raises for what the body holds.
        """
        ...
