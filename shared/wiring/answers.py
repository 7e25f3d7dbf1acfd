"""What takes callbacks, and acts on patients' answers."""

from shared.domain.reply import Lexicon
from shared.services.receiving.acknowledge import Acknowledge
from shared.services.receiving.answer import ActOnAnswer
from shared.services.receiving.bind import Bind
from shared.services.receiving.news import TellOthers
from shared.services.receiving.receive import ReceiveCallback
from shared.services.receiving.to_staff import TellStaff
from shared.wiring.parts import Parts


def make_receive(parts: Parts) -> ReceiveCallback:
    return ReceiveCallback(
        callbacks=parts.storage.callbacks,
        provider_ids=parts.storage.provider_ids,
        receipts=parts.receipts,
        answers=_answers(parts),
        circuits=parts.pacing.circuits,
        open_callback=parts.accounts.callback,
        clock=parts.clock,
    )


def _answers(parts: Parts) -> ActOnAnswer:
    storage = parts.storage
    return ActOnAnswer(
        inbound=storage.inbound,
        bind=Bind(messages=storage.messages, clinics=parts.clinics, pseudonyms=parts.pseudonyms),
        to_staff=TellStaff(
            worklist=storage.worklist, patients=storage.patients, pseudonyms=parts.pseudonyms, clock=parts.clock
        ),
        tell_others=TellOthers(publish=parts.publish),
        acknowledge=Acknowledge(
            messages=storage.messages,
            due=storage.due,
            patients=storage.patients,
            open_channel=parts.accounts.channel,
            wording=parts.wording,
            pseudonyms=parts.pseudonyms,
            clock=parts.clock,
            mock=parts.settings.mock,
        ),
        messages=storage.messages,
        patients=storage.patients,
        verdict=parts.fresh.verdict,
        pseudonyms=parts.pseudonyms,
        read_lexicon=_read_lexicon,
    )


def _read_lexicon() -> Lexicon:
    from shared.wording.replies import shipped_replies  # 20 ms that a callback of receipts alone need not pay

    return shipped_replies()
