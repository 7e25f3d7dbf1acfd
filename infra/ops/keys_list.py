"""`ops keys list`: who has a key."""

from __future__ import annotations

import argparse

from infra.ops.command import Command, Desk
from infra.ops.keys_words import clinics_of, permissions_of
from infra.ops.listing import local_time, show


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clinic", metavar="ID", help="only keys that open this clinic")
    parser.add_argument("--active", action="store_true", help="only keys that are not revoked")


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    keys = [
        key
        for key in await desk.services.keys.all()
        if not (given.active and key.revoked_at)
        if not given.clinic or not key.clinics or given.clinic in key.clinics
    ]
    if not keys:
        print("There is no such key. Make one: python3 dev.py ops keys make --help")
        return 0
    show(
        ("id", "name", "clinics", "may", "made", "revoked"),
        (
            (k.id, k.name, clinics_of(k), permissions_of(k), local_time(k.created_at), local_time(k.revoked_at))
            for k in keys
        ),
    )
    return 0


COMMAND = Command(
    name="keys list",
    help="list the API keys: for whom, for which clinics, since when",
    about="Lists the API keys, the newest last, with this machine's local times. The keys themselves are not stored.",
    arguments=_arguments,
    run=_run,
    changes=False,
)
