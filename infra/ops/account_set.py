"""`ops account set`: a clinic's own provider account."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.ops.command import Command, CommandRefusedError, Desk
from infra.ops.files import LARGEST, text_of

STDIN = Path("-")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("channel", metavar="CHANNEL", help="whatsapp or wechat")
    parser.add_argument("account", metavar="ACCOUNT", help="its name, as clinic files give it in channels[].account")
    parser.add_argument(
        "--from", dest="file", type=Path, required=True, metavar="FILE", help="JSON with its settings; `-`: from stdin"
    )


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    secrets = _secrets(given.file)
    there = await desk.services.accounts.set(given.channel, given.account, secrets, keep=not given.dry_run)
    if given.dry_run:
        print(f"The settings are whole. The account would be {'replaced' if there else 'new'}. Nothing was changed.")
        return 0
    print(
        f"Account {given.account} of {given.channel} is {'replaced' if there else 'new'}; its secrets are kept sealed."
    )
    if there:
        print("Instances that have used it keep what they know until they start anew: restart the app.")
    if given.file != STDIN:
        print(f"Delete {given.file} now, if it was made for this.")
    return 0


def _secrets(path: Path) -> Mapping[str, object]:
    """Raises CommandRefusedError, without a word of what it says."""
    text = sys.stdin.read(LARGEST) if path == STDIN else text_of(path)
    try:
        found = json.loads(text)
    except ValueError:
        raise CommandRefusedError("That is not JSON. Nothing was changed.") from None
    if not isinstance(found, dict):
        raise CommandRefusedError("It must be a JSON object: names and values. Nothing was changed.")
    return found


COMMAND = Command(
    name="account set",
    help="keep the secrets of a clinic's own provider account",
    about="Checks the settings of a provider account as a whole and keeps them sealed, in place of those before. They "
    "are read from a file or from stdin, never from an argument, and nothing shows them again. Names are those of the "
    "app settings without the channel, in lower case: for WhatsApp phone_number_id, business_account_id, access_token, "
    "verify_token, webhook_secret; for WeChat app_id, app_secret, token, encoding_aes_key, callback_mode.\n\n"
    "example: python3 dev.py ops account set whatsapp riverside --from - < riverside-whatsapp.json",
    arguments=_arguments,
    run=_run,
    changes=True,
)
