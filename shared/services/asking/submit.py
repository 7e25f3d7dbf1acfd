"""Submit a proposal's raw body: checked, kept once, and due in a second: release feeds it within seconds.

Idempotent (api.md; `once.py`), with WeChat's `client_msg_id` as a key too. A repeat answers the first message and says
so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.channels.contract import Channel, RawRequest
from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.content import RawContent
from shared.domain.identity import Pseudonyms
from shared.domain.message import Kind, Message, Priority, State, Status
from shared.errors import Conflict, InvalidInput
from shared.services.asking.once import REPEAT, Asked, KeepOnce, checked_key
from shared.services.callers import Caller
from shared.services.clinics import ClinicBook
from shared.services.ports import NewId, OpenChannel
from shared.storage.contract import Patients

RAW_EXPIRES = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Submitted:
    """What the caller is told."""

    message: Message
    status: Status
    repeat: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitRaw:
    """`POST /api/{channel}/v1/messages`."""

    once: KeepOnce
    patients: Patients
    clinics: ClinicBook
    open_channel: OpenChannel
    pseudonyms: Pseudonyms
    clock: Clock
    new_id: NewId
    mock: bool

    async def __call__(
        self, caller: Caller, channel_name: str, clinic_id: str, payload: Mapping[str, object], key: str
    ) -> Submitted:
        """Raises InvalidInput, NotFound, Forbidden, Conflict (opted out, or seems to want that), IdempotencyMismatch;
        then nothing is kept."""
        checked_key(key)
        clinic = await self.clinics.of_caller(caller, clinic_id, channel_name)
        way = clinic.channel(channel_name)
        if way is None:
            raise InvalidInput("That clinic does not use this channel.")
        channel = await self.open_channel(channel_name, way.account)
        raw = channel.read_raw(payload)
        checked = channel.check(RawContent(payload))
        if checked.problems:
            raise InvalidInput("The message cannot be sent as it stands.", checked.problems)
        now = self.clock.now()
        await self._refuse_unwanted(clinic, channel_name, raw, now)
        message = self._message(caller, clinic, channel, raw, payload, now)
        scope = f"{clinic.id}_{message.channel}_{message.kind}"
        asked = Asked.by(caller, scope, key or raw.idempotency_key, payload)
        return await self._keep(clinic, message, asked, checked.warnings)

    async def _refuse_unwanted(self, clinic: Clinic, channel: str, raw: RawRequest, now: datetime) -> None:
        address_key = self.pseudonyms.address(clinic.id, channel, raw.to)
        standing = await self.patients.standing(clinic.id, channel, address_key, now)
        if standing.opted_out:
            raise Conflict("This person has opted out of messages on this channel. Please phone or write instead.")
        if standing.paused:
            raise Conflict("This person seems to want no more messages. Please read what they wrote on the worklist.")

    def _message(
        self,
        caller: Caller,
        clinic: Clinic,
        channel: Channel,
        raw: RawRequest,
        payload: Mapping[str, object],
        now: datetime,
    ) -> Message:
        digest = self.pseudonyms.digest("raw", clinic.id, self.new_id())
        return Message(
            id=self.pseudonyms.placed(clinic.id, clinic.local_day(now), digest),
            kind=Kind.RAW,
            channel=channel.name,
            account=channel.account,
            to=raw.to,
            content=RawContent(payload),
            language="",
            scheduled_for=now,
            expires_at=now + RAW_EXPIRES,
            created_at=now,
            sent_by=caller.name,
            mock=self.mock,
            address_key=self.pseudonyms.address(clinic.id, channel.name, raw.to),
            priority=Priority.PRESCRIPTION,
        )

    async def _keep(self, clinic: Clinic, message: Message, asked: Asked, warnings: tuple[str, ...]) -> Submitted:
        begun = await self.once.begin(message, asked)
        if begun.earlier is not None:
            return Submitted(begun.earlier.message, begun.earlier.status, True, (*warnings, REPEAT))
        await self.once.keep(begun.message)
        if clinic.quiet_hours.holds(clinic.local(message.created_at).time()):
            warnings += ("It is quiet hours at the clinic; this message is sent all the same.",)
        return Submitted(begun.message, Status(State.QUEUED, message.created_at), False, warnings)
