"""A staff member's own words to a patient, while the channel's customer-service window is open.

    asked before? ─▶ who ─▶ objection, hold, window ─▶ does it fit? ─▶ key ─▶ due row, then message ─▶ item resolved
         └ repeat              └ refused, with what to do instead

What is refused leaves nothing. A reply expires with the window; one that does not arrive is put on the worklist, like
any message of a person's. The item that it answers is resolved last: what a crash interrupts is still on the list.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.content import TextContent
from shared.domain.identity import Pseudonyms
from shared.domain.message import Kind, Message, Priority, State, Status
from shared.errors import InvalidInput, NotAllowed
from shared.services.asking.addressee import Addressee, FindAddressee, ReplyTo
from shared.services.asking.once import REPEAT, Asked, KeepOnce
from shared.services.asking.submit import Submitted
from shared.services.callers import Caller
from shared.services.ports import NewId, OpenChannel
from shared.services.reply_window import window_ends
from shared.services.staff.worklist import still_open_to
from shared.services.work_items import Resolution
from shared.storage.contract import AddressStanding, Patients, WorkItem, Worklist
from shared.wording import Wording

LONGEST_LIFE = timedelta(hours=24)  # an answer that comes later answers nothing


class ReplyRefusal(StrEnum):
    """Why a reply may not go. Words in `shared/wording/reasons.json`."""

    OPTED_OUT = "opted_out"
    PAUSED = "paused"  # they seem to want no more messages, and nobody has looked yet
    ADDRESS_HELD = "address_held"
    WINDOW_CLOSED = "window_closed"
    NO_ADDRESS = "no_address"
    NEEDS_OWN_ANSWER = "needs_own_answer"  # an item that a reply cannot resolve


@dataclass(frozen=True, slots=True)
class Reply:
    """What is written to whom. `resolve`: the item that it answers is done with it. Patient data: never log one."""

    text: str
    to: ReplyTo
    resolve: bool = False


@dataclass(frozen=True, slots=True)
class _Open:
    """An address that free text may go to, until `ends_at`."""

    addressee: Addressee
    address_key: str
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTextReply:
    """`POST /api/{channel}/v1/replies`."""

    once: KeepOnce
    find: FindAddressee
    worklist: Worklist
    patients: Patients
    open_channel: OpenChannel
    wording: Wording
    pseudonyms: Pseudonyms
    clock: Clock
    new_id: NewId
    mock: bool

    async def __call__(self, caller: Caller, channel: str, clinic_id: str, reply: Reply, key: str) -> Submitted:
        """`channel` (or `auto`) counts for a patient's id. Raises InvalidInput, NotFound, Forbidden,
        IdempotencyMismatch, NotAllowed; then nothing is kept."""
        text, to, resolve = reply.text.strip(), reply.to, reply.resolve
        if not text:
            raise InvalidInput("Write the text of the reply in `text`.")
        clinic = await self.find.clinic(caller, to, clinic_id)
        asked = Asked.by(caller, f"{clinic.id}_replies", key, {**asdict(reply), "channel": channel})
        addressees, item = await self.find(caller, clinic, to, channel)
        if (earlier := await self.once.earlier(asked)) is not None:
            await self._resolve(caller, item, resolve=resolve)
            return Submitted(earlier.message, earlier.status, True, (REPEAT,))
        if resolve and item is not None and not _can_be_resolved(item):
            raise self._refused(clinic, ReplyRefusal.NEEDS_OWN_ANSWER)
        message = await self._message(caller, clinic, await self._allowed(clinic, addressees), text)
        begun = await self.once.begin(message, asked)
        view = begun.earlier or await self.once.keep(begun.message)
        await self._resolve(caller, item, resolve=resolve)
        if begun.earlier:
            return Submitted(view.message, view.status, True, (REPEAT,))
        return Submitted(view.message, Status(State.QUEUED, message.created_at), False, _warnings(clinic, message))

    async def _allowed(self, clinic: Clinic, addressees: Sequence[Addressee]) -> _Open:
        """The first that may be written to; else why the first may not."""
        refusals: list[ReplyRefusal] = []
        for addressee in addressees:
            found = await self._judged(clinic, addressee)
            if isinstance(found, _Open):
                return found
            refusals.append(found)
        raise self._refused(clinic, refusals[0] if refusals else ReplyRefusal.NO_ADDRESS)

    async def _judged(self, clinic: Clinic, addressee: Addressee) -> _Open | ReplyRefusal:
        now = self.clock.now()
        key = self.pseudonyms.address(clinic.id, addressee.channel, addressee.to)
        standing = await self.patients.standing(clinic.id, addressee.channel, key, now)
        if against := _against(standing, addressee):
            return against
        channel = await self.open_channel(addressee.channel, addressee.account)
        ends_at = window_ends(standing.wrote_at, channel) if standing.wrote_at else now
        return _Open(addressee, key, ends_at) if now < ends_at else ReplyRefusal.WINDOW_CLOSED

    async def _message(self, caller: Caller, clinic: Clinic, to: _Open, text: str) -> Message:
        """Raises InvalidInput for a text that the channel does not take."""
        one, now, content = to.addressee, self.clock.now(), TextContent(text)
        checked = (await self.open_channel(one.channel, one.account)).check(content)
        if checked.problems:
            raise InvalidInput("The reply cannot be sent as it stands.", checked.problems)
        digest = self.pseudonyms.digest("staff-reply", clinic.id, self.new_id())
        return Message(
            id=self.pseudonyms.placed(clinic.id, clinic.local_day(now), digest),
            kind=Kind.REPLY,
            channel=one.channel,
            account=one.account,
            to=one.to,
            content=content,
            language=one.language,
            scheduled_for=now,
            expires_at=min(to.ends_at, now + LONGEST_LIFE),
            created_at=now,
            patient_key=one.patient_key,
            patient_name=one.patient_name,
            sent_by=caller.name,
            mock=self.mock,
            address_key=to.address_key,
            zone=one.zone,
            priority=Priority.ANSWER,
        )

    async def _resolve(self, caller: Caller, item: WorkItem | None, *, resolve: bool) -> None:
        """One that somebody has resolved meanwhile stays as they resolved it."""
        if resolve and item is not None:
            now = self.clock.now()
            await self.worklist.resolve(item.clinic_id, item.id, Resolution.DONE, caller.name, now)

    def _refused(self, clinic: Clinic, why: ReplyRefusal) -> NotAllowed:
        return NotAllowed(why, self.wording.explain("reply", why, clinic.languages[0]).text)


def _against(standing: AddressStanding, addressee: Addressee) -> ReplyRefusal | None:
    """Whoever wrote from a doubtful address may be answered there, or nobody could tell them that it is put right
    (docs/decisions/0016); what is meant for a patient may not go to it."""
    if standing.opted_out:
        return ReplyRefusal.OPTED_OUT
    if standing.paused:
        return ReplyRefusal.PAUSED
    return ReplyRefusal.ADDRESS_HELD if standing.held and not addressee.wrote_it else None


def _can_be_resolved(item: WorkItem) -> bool:
    return item.resolved_at is not None or Resolution.DONE in still_open_to(item)


def _warnings(clinic: Clinic, message: Message) -> tuple[str, ...]:
    quiet = clinic.quiet_hours.holds(clinic.local(message.created_at).time())
    return ("It is quiet hours at the clinic; this reply is sent all the same.",) if quiet else ()
