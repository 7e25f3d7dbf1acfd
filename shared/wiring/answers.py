"""What acts on patients' answers."""

from shared.clock import Clock
from shared.domain.identity import Pseudonyms
from shared.domain.reply import Lexicon
from shared.services.acknowledge import Acknowledge
from shared.services.answer import ActOnAnswer
from shared.services.bind import Bind
from shared.services.clinics import ClinicBook
from shared.services.fresh import FreshReader
from shared.services.ports import OpenChannel
from shared.services.to_staff import TellStaff
from shared.storage.contract import Storage
from shared.wording import Wording


def make_answers(
    storage: Storage,
    clinics: ClinicBook,
    fresh: FreshReader,
    open_channel: OpenChannel,
    wording: Wording,
    pseudonyms: Pseudonyms,
    clock: Clock,
    *,
    mock: bool,
) -> ActOnAnswer:
    return ActOnAnswer(
        inbound=storage.inbound,
        bind=Bind(messages=storage.messages, clinics=clinics, pseudonyms=pseudonyms),
        to_staff=TellStaff(worklist=storage.worklist, patients=storage.patients, pseudonyms=pseudonyms, clock=clock),
        acknowledge=Acknowledge(
            messages=storage.messages,
            due=storage.due,
            patients=storage.patients,
            open_channel=open_channel,
            wording=wording,
            pseudonyms=pseudonyms,
            clock=clock,
            mock=mock,
        ),
        messages=storage.messages,
        patients=storage.patients,
        verdict=fresh.verdict,
        pseudonyms=pseudonyms,
        read_lexicon=_read_lexicon,
    )


def _read_lexicon() -> Lexicon:
    from shared.wording.replies import shipped_replies  # 20 ms that a callback of receipts alone need not pay

    return shipped_replies()
