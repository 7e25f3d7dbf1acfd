"""The services between a message's time and its end: send, and look after."""

from shared.services.aftercare.after_failure import AfterFailure
from shared.services.aftercare.look_after import LookAfter
from shared.services.aftercare.reroute import Reroute
from shared.services.aftercare.silence import Silence
from shared.services.aftercare.unknown import ResolveUnknown
from shared.services.measuring.looks import MeasuredLookAfter
from shared.services.prescribing.still_right import StillToSend
from shared.services.sending.gate import Gate
from shared.services.sending.hand_over import HandOver
from shared.services.sending.send import SendMessage
from shared.wiring.parts import Parts, new_id


def make_send(parts: Parts) -> SendMessage:
    return SendMessage(
        messages=parts.storage.messages,
        due=parts.storage.due,
        recorder=parts.recorder,
        clinics=parts.clinics,
        gate=_gate(parts),
        circuits=parts.pacing.circuits,
        hand_over=_hand_over(parts),
        clock=parts.clock,
    )


def make_look_after(parts: Parts) -> LookAfter:
    reroute = _reroute(parts)
    return MeasuredLookAfter(
        due=parts.storage.due,
        messages=parts.storage.messages,
        clinics=parts.clinics,
        recorder=parts.recorder,
        tell=parts.tell,
        unknown=ResolveUnknown(
            open_channel=parts.accounts.channel,
            gate=_gate(parts),
            hand_over=_hand_over(parts),
            recorder=parts.recorder,
            tell=parts.tell,
            clock=parts.clock,
        ),
        silence=Silence(
            open_channel=parts.accounts.channel,
            receipts=parts.receipts,
            recorder=parts.recorder,
            reroute=reroute,
            tell=parts.tell,
        ),
        after_failure=AfterFailure(
            patients=parts.storage.patients, failures=parts.storage.failures, reroute=reroute, tell=parts.tell
        ),
        clock=parts.clock,
        telemetry=parts.telemetry,
    )


def _gate(parts: Parts) -> Gate:
    return Gate(
        patients=parts.storage.patients,
        circuits=parts.pacing.circuits,
        fresh=parts.fresh,
        open_channel=parts.accounts.channel,
        prescription=StillToSend(prescriptions=parts.storage.prescriptions, patients=parts.storage.patients),
    )


def _hand_over(parts: Parts) -> HandOver:
    return HandOver(
        provider_ids=parts.storage.provider_ids,
        recorder=parts.recorder,
        receipts=parts.receipts,
        open_channel=parts.accounts.channel,
        paces=parts.pacing.paces,
        wire=parts.pacing.wire,
        clock=parts.clock,
        new_id=new_id,
    )


def _reroute(parts: Parts) -> Reroute:
    return Reroute(
        ask=parts.ask_source,
        patients=parts.storage.patients,
        messages=parts.storage.messages,
        due=parts.storage.due,
        recorder=parts.recorder,
        open_channel=parts.accounts.channel,
        pseudonyms=parts.pseudonyms,
        wording=parts.wording,
    )
