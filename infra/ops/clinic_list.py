"""`ops clinic list`: which clinics there are."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from infra.ops.command import Command, Desk
from infra.ops.listing import show
from shared.domain.clinic import Clinic


def _arguments(_: argparse.ArgumentParser) -> None:
    """None."""


async def _run(desk: Desk, _: argparse.Namespace) -> int:
    stored, valid = sorted(await desk.storage.clinics.all()), await desk.services.clinics.all()
    if not stored:
        print("There is no clinic yet. Load a file: python3 dev.py ops clinic load FILE")
        return 0
    show(
        ("id", "name", "zone", "channels (account)", "languages", "appointments from"),
        (_row(valid[clinic_id]) if clinic_id in valid else _broken(clinic_id) for clinic_id in stored),
    )
    return 0


def _row(clinic: Clinic) -> Sequence[str]:
    ways = ", ".join(f"{way.channel} ({way.account})" for way in clinic.channels)
    name = clinic.name[clinic.languages[0]]
    return (clinic.id, name, clinic.zone.key, ways, ", ".join(clinic.languages), clinic.source.kind)


def _broken(clinic_id: str) -> Sequence[str]:
    return (clinic_id, "(its file is not valid any more: load it again)", "", "", "", "")


COMMAND = Command(
    name="clinic list",
    help="list the clinics: channels, accounts, where appointments come from",
    about="Lists the clinics whose files were loaded, by id.",
    arguments=_arguments,
    run=_run,
    changes=False,
)
