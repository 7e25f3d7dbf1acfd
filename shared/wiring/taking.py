"""What takes messages from callers: for now, and for given times."""

from shared.services.asking.drafts import Drafts
from shared.services.asking.may_be_reminded import MayBeReminded
from shared.services.asking.once import KeepOnce
from shared.services.asking.remind import SendAppointmentReminder
from shared.services.asking.schedules import ScheduleMessages
from shared.services.asking.submit import SubmitRaw
from shared.services.asking.try_out import SendTestMessage
from shared.wiring.parts import Parts, new_id


def make_once(parts: Parts) -> KeepOnce:
    storage = parts.storage
    return KeepOnce(
        messages=storage.messages,
        due=storage.due,
        idempotency=storage.idempotency,
        pseudonyms=parts.pseudonyms,
        clock=parts.clock,
    )


def make_submit(parts: Parts) -> SubmitRaw:
    storage = parts.storage
    return SubmitRaw(
        once=make_once(parts),
        patients=storage.patients,
        clinics=parts.clinics,
        open_channel=parts.accounts.channel,
        pseudonyms=parts.pseudonyms,
        clock=parts.clock,
        new_id=new_id,
        mock=parts.settings.mock,
    )


def make_send_test(parts: Parts) -> SendTestMessage:
    storage = parts.storage
    return SendTestMessage(
        once=make_once(parts),
        patients=storage.patients,
        patient_index=storage.patient_index,
        open_channel=parts.accounts.channel,
        pseudonyms=parts.pseudonyms,
        wording=parts.wording,
        clock=parts.clock,
        new_id=new_id,
        mock=parts.settings.mock,
    )


def make_remind(parts: Parts) -> SendAppointmentReminder:
    return SendAppointmentReminder(once=make_once(parts), clinics=parts.clinics, drafts=_drafts(parts))


def make_schedules(parts: Parts) -> ScheduleMessages:
    return ScheduleMessages(
        once=make_once(parts), clinics=parts.clinics, drafts=_drafts(parts), pseudonyms=parts.pseudonyms
    )


def _drafts(parts: Parts) -> Drafts:
    storage = parts.storage
    return Drafts(
        ask=parts.ask_source,
        may_be_reminded=MayBeReminded(
            patients=storage.patients, plans=storage.plans, pseudonyms=parts.pseudonyms, clock=parts.clock
        ),
        patients=storage.patients,
        open_channel=parts.accounts.channel,
        pseudonyms=parts.pseudonyms,
        wording=parts.wording,
        clock=parts.clock,
        mock=parts.settings.mock,
    )
