"""Acting on what a patient wrote or did: one thing at a time, each step repeatable.

    1, 2, 3, a button ─▶ one open question? ─▶ does the appointment still stand? ─▶ event ─▶ worklist ─▶ answer
    STOP              ─▶ objection ─▶ worklist, where an appointment is ahead ─▶ answer, once a day
    anything else     ─▶ the address held, where it may be the wrong one or wants no more ─▶ worklist

Whatever it is, it ends acted on or on the worklist. The order matters: what staff see comes before what the patient is
told, so that nobody is thanked for an answer that nobody has. Nothing that a patient writes is ever a consent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shared.domain.clinic import Clinic
from shared.domain.identity import Pseudonyms
from shared.domain.inbound import ContactChange, ContactEvent, InboundMessage
from shared.domain.message import Event, EventName, Kind, RequestStatus
from shared.domain.reply import (
    HOLD_THE_ADDRESS,
    REQUESTS,
    Meaning,
    Understood,
    WhyAPerson,
    only_suggested,
    understand,
)
from shared.services.clinics import UNASSIGNED
from shared.services.fresh import Verdict
from shared.services.ports import ReadLexicon
from shared.services.receiving.acknowledge import Acknowledge, Answer
from shared.services.receiving.bind import PASSED_LATELY, Bind, Bound, Correspondence, Prompt, Sender
from shared.services.receiving.news import TellOthers
from shared.services.receiving.to_staff import Said, TellStaff
from shared.storage.contract import Inbound, Messages, Patients, WorkItem, WorkKind

PLAIN_TEXT = "text"  # the one kind of message whose words act; a caption or a reaction is about something else

AT_ONCE = timedelta(seconds=10)

_WORK = {
    RequestStatus.PENDING_CANCELLATION: WorkKind.PENDING_CANCELLATION,
    RequestStatus.PENDING_RESCHEDULE: WorkKind.PENDING_RESCHEDULE,
}
_ANSWERS: Mapping[RequestStatus, Answer] = {
    RequestStatus.CONFIRMED_ATTENDANCE: Answer.CONFIRMED,
    RequestStatus.PENDING_CANCELLATION: Answer.CANCELLATION,
    RequestStatus.PENDING_RESCHEDULE: Answer.RESCHEDULE,
}
_REFUSED = {
    Verdict.CHANGED: (WhyAPerson.APPOINTMENT_CHANGED, Answer.CHANGED),
    Verdict.GONE: (WhyAPerson.APPOINTMENT_CHANGED, Answer.CHANGED),
    Verdict.PASSED: (WhyAPerson.APPOINTMENT_PASSED, Answer.PASSED),
}

_TOLD: Mapping[str, Answer] = dict(_REFUSED.values())


class AskVerdict(Protocol):
    """How an appointment stands now (`FreshReader.verdict` does it)."""

    async def __call__(self, clinic: Clinic, appointment_id: str, starts_at: datetime) -> Verdict: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ActOnAnswer:
    """Takes what a patient wrote or did."""

    inbound: Inbound
    bind: Bind
    to_staff: TellStaff
    tell_others: TellOthers
    acknowledge: Acknowledge
    messages: Messages
    patients: Patients
    verdict: AskVerdict
    pseudonyms: Pseudonyms
    read_lexicon: ReadLexicon

    async def message(self, item: InboundMessage, received_at: datetime) -> bool:
        """Keeps it, then acts on it; False: it was kept before. For what is to be done that means nothing: a crash may
        have come in between."""
        sender = Sender(item.channel, item.account, item.sender, min(item.at, received_at))
        understood = self._understood(item)
        bound = await self.bind(sender, understood.reference, item.in_reply_to)
        owner = self.pseudonyms.digest("answer", item.channel, item.account, item.provider_id)
        said = Said(sender, owner, item.text)
        prompt = _prompt_of(said, bound) if understood.acts else None
        answered = prompt if isinstance(prompt, Prompt) else None
        await self.tell_others.reply(item, said, bound, understood, answered)
        new = await self.inbound.add(_place(bound), item, received_at)
        await self._reachable_after_all(sender, bound)
        await self._act(said, bound, understood, item.kind, again=not new)
        return new

    async def contact(self, event: ContactEvent, received_at: datetime) -> bool:
        """Leaving an account ends its channel for that address in every clinic that uses it; coming back re-consents
        to nothing (promise 5). A number that changed may be somebody else's by now. False: it was kept before."""
        sender = Sender(event.channel, event.account, event.sender, min(event.at, received_at))
        bound = await self.bind(sender)
        new = await self.inbound.add(_place(bound), event, received_at)
        said = Said(sender, self.pseudonyms.digest("answer-event", event.channel, event.account, event.event_id))
        if event.change is ContactChange.UNSUBSCRIBED:
            await self._object(said, bound.correspondences, event.change)
        elif event.change is ContactChange.ADDRESS_CHANGED:
            await self.to_staff.judge(said, bound, WhyAPerson.ADDRESS_CHANGED, hold=True)
        return new

    async def _reachable_after_all(self, sender: Sender, bound: Bound) -> None:
        """Who writes to us can be written to: what a provider said of the address counts no more, and for a while
        staff may answer in their own words."""
        for one in bound.correspondences:
            for key in one.address_keys:
                await self.patients.wrote(one.clinic.id, sender.channel, key, sender.at)
                await self.patients.clear_unreachable(one.clinic.id, sender.channel, key, sender.at)

    def _understood(self, item: InboundMessage) -> Understood:
        found = understand(item.text, item.payload, self.read_lexicon())
        return found if found.reference or item.kind == PLAIN_TEXT else only_suggested(found)

    async def _act(self, said: Said, bound: Bound, understood: Understood, kind: str, *, again: bool) -> None:
        meaning = understood.meaning
        if meaning is Meaning.STOP:
            await self._stop(said, bound)
        elif understood.acts:
            await self._request(said, bound, meaning, again=again)
        else:
            without_words = meaning is Meaning.UNCLEAR and kind != PLAIN_TEXT
            why = WhyAPerson.NOT_TEXT if without_words else WhyAPerson(meaning)
            hold = meaning in HOLD_THE_ADDRESS
            await self.to_staff.judge(said, bound, why, understood.suggestion, hold=hold)

    async def _request(self, said: Said, bound: Bound, meaning: Meaning, *, again: bool) -> None:
        """`again`: it was kept before. What was given to a person then stays theirs, however clear it is by now."""
        prompt = _prompt_of(said, bound)
        if isinstance(prompt, WhyAPerson):
            about = bound.named.message if bound.named else None
            await self.to_staff.judge(said, bound, prompt, meaning, about)
        elif prompt.answered_by(said.owner):  # a repeat: it was decided, and the rest may be missing
            await self._note(said, bound, prompt, meaning)
        elif again and (judged := await self.to_staff.judged(said, bound)) is not None:
            await self._refuse_again(said, prompt, judged)
        elif prompt.earlier_answer(said.owner) in _WORK.keys() - {REQUESTS[meaning]}:
            await self.to_staff.judge(said, bound, WhyAPerson.ANSWER_CHANGED, meaning, prompt.message)
        else:
            await self._check(said, bound, prompt, meaning)

    async def _refuse_again(self, said: Said, prompt: Prompt, judged: WorkItem) -> None:
        """The word to the patient, which a crash may have kept back."""
        answer = _TOLD.get(judged.reason)
        if answer is not None and judged.message_id == prompt.message.id:
            await self.acknowledge(prompt.clinic, said.sender, answer, prompt.message, said.owner)

    async def _check(self, said: Said, bound: Bound, prompt: Prompt, meaning: Meaning) -> None:
        """A source that does not answer takes nobody's answer away: it counts for the appointment as we know it."""
        message = prompt.message
        verdict = await self.verdict(prompt.clinic, message.appointment_id, prompt.starts_at)
        if verdict in _REFUSED:
            why, answer = _REFUSED[verdict]
            await self.to_staff.judge(said, bound, why, meaning, message)
            await self.acknowledge(prompt.clinic, said.sender, answer, message, said.owner)
        else:
            await self._note(said, bound, prompt, meaning)

    async def _note(self, said: Said, bound: Bound, prompt: Prompt, meaning: Meaning) -> None:
        message, status = prompt.message, REQUESTS[meaning]
        event = Event(message.id, EventName.ANSWERED, said.sender.at, detail=status, owner=said.owner)
        await self.messages.append(event)
        if _contradicted(event, await self.messages.events(message.id)):
            await self.to_staff.judge(said, bound, WhyAPerson.ANSWER_CHANGED, meaning, message)
        if status in _WORK:
            await self.to_staff.request(said, _WORK[status], prompt)
        await self.acknowledge(prompt.clinic, said.sender, _ANSWERS[status], message, said.owner)

    async def _stop(self, said: Said, bound: Bound) -> None:
        """In the clinic that it is for; where that is not known, in every clinic of the account. Of an address that we
        have not written to, a person finds out which patient means to stop: a hidden number comes as an id."""
        chosen = bound.chosen
        await self._object(said, bound.concerned, Meaning.STOP)
        if not any(one.logs for one in bound.correspondences):
            await self.to_staff.judge(said, bound, WhyAPerson.STOP_FROM_UNKNOWN)
        if chosen is not None:
            last = chosen.logs[0].message if chosen.logs else None
            await self.acknowledge.stopped(chosen.clinic, said.sender, last, chosen.address_keys[0])

    async def _object(self, said: Said, correspondences: Sequence[Correspondence], source: str) -> None:
        for one in correspondences:
            await self.tell_others.objection(said, one, source)
            for key in one.address_keys:
                await self.patients.opt_out(one.clinic.id, said.sender.channel, key, said.sender.at, source)
            await self._note_last(said, one, source)
            await self.to_staff.opted_out(said, one)

    async def _note_last(self, said: Said, correspondence: Correspondence, source: str) -> None:
        """On the last message that we began to write: which ones people want no more of can be seen by that."""
        last = next((log.message for log in correspondence.logs if log.message.kind is not Kind.REPLY), None)
        if last is not None:
            event = Event(last.id, EventName.OPTED_OUT, said.sender.at, detail=source, owner=said.owner)
            await self.messages.append(event)


def _prompt_of(said: Said, bound: Bound) -> Prompt | WhyAPerson:
    """The one appointment that is answered, or why it is not certain."""
    if bound.named is not None:
        named = bound.named_prompt or WhyAPerson.NO_PROMPT
        return named if bound.fits else WhyAPerson.OTHER_SENDER
    if bound.astray or bound.chosen is None:
        return WhyAPerson.NO_PROMPT
    prompts = bound.chosen.prompts
    repeated = next((prompt for prompt in prompts if prompt.answered_by(said.owner)), None)
    return repeated or _only_open(bound.chosen, said.sender.at)


def _only_open(correspondence: Correspondence, at: datetime) -> Prompt | WhyAPerson:
    """The one that waits for an answer and is ahead; where none is, the one that has only just passed."""
    waiting = [prompt for prompt in correspondence.prompts if prompt.is_open()]
    ahead = [prompt for prompt in waiting if prompt.starts_at > at]
    found = ahead or [prompt for prompt in waiting if prompt.starts_at > at - PASSED_LATELY]
    if len(found) > 1:
        return WhyAPerson.SEVERAL_PROMPTS
    if not found:
        return WhyAPerson.NO_PROMPT
    return WhyAPerson.WROTE_SINCE if correspondence.wrote_since(found[0]) else found[0]


def _place(bound: Bound) -> str:
    return bound.chosen.clinic.id if bound.chosen else UNASSIGNED


def _contradicted(answer: Event, events: Sequence[Event]) -> bool:
    """Whether another answer came at the same moment, so that neither saw the other: each looks once it has written."""
    others = (event for event in events if event.name is EventName.ANSWERED and event.detail != answer.detail)
    return any(abs(other.at - answer.at) <= AT_ONCE for other in others)
