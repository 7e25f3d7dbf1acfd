"""Submit a proposal's raw body: checked, kept once, and due in a second: release feeds it within seconds.

Idempotent (api.md): under the caller's own key for 7 days; without one, the same caller and body within 60 minutes is a
repeat, because Power Automate retries up to eight times. A repeat answers the first message and says so.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.channels.contract import Channel, RawRequest
from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.content import RawContent
from shared.domain.identity import MessageId, Pseudonyms
from shared.domain.message import Kind, Message, Priority, State, Status, fold
from shared.errors import Conflict, InvalidInput
from shared.services.callers import Caller
from shared.services.clinics import ClinicBook
from shared.services.ports import NewId, OpenChannel
from shared.storage.contract import Due, DueRow, Idempotency, Messages, Patients

KEY_KEPT = timedelta(days=7)
REPEAT_WITHIN = timedelta(minutes=60)
RAW_EXPIRES = timedelta(hours=24)
LONGEST_KEY = 200


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

    messages: Messages
    due: Due
    idempotency: Idempotency
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
        if len(key) > LONGEST_KEY:
            raise InvalidInput(f"The idempotency key may have at most {LONGEST_KEY} characters.")
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
        return await self._keep(caller, clinic, message, payload, key or raw.idempotency_key, checked.warnings)

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

    async def _keep(
        self,
        caller: Caller,
        clinic: Clinic,
        message: Message,
        payload: Mapping[str, object],
        key: str,
        warnings: tuple[str, ...],
    ) -> Submitted:
        body_hash = self.pseudonyms.digest("body", json.dumps(payload, sort_keys=True, ensure_ascii=False))
        first = await self.idempotency.begin(
            scope=f"{clinic.id}_{message.channel}_{message.kind}",
            key=self.pseudonyms.digest("key", key) if key else self.pseudonyms.digest("auto", caller.id, body_hash),
            body_hash=body_hash,
            message_id=message.id,
            now=message.created_at,
            keep=KEY_KEPT if key else REPEAT_WITHIN,
        )
        if first.repeat and (earlier := await self._earlier(first.message_id)) is not None:
            warnings += ("This is a repeat: the same request was taken before and is not sent again.",)
            return Submitted(earlier[0], earlier[1], True, warnings)
        return await self._store(clinic, _as(message, first.message_id), warnings)

    async def _earlier(self, message_id: MessageId) -> tuple[Message, Status] | None:
        """None: the first request died between its key and its message, so this one takes its place."""
        whole = await self.messages.whole(message_id)
        return None if whole is None else (whole.message, fold(whole.events, whole.message.scheduled_for))

    async def _store(self, clinic: Clinic, message: Message, warnings: tuple[str, ...]) -> Submitted:
        # first: a message without a due row would be taken for one that was handed over
        await self.due.put([DueRow.ahead_of(message, self.clock.now())])
        await self.messages.put(message)
        if clinic.quiet_hours.holds(clinic.local(message.created_at).time()):
            warnings += ("It is quiet hours at the clinic; this message is sent all the same.",)
        status = Status(State.QUEUED, message.created_at)
        return Submitted(message, status, False, warnings)


def _as(message: Message, message_id: MessageId) -> Message:
    return message if message.id == message_id else replace(message, id=message_id)
