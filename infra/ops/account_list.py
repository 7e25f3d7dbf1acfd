"""`ops account list`: from which provider accounts clinics send."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from infra.ops.command import Command, Desk
from infra.ops.listing import show
from shared.services.accounts import AccountState
from shared.services.clinics import DEFAULT_ACCOUNT


def _arguments(_: argparse.ArgumentParser) -> None:
    """None."""


async def _run(desk: Desk, _: argparse.Namespace) -> int:
    accounts = await desk.services.accounts.all()
    if not accounts:
        print("There is no clinic yet. Load a file: python3 dev.py ops clinic load FILE")
        return 0
    show(("channel", "account", "clinics", "settings"), (_row(one) for one in accounts))
    return 0


def _row(one: AccountState) -> Sequence[str]:
    if one.account == DEFAULT_ACCOUNT:
        kept = "in the app settings"
    else:
        kept = ", ".join(one.names) if one.names is not None else "MISSING: `ops account set` keeps them"
    return one.channel, one.account, ", ".join(one.clinics) or "none: `ops account remove` forgets it", kept


COMMAND = Command(
    name="account list",
    help="list the provider accounts from which clinics send",
    about="Lists the provider accounts that clinic files name, who sends from each, and which settings are kept for "
    "it: their names, never a value.",
    arguments=_arguments,
    run=_run,
    changes=False,
)
