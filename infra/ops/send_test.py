"""`ops test-message`: shows that a clinic's account, template and callbacks work."""

from __future__ import annotations

import argparse

from infra.ops.command import Command, Desk
from infra.ops.explain import clinic_named
from infra.ops.operator import agreed, asked_first, operator


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("channel", metavar="CHANNEL", help="whatsapp or wechat")
    parser.add_argument("to", metavar="ADDRESS", help="a number (+447700900123) or openid of your own, no patient's")
    parser.add_argument("--clinic", required=True, metavar="ID", help="whose account and template are tried")
    asked_first(parser)


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    clinic, send = await clinic_named(desk, given.clinic), desk.services.send_test
    draft = await send.draft(operator(), clinic, given.channel, given.to)
    print(f"By account {draft.message.account} of {draft.message.channel}:\n")
    for line in draft.text.splitlines():
        print(f"    {line}")
    print()
    if given.dry_run:
        print("It would be sent. Nothing was changed.")
        return 0
    agreed(given, "Is that address your own, and shall it go there?")
    message = await send(draft)
    print(f"Message {message.id} is in line: the running app sends it within seconds, or drops it after half an hour.")
    print(f"What became of it: GET /api/{message.channel}/v1/messages/{message.id}")
    return 0


COMMAND = Command(
    name="test-message",
    help="send a clinic's reminder with invented words to an address of your own",
    about="Sends the clinic's reminder with invented words, by its account and template, to a number or openid of your "
    "own: it goes as every message does, and shows that sending and receipts work. A number that a patient of the "
    "clinic has is refused. The app must be running: it is what sends.",
    arguments=_arguments,
    run=_run,
    changes=True,
)
