"""Whose a message from a patient is, and which open question of ours it answers.

A button of ours names its message. Anything else is bound by the sender's address: what was sent to it, by which of the
account's clinics, about which appointments. Reads only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from shared.domain.clinic import Clinic
from shared.domain.identity import MessageId, Pseudonyms
from shared.domain.message import Event, EventName, Kind, Message, State, fold
from shared.domain.number_forms import number_forms
from shared.services.abreast import abreast
from shared.services.clinics import ClinicBook
from shared.services.reference import read_reference
from shared.storage.contract import MessageLog, Messages

LOOKS_BACK = timedelta(days=30)  # by the appointment's day: what is older is answered by a person
PASSED_LATELY = timedelta(days=1)  # an answer so late is told that it came too late
CLOCKS_DIFFER = timedelta(minutes=1)  # ours and the provider's, which tells whole seconds
PAGE = 50
MOST_PAGES = 4

_MAY_HAVE_ARRIVED = frozenset(
    {State.SENDING, State.ACCEPTED, State.SENT, State.DELIVERED, State.READ, State.UNKNOWN}
)  # sending: an answer can be quicker than the record of our own send


@dataclass(frozen=True, slots=True)
class Sender:
    """Who did something, where, when. Holds patient data: never log one."""

    channel: str
    account: str
    address: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Prompt:
    """One appointment that a patient was asked about, however many reminders it had. `message`: the one that counts,
    the newest; `left_at`: when that one was handed over; `answers`: to any of them."""

    clinic: Clinic
    message: Message
    left_at: datetime
    answers: tuple[Event, ...]
    starts_at: datetime

    def is_open(self) -> bool:
        """Whether nobody has answered since it was asked last."""
        return not any(answer.at >= self.left_at for answer in self.answers)

    def answered_by(self, owner: str) -> Event | None:
        return next((answer for answer in self.answers if answer.owner == owner), None)

    def earlier_answer(self, owner: str) -> str:
        """The latest answer that is not this one; empty if there is none."""
        others = sorted((a for a in self.answers if a.owner != owner), key=lambda a: (a.at, a.owner))
        return others[-1].detail if others else ""


@dataclass(frozen=True, slots=True)
class Correspondence:
    """What one clinic has lately sent to an address, newest first. `address_keys`: of every form of the number.
    `elsewhere`: what the same patients got at other addresses of theirs, on another channel."""

    clinic: Clinic
    address_keys: tuple[str, ...]
    logs: tuple[MessageLog, ...]
    elsewhere: tuple[MessageLog, ...] = ()

    @property
    def prompts(self) -> tuple[Prompt, ...]:
        """The appointments that were asked about, earliest first."""
        groups: dict[str, list[MessageLog]] = {}
        for log in self.logs:
            if _asks(log.message):
                groups.setdefault(log.message.appointment_key, []).append(log)
        prompts = (_prompt(self.clinic, logs, self.elsewhere) for logs in groups.values())
        return tuple(sorted(prompts, key=lambda prompt: prompt.starts_at))

    def wrote_since(self, prompt: Prompt) -> bool:
        """Whether a person or another system has written since that reminder: our own answers and reminders ask for
        nothing else."""
        others = (log for log in self.logs if log.message.kind is not Kind.REMINDER and not log.message.step)
        return any(_left_at(log) > prompt.left_at for log in others)

    def ahead(self, at: datetime) -> tuple[Prompt, ...]:
        return tuple(prompt for prompt in self.prompts if prompt.starts_at > at)


@dataclass(frozen=True, slots=True)
class Bound:
    """`named`: the message that a button or a quotation points at; `fits`: the sender is the one that it went to;
    `astray`: it points at nothing that we know."""

    correspondences: tuple[Correspondence, ...]
    named: MessageLog | None = None
    fits: bool = True
    astray: bool = False

    @property
    def chosen(self) -> Correspondence | None:
        """The clinic that it is for; None: the account has none, or several that could be meant."""
        if (named := self.named) is not None:
            return next(c for c in self.correspondences if c.clinic.id == named.message.id.clinic_id)
        if len(self.correspondences) == 1:
            return self.correspondences[0]
        wrote = [c for c in self.correspondences if c.logs]
        return wrote[0] if len(wrote) == 1 else None

    @property
    def concerned(self) -> tuple[Correspondence, ...]:
        """That clinic; where it is not known, every clinic of the account."""
        return (self.chosen,) if self.chosen else self.correspondences

    @property
    def named_prompt(self) -> Prompt | None:
        """The appointment of the named message, as that message announced it."""
        named, chosen = self.named, self.chosen
        if named is None or chosen is None or not _asks(named.message):
            return None
        alone, key = _prompt(chosen.clinic, [named]), named.message.appointment_key
        known = next((prompt for prompt in chosen.prompts if prompt.message.appointment_key == key), alone)
        return replace(alone, answers=tuple({*alone.answers, *known.answers}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind:
    """Finds what an answer belongs to."""

    messages: Messages
    clinics: ClinicBook
    pseudonyms: Pseudonyms

    async def __call__(self, sender: Sender, reference: str = "", quoted: str = "") -> Bound:
        """`reference`: of a button of ours. `quoted`: the provider's id of a message that was answered."""

        async def read(clinic: Clinic) -> Correspondence:
            return await self._correspondence(clinic, sender)

        found = tuple(await abreast(read, await self.clinics.of_account(sender.channel, sender.account)))
        named = await self._named(found, sender, reference) if reference else _quoted(found, quoted)
        if named is None:
            return Bound(found, astray=bool(reference or quoted))
        keys = {key for correspondence in found for key in correspondence.address_keys}
        return Bound(found, named, fits=named.message.address_key in keys)

    async def _named(self, found: Sequence[Correspondence], sender: Sender, reference: str) -> MessageLog | None:
        """None for what is no message of this account's clinics: then the button counts for nothing."""
        joined = read_reference(reference)
        if joined is None or joined.message_id.clinic_id not in {c.clinic.id for c in found}:
            return None
        whole = await self.messages.whole(joined.message_id)
        if whole is None or (whole.message.channel, whole.message.account) != (sender.channel, sender.account):
            return None
        return whole

    async def _correspondence(self, clinic: Clinic, sender: Sender) -> Correspondence:
        forms = number_forms(sender.address)
        keys = tuple(self.pseudonyms.address(clinic.id, sender.channel, form) for form in forms)
        first = clinic.local_day(sender.at) - LOOKS_BACK
        ids = {i for key in keys for i in await self._written_to(clinic.id, key) if i.day >= first}
        wholes = await abreast(self.messages.whole, sorted(ids))
        until = sender.at + CLOCKS_DIFFER  # what left later cannot be what they answer
        logs = [w for w in wholes if w is not None and _may_have_arrived(w) and _left_at(w) <= until]
        elsewhere = await self._elsewhere(clinic, logs, first) if len(clinic.channels) > 1 else ()
        return Correspondence(clinic, keys, tuple(sorted(logs, key=_left_at, reverse=True)), elsewhere)

    async def _elsewhere(self, clinic: Clinic, logs: Sequence[MessageLog], first: date) -> tuple[MessageLog, ...]:
        here = {log.message.id for log in logs}
        patients = {log.message.patient_key for log in logs if log.message.patient_key}
        ids = {i for key in sorted(patients) for i in await self._written_to(clinic.id, key) if i.day >= first}
        wholes = await abreast(self.messages.whole, sorted(ids - here))
        return tuple(whole for whole in wholes if whole is not None)

    async def _written_to(self, clinic_id: str, key: str) -> Sequence[MessageId]:
        found: list[MessageId] = []
        cursor = ""
        for _ in range(MOST_PAGES):
            page = await self.messages.history(clinic_id, key, PAGE, cursor)
            found += page.items
            if not (cursor := page.next_cursor):
                break
        return found


def _quoted(found: Sequence[Correspondence], provider_id: str) -> MessageLog | None:
    logs = (log for correspondence in found for log in correspondence.logs)
    return next((log for log in logs if provider_id and provider_id in {e.provider_id for e in log.events}), None)


def _may_have_arrived(whole: MessageLog) -> bool:
    return fold(whole.events, whole.message.scheduled_for).state in _MAY_HAVE_ARRIVED


def _left_at(log: MessageLog) -> datetime:
    claims = (event.at for event in log.events if event.name is EventName.CLAIMED)
    return max(claims, default=log.message.scheduled_for)


def _asks(message: Message) -> bool:
    return message.kind is Kind.REMINDER and message.starts_at is not None


def _prompt(clinic: Clinic, logs: Sequence[MessageLog], elsewhere: Sequence[MessageLog] = ()) -> Prompt:
    """`logs`: reminders of one appointment with a start, newest first."""
    message = logs[0].message
    same = [log for log in elsewhere if log.message.appointment_key == message.appointment_key]
    answers = tuple(event for log in (*logs, *same) for event in log.events if event.name is EventName.ANSWERED)
    return Prompt(clinic, message, _left_at(logs[0]), answers, message.starts_at or message.scheduled_for)
