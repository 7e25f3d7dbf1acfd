"""`ops resolve`: a message of which nobody knows whether it arrived."""

from __future__ import annotations

import argparse

from infra.ops.command import Command, CommandRefusedError, Desk
from infra.ops.worklist_resolve import answer
from shared.domain.identity import MessageId
from shared.domain.message import fold
from shared.services.work_items import Resolution, read_public_id, unknown_outcome_id

ANSWERS = (Resolution.SEND_AGAIN.value, Resolution.LEAVE.value)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("message", metavar="MESSAGE", help="its id, as `explain` and the lists show it")
    parser.add_argument("answer", choices=ANSWERS, help="send it once more, although it may have arrived; or leave it")
    parser.add_argument("--note", default="", help="why; kept sealed")


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    item_id = await _item_of(desk, given.message)
    return await answer(desk, item_id, given.answer, given.note, dry_run=given.dry_run)


async def _item_of(desk: Desk, text: str) -> str:
    """Raises CommandRefusedError where nobody is asked about the message, with the state that it is in."""
    try:
        message_id = MessageId.parse(text)
    except ValueError:
        raise CommandRefusedError(
            "That is no message's id. `ops explain` shows the messages of an appointment."
        ) from None
    whole = await desk.storage.messages.whole(message_id)
    if whole is None:
        raise CommandRefusedError("There is no such message.")
    item_id = unknown_outcome_id(desk.services.keys.pseudonyms, message_id)
    place = read_public_id(item_id)
    if place is None or await desk.storage.worklist.read(*place) is None:
        state = fold(whole.events, whole.message.scheduled_for).state
        raise CommandRefusedError(
            f"Nobody is asked about this message: it is {state}. An unknown outcome comes onto the worklist when the "
            "provider has been asked in vain; until then it is not sent again."
        )
    return item_id


COMMAND = Command(
    name="resolve",
    help="decide on a message of unknown outcome: send_again or leave",
    about="Decides on a message of which nobody knows whether it reached the patient: the provider did not answer and "
    "cannot be asked. `send_again` puts it back in line, if there is time for it; the patient may get it twice. "
    "`leave` lets it be: phone them. It answers the item of the worklist about it, in your name.",
    arguments=_arguments,
    run=_run,
    changes=True,
)
