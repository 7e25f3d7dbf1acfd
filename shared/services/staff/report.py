"""What staff look at: messages sent and to be sent, one message's whole story, appointments with their decisions."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.identity import MessageId
from shared.domain.message import Event, EventName, HoldReason, Message, State, Status, fold, in_order
from shared.errors import InvalidInput, NotFound
from shared.services.abreast import abreast
from shared.services.callers import Caller
from shared.services.clinics import ClinicBook
from shared.services.ports import OpenChannel
from shared.services.record import is_line_of
from shared.services.sending.circuits import Circuits
from shared.storage.contract import DecisionRecord, Log, MessageLog, Messages, Page, Plans
from shared.wording import Wording

MOST = 200
LONGEST_SPAN = timedelta(days=92)
ANY_CHANNEL = "any"
AUTO_CHANNEL = "auto"  # the clinic's channels in its own order, the first that may be used
"""Kinds of code that a reason may be."""
SENT = frozenset({State.ACCEPTED, State.SENT, State.DELIVERED, State.READ, State.FAILED, State.UNKNOWN})


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as a list shows it; `events` only on the single item."""

    message: Message
    status: Status
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Stead:
    """The message that went by another channel, where the planned one did not arrive."""

    message_id: MessageId
    channel: str
    status: Status


@dataclass(frozen=True, slots=True)
class AppointmentStep:
    """One step of one appointment: its decision, and what became of the message if one was planned."""

    decision: DecisionRecord
    status: Status | None
    stead: Stead | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Local days, both included; checked."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise InvalidInput("`to` lies before `from`.")
        if self.last - self.first > LONGEST_SPAN:
            raise InvalidInput(f"Ask for at most {LONGEST_SPAN.days} days at once.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Reading only. Every list is one clinic's; a caller sees its own clinics."""

    messages: Messages
    plans: Plans
    daylog: Log
    clinics: ClinicBook
    open_channel: OpenChannel
    wording: Wording
    circuits: Circuits
    clock: Clock

    def span(self, clinic: Clinic, first: date | None, last: date | None, *, ahead: int, back: int) -> Span:
        """The days asked for, else from `back` days ago to `ahead` days from now, by the clinic's calendar."""
        today = clinic.local_day(self.clock.now())
        return Span(
            first or min(today - timedelta(days=back), last or today),
            last or max(today + timedelta(days=ahead), first or today),
        )

    async def sent(
        self, clinic: Clinic, span: Span, channel: str, states: frozenset[State], top: int, cursor: str
    ) -> Page[MessageView]:
        """What was handed to a provider, newest first, by the day it left. Others only where `states` asks for them."""
        page = await self.daylog.page(clinic.id, span.first, span.last, top, cursor)
        wholes = await abreast(self.messages.whole, [line.message_id for line in page.items])
        views = [
            _view(whole)
            for line, whole in zip(page.items, wholes, strict=True)
            if whole is not None and is_line_of(line, whole.events)
        ]
        return Page(tuple(v for v in views if _wanted(v, channel, states or SENT)), page.next_cursor)

    async def scheduled(
        self, clinic: Clinic, span: Span, channel: str, states: frozenset[State], top: int, cursor: str
    ) -> Page[MessageView]:
        """What is still to be sent, by day of the appointment."""
        page = await self.messages.unfinished(clinic.id, span.first, span.last, top, cursor)
        views = [_view(whole) for whole in page.items]
        return Page(tuple(v for v in views if _wanted(v, channel, states)), page.next_cursor)

    async def message(self, caller: Caller, text: str) -> MessageView:
        """One message with its events in order. Raises NotFound, also for another clinic's message."""
        whole = await message_for(caller, text, self.messages)
        view = _view(whole)
        status = await self._with_what_stops_it(view.message, view.status)
        return MessageView(view.message, status, in_order(whole.events))

    async def _with_what_stops_it(self, message: Message, status: Status) -> Status:
        """Release holds what is stopped without a word in its story: so it is said as it is now."""
        if status.state is not State.SCHEDULED or message.scheduled_for > self.clock.now():
            return status
        if await self.circuits.paused(message.lane, message.id.clinic_id):
            return replace(status, reason=HoldReason.PAUSED)
        if not status.reason and await self.circuits.state(message.lane):
            return replace(status, reason=HoldReason.ACCOUNT_STOPPED)
        return status

    async def body(self, message: Message) -> str:
        """What the patient reads, word for word."""
        return (await self.open_channel(message.channel, message.account)).rendered(message.content)

    def explain(self, kinds: tuple[str, ...], code: str, clinic: Clinic) -> str:
        """What a code means and what to do, in the clinic's language; empty for a code that speaks for itself."""
        said = self.wording.explained(kinds, code, clinic.languages[0])
        return said.text if said else ""

    async def appointments(self, clinic: Clinic, span: Span, top: int, cursor: str) -> Page[AppointmentStep]:
        """Every decision of the days, each with what became of it (promise 4)."""
        page = await self.plans.appointments(clinic.id, span.first, span.last, top, cursor)
        return Page(tuple(await abreast(self.step, page.items)), page.next_cursor)

    async def step(self, decision: DecisionRecord) -> AppointmentStep:
        """What became of one decision."""
        if decision.message_id is None or decision.scheduled_for is None:
            return AppointmentStep(decision, None)
        events = await self.messages.events(decision.message_id)
        rerouted = next((event for event in events if event.name is EventName.REROUTED), None)
        stead = await self._stead(rerouted) if rerouted else None
        return AppointmentStep(decision, fold(events, decision.scheduled_for), stead)

    async def _stead(self, rerouted: Event) -> Stead:
        other = MessageId.parse(rerouted.owner)
        return Stead(other, rerouted.detail, fold(await self.messages.events(other), rerouted.at))


async def message_for(caller: Caller, text: str, messages: Messages) -> MessageLog:
    """The message whose id a caller gives. Raises NotFound in the same words whether it is another clinic's or none."""
    try:
        message_id = MessageId.parse(text)
    except ValueError:
        raise NotFound("There is no such message.") from None
    whole = await messages.whole(message_id) if caller.may_see(message_id.clinic_id) else None
    if whole is None:
        raise NotFound("There is no such message.")
    return whole


def _view(whole: MessageLog) -> MessageView:
    return MessageView(whole.message, fold(whole.events, whole.message.scheduled_for))


def _wanted(view: MessageView, channel: str, states: frozenset[State]) -> bool:
    return channel in (ANY_CHANNEL, view.message.channel) and (not states or view.status.state in states)
