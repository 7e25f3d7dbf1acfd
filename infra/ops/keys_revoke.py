"""`ops keys revoke`: the end of a key."""

from __future__ import annotations

import argparse
import sys

from infra.ops.command import Command, CommandRefusedError, Desk
from infra.ops.keys_words import clinics_of
from infra.ops.listing import local_time
from shared.errors import NotFound


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="of the key, as `ops keys list` shows it (not the key itself)")
    parser.add_argument("--yes", action="store_true", help="do not ask")


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    try:
        key = await desk.services.keys.get(given.id)
    except NotFound:
        raise CommandRefusedError("There is no key with that id. `python3 dev.py ops keys list` shows them.") from None
    if key.revoked_at:
        print(f"Key {key.id} ({key.name}) was revoked already, {local_time(key.revoked_at)}.")
        return 0
    if given.dry_run:
        print(f"Key {key.id} ({key.name}), for {clinics_of(key)}, would be revoked. Nothing was changed.")
        return 0
    if not given.yes and not _is_sure(f"Revoke key {key.id} ({key.name}), for {clinics_of(key)}? [y/N] "):
        raise CommandRefusedError("Nothing was changed.")
    await desk.services.keys.revoke(key.id)
    print(f"Key {key.id} ({key.name}) is revoked. It stops within a minute.")
    return 0


def _is_sure(question: str) -> bool:
    if not sys.stdin.isatty():
        raise CommandRefusedError("Add --yes to revoke it without being asked. Nothing was changed.")
    return input(question).strip().lower() in ("y", "yes")


COMMAND = Command(
    name="keys revoke",
    help="end an API key; callers with it are refused within a minute",
    about="Ends an API key for good. Flows that use it fail with 401 within a minute: give them a new one first.",
    arguments=_arguments,
    run=_run,
    changes=True,
)
