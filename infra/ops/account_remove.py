"""`ops account remove`: the end of a clinic's own provider account."""

from __future__ import annotations

import argparse

from infra.ops.command import Command, Desk
from infra.ops.operator import agreed, asked_first


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("channel", metavar="CHANNEL", help="whatsapp or wechat")
    parser.add_argument("account", metavar="ACCOUNT", help="its name, as `account list` shows it")
    asked_first(parser)


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    accounts, what = desk.services.accounts, f"account {given.account} of {given.channel}"
    await accounts.require_unneeded(given.channel, given.account)
    print(f"No clinic sends from {what}, and nothing waits that needs it.")
    if given.dry_run:
        print("Its secrets would be forgotten for good. Nothing was changed.")
        return 0
    agreed(given, f"Forget the secrets of {what} for good?")
    await accounts.remove(given.channel, given.account)
    print(f"The secrets of {what} are gone. Callbacks to it are refused, and stored ones cannot be read again.")
    print("Instances that have used it keep what they know until they start anew: restart the app.")
    return 0


COMMAND = Command(
    name="account remove",
    help="forget the secrets of a provider account that no clinic uses any more",
    about="Forgets the secrets that `account set` kept, for good. Refused while the file of a clinic names the "
    "account, and while messages wait to be sent from it or have not come to their end. From then on the provider's "
    "callbacks to it are refused: take the webhook away at the provider first. Revoke the token there too.",
    arguments=_arguments,
    run=_run,
    changes=True,
)
