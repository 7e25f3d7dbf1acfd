"""What sends prescription references, calls them back, and shows them to patients."""

from dataclasses import dataclass

from shared import settings as app_settings
from shared.pages.prescription import PrescriptionPage
from shared.services.prescribing.birthday import AskBirthday
from shared.services.prescribing.dispatch import Dispatch
from shared.services.prescribing.once import Once
from shared.services.prescribing.patient_page import ShowPage
from shared.services.prescribing.prepare import Prepare
from shared.services.prescribing.preview import Preview, PreviewTokens
from shared.services.prescribing.refusals import Refusals
from shared.services.prescribing.resend import ResendPrescription
from shared.services.prescribing.revoke import RevokePrescription
from shared.services.prescribing.send import LookedAt, SendPrescription
from shared.services.prescribing.signed import Signed
from shared.services.prescribing.view import PrescriptionReports
from shared.services.prescribing.ways import FindWays
from shared.services.prescribing.words import PrescriptionWords, PublicAddress
from shared.wiring.parts import Parts, new_id
from shared.wiring.taking import make_once


@dataclass(frozen=True, slots=True)
class Prescribing:
    """Everything around prescription references. `preview` is for any message that a person composes."""

    preview: Preview
    send: SendPrescription
    resend: ResendPrescription
    revoke: RevokePrescription
    reports: PrescriptionReports
    page: ShowPage
    html: PrescriptionPage


def make_prescribing(parts: Parts) -> Prescribing:
    """Raises ConfigurationError for a PUBLIC_URL that is none."""
    storage, clock, pseudonyms = parts.storage, parts.clock, parts.pseudonyms
    index_key, refusals = app_settings.index_key(parts.settings), Refusals(parts.wording)
    words = PrescriptionWords(parts.wording, PublicAddress(parts.settings.public_url))
    prepare = Prepare(
        ways=FindWays(patients=storage.patients, pseudonyms=pseudonyms, refusals=refusals),
        words=words,
        open_channel=parts.accounts.channel,
        refusals=refusals,
        pseudonyms=pseudonyms,
        clock=clock,
    )
    tokens = PreviewTokens(Signed(index_key, "preview"), pseudonyms)
    reports = PrescriptionReports(
        prescriptions=storage.prescriptions, messages=storage.messages, clinics=parts.clinics, clock=clock
    )
    kept = make_once(parts)
    once = Once(kept)
    dispatch = Dispatch(
        prescriptions=storage.prescriptions,
        once=kept,
        prepare=prepare,
        pseudonyms=pseudonyms,
        mock=parts.settings.mock,
    )
    return Prescribing(
        preview=Preview(prepare=prepare, tokens=tokens, clinics=parts.clinics, clock=clock),
        send=SendPrescription(
            clinics=parts.clinics,
            prepare=prepare,
            looked_at=LookedAt(tokens=tokens, refusals=refusals, clock=clock),
            once=once,
            dispatch=dispatch,
            messages=storage.messages,
            reports=reports,
            pseudonyms=pseudonyms,
            clock=clock,
            new_id=new_id,
        ),
        resend=ResendPrescription(
            reports=reports,
            prepare=prepare,
            refusals=refusals,
            once=once,
            dispatch=dispatch,
            pseudonyms=pseudonyms,
            clock=clock,
            new_id=new_id,
        ),
        revoke=RevokePrescription(
            reports=reports,
            prescriptions=storage.prescriptions,
            messages=storage.messages,
            recorder=parts.recorder,
            clock=clock,
        ),
        reports=reports,
        page=_page(parts, index_key),
        html=PrescriptionPage(parts.wording, words),
    )


def _page(parts: Parts, index_key: bytes) -> ShowPage:
    storage = parts.storage
    return ShowPage(
        prescriptions=storage.prescriptions,
        clinics=parts.clinics,
        ask_birthday=AskBirthday(
            prescriptions=storage.prescriptions,
            patients=storage.patients,
            worklist=storage.worklist,
            pseudonyms=parts.pseudonyms,
        ),
        proofs=Signed(index_key, "birthday"),
        pseudonyms=parts.pseudonyms,
        wording=parts.wording,
        clock=parts.clock,
    )
