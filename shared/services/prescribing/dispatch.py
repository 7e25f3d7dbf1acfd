"""Put a message of a prescription on its way: its page, its event, its due row, and last the message itself.

So a message that goes has a page that opens and a prescription that can be called back; a crash before the message
leaves a prescription that says "not delivered", and the caller, who got no answer, asks again under the same key.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from shared.domain.clinic import Clinic
from shared.domain.identity import MessageId, Pseudonyms
from shared.domain.local_time import wall_instant
from shared.domain.message import Kind, Message, Priority
from shared.domain.prescription.life import Prescription, PrescriptionEvent, PrescriptionEventName
from shared.services.asking.once import KeepOnce
from shared.services.prescribing.prepare import Prepare, Prepared
from shared.services.prescribing.ways import address_of
from shared.storage.contract import PatientPage, Prescriptions

WAITS = timedelta(hours=24)
"""A message that could not leave for so long is dropped, and a person is told: the patient has waited for it."""
TOKEN_BYTES = 24  # 192 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """Repeatable for one message id: a repeat draws another token, and both lead to the same page."""

    prescriptions: Prescriptions
    once: KeepOnce
    prepare: Prepare
    pseudonyms: Pseudonyms
    mock: bool

    async def __call__(
        self, prepared: Prepared, one: Prescription, message_id: MessageId, event: PrescriptionEvent
    ) -> Message:
        token, clinic = secrets.token_urlsafe(TOKEN_BYTES), prepared.clinic
        page = PatientPage(page_key(self.pseudonyms, token), clinic.id, one.id, str(message_id), over_at(one, clinic))
        await self.prescriptions.open_page(page)
        if event.name is PrescriptionEventName.SENT:
            await self.prescriptions.put(one)
        await self.prescriptions.append(clinic.id, one.id, event)
        message = self._message(prepared, one, message_id, token, event)
        await self.once.keep(message)
        return message

    def _message(
        self, prepared: Prepared, one: Prescription, message_id: MessageId, token: str, event: PrescriptionEvent
    ) -> Message:
        clinic, way = prepared.clinic, prepared.way.channel
        to = address_of(prepared.way)
        return Message(
            id=message_id,
            kind=Kind.PRESCRIPTION,
            channel=way.channel,
            account=way.account,
            to=to,
            content=self.prepare.content(prepared, token),
            language=prepared.language,
            scheduled_for=event.at,
            expires_at=min(event.at + WAITS, over_at(one, clinic)),
            created_at=event.at,
            patient_key=one.patient_key,
            patient_name=one.patient_name,
            version=self.pseudonyms.digest("version", way.channel, prepared.text),
            sent_by=event.by,
            mock=self.mock,
            address_key=self.pseudonyms.address(clinic.id, way.channel, to),
            priority=Priority.PRESCRIPTION,
            prescription=one.id,
        )


def page_key(pseudonyms: Pseudonyms, token: str) -> str:
    """Under which a page is stored: from it nobody can make the token."""
    return pseudonyms.digest("patient-page", token)


def over_at(one: Prescription, clinic: Clinic) -> datetime:
    """The midnight that ends its last day where the clinic is."""
    return wall_instant(one.last_day + timedelta(days=1), time(0), clinic.zone)
