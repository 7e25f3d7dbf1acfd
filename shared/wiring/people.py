"""What staff do with patients: find them, answer them, write down what they wish."""

from shared.services.asking.addressee import FindAddressee
from shared.services.asking.reply import SendTextReply
from shared.services.staff.consent import RecordConsent
from shared.services.staff.patient_view import ViewPatient
from shared.services.staff.patients import LookUpPatient
from shared.wiring.parts import Parts, new_id
from shared.wiring.taking import make_once


def make_look_up(parts: Parts) -> LookUpPatient:
    return LookUpPatient(
        index=parts.storage.patient_index,
        patients=parts.storage.patients,
        view=make_view(parts),
        clinics=parts.clinics,
        pseudonyms=parts.pseudonyms,
    )


def make_consent(parts: Parts) -> RecordConsent:
    return RecordConsent(
        patients=parts.storage.patients,
        consents=parts.storage.consents,
        publish=parts.publish,
        runs=parts.storage.runs,
        view=make_view(parts),
        clinics=parts.clinics,
        clock=parts.clock,
    )


def make_reply(parts: Parts) -> SendTextReply:
    storage = parts.storage
    return SendTextReply(
        once=make_once(parts),
        find=FindAddressee(
            messages=storage.messages, worklist=storage.worklist, patients=storage.patients, clinics=parts.clinics
        ),
        worklist=storage.worklist,
        patients=storage.patients,
        open_channel=parts.accounts.channel,
        wording=parts.wording,
        pseudonyms=parts.pseudonyms,
        clock=parts.clock,
        new_id=new_id,
        mock=parts.settings.mock,
    )


def make_view(parts: Parts) -> ViewPatient:
    storage = parts.storage
    return ViewPatient(
        patients=storage.patients,
        consents=storage.consents,
        messages=storage.messages,
        open_channel=parts.accounts.channel,
        pseudonyms=parts.pseudonyms,
        clock=parts.clock,
    )
