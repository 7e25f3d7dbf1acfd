"""`ops explain`: everything about one appointment."""

from __future__ import annotations

import argparse
from datetime import date

from infra.ops.command import Command, CommandRefusedError, Desk
from infra.ops.explain_words import story
from shared.domain.clinic import Clinic


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("appointment", metavar="APPOINTMENT", help="its id in the appointment system")
    parser.add_argument("--clinic", required=True, metavar="ID", help="whose appointment it is")
    parser.add_argument("--day", type=date.fromisoformat, metavar="YYYY-MM-DD", help="its day, if you know it")
    parser.add_argument("--no-source", action="store_true", help="do not ask the appointment system how it is now")
    parser.add_argument("--words", action="store_true", help="also the words that the patient read")


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    clinic = await clinic_named(desk, given.clinic)
    found = await desk.services.explain(clinic, given.appointment, given.day, ask_source=not given.no_source)
    texts = {}
    if given.words:
        texts = {view.message.id: await desk.services.reports.body(view.message) for view in found.messages}
    for line in story(found, texts):
        print(line)
    return 0


async def clinic_named(desk: Desk, clinic_id: str) -> Clinic:
    """Raises CommandRefusedError that names those there are; ConfigurationError for one whose file is not valid."""
    clinics = await desk.services.clinics.all()
    if clinic_id not in clinics and clinic_id not in await desk.storage.clinics.all():
        there = ", ".join(sorted(clinics)) or "none yet"
        raise CommandRefusedError(f"There is no clinic {clinic_id}. There are: {there}.")
    return await desk.services.clinics.get(clinic_id)


COMMAND = Command(
    name="explain",
    help="tell all about one appointment: decisions, messages, what happened, why",
    about="Tells what was decided on an appointment and why, what was sent and came of it, what waits for a person, "
    "how each channel stands with the patient, and how the appointment system has it now. Times are the clinic's. It "
    "reads only, and shows the patient's name on this terminal.\n\n"
    "Without --day the appointment system says the day; where it does not, the last 92 days and those ahead are looked "
    "at, the nearest first.",
    arguments=_arguments,
    run=_run,
    changes=False,
)
