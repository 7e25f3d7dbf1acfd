"""Who gives the command: an operator sees every clinic, and signs with the name of the account on this machine."""

from __future__ import annotations

import argparse
import getpass
import sys

from infra.ops.command import CommandRefusedError
from shared.services.callers import Caller


def operator() -> Caller:
    """As the log and the worklist name them."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = ""
    return Caller("operator", f"operator {name}".strip(), None)


def agreed(given: argparse.Namespace, question: str) -> None:
    """Asks a person, unless --yes was given. Raises CommandRefusedError without a yes."""
    if given.yes:
        return
    if not sys.stdin.isatty():
        raise CommandRefusedError("Add --yes to do it without being asked. Nothing was changed.")
    if input(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
        raise CommandRefusedError("Nothing was changed.")


def asked_first(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask first")
