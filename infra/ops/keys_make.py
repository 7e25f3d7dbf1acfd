"""`ops keys make`: a key for a clinic's flows."""

from __future__ import annotations

import argparse

from infra.ops.command import Command, CommandRefusedError, Desk
from infra.ops.keys_words import clinics_of, permissions_of
from shared.domain.permission import EVERYTHING, Permission


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", required=True, help="who will use it; stands in the log as the sender")
    parser.add_argument("--clinic", action="append", default=[], metavar="ID", help="may be given several times")
    parser.add_argument("--all-clinics", action="store_true", help="every clinic, also those to come: for operators")
    parser.add_argument(
        "--permission",
        action="append",
        choices=[permission.value for permission in sorted(EVERYTHING)],
        help="read: lists and messages; send: all that changes something; without it both",
    )


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    if bool(given.clinic) == given.all_clinics:
        raise CommandRefusedError("Say which clinics the key is for: --clinic ID (several times), or --all-clinics.")
    permissions = [Permission(name) for name in given.permission or EVERYTHING]
    if given.dry_run:
        draft = await desk.services.keys.draft(given.name, given.clinic, permissions)
        print(f"A key for {draft.name} would be made: may {permissions_of(draft)} for {clinics_of(draft)}.")
        print("Nothing was changed.")
        return 0
    made = await desk.services.keys.make(given.name, given.clinic, permissions)
    print(f"Key {made.key.id} for {made.key.name}: may {permissions_of(made.key)} for {clinics_of(made.key)}.")
    print(f"\n    {made.text}\n")
    print("It is shown this once and cannot be shown again. Callers send it in the header x-api-key.")
    print(f"To end it: python3 dev.py ops keys revoke {made.key.id}")
    return 0


COMMAND = Command(
    name="keys make",
    help="make an API key for one or more clinics, and show it once",
    about="Makes an API key. Whoever has it may act for the clinics named, and for no other. Only a keyed hash of it "
    "is stored: if it is lost, revoke it and make another one.\n\n"
    'example: python3 dev.py ops keys make --clinic riverside --name "Front desk flow"',
    arguments=_arguments,
    run=_run,
    changes=True,
    makes_tables=True,
)
