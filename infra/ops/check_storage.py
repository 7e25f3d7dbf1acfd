"""`ops check storage`: an audit of all that is stored, by code that the product does not share."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import date

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from infra.ops.audit import jobs, shapes
from infra.ops.audit.audit import Audit
from infra.ops.audit.findings import KINDS, Findings
from infra.ops.audit.queue_reading import QueueReader
from infra.ops.audit.reading import AccountReader
from infra.ops.audit.scope import Scope
from infra.ops.command import Command, Desk
from infra.ops.listing import show
from shared.clock import SystemClock
from shared.domain.identity import CLINIC_ID
from shared.settings import Settings, encryption_keys

FOUND, NOT_WHOLE = 1, 3


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clinic", metavar="ID", type=_clinic, help="only what belongs to this clinic")
    parser.add_argument(
        "--since",
        metavar="DATE",
        type=date.fromisoformat,
        help="only what belongs to days from this one on: 2026-11-20",
    )


def _clinic(text: str) -> str:
    if CLINIC_ID.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(f"{text} cannot be the id of a clinic")
    return text


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    settings, queues = desk.settings, desk.queues
    reader = account_reader(settings)
    peeks = QueueReader(queues.connection_string, queues.endpoint, queues.client_id, queues.unnamed)
    names = {kind: str(getattr(settings, setting.lower())) for kind, setting in jobs.QUEUES.items()}
    scope = Scope(SystemClock().now(), given.clinic or "", given.since)
    with _progress() as progress:
        places = len(shapes.TABLES) + len(shapes.BLOBS) + 2  # the queues, and the second look
        task = progress.add_task("", total=places, rows=0, place="")
        seen: list[str] = []

        def told(place: str, rows: int) -> None:
            if place not in seen:
                seen.append(place)
            progress.update(task, completed=len(seen) - 1, rows=rows, place=place)

        try:
            audit = Audit(reader, peeks, names, scope, encryption_keys(settings), told)
            findings = await asyncio.to_thread(audit.run)
        finally:
            reader.close()
            peeks.close()
    _report(findings, reader.repeated + peeks.repeated)
    return FOUND if findings.counts else 0 if findings.whole else NOT_WHOLE


def account_reader(settings: Settings) -> AccountReader:
    """Of what is stored."""
    return AccountReader(
        settings.storage_connection, settings.table_endpoint, settings.blob_endpoint, settings.identity_client_id
    )


def _progress() -> Progress:
    return Progress(
        BarColumn(30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[place]}, {task.fields[rows]} rows"),
        TimeElapsedColumn(),
        console=Console(file=sys.stderr),
        transient=True,
    )


def _report(findings: Findings, repeated: int) -> None:
    show(
        ("place", "rows or blobs", "kB", "read"),
        (
            (place, str(size.rows), f"{size.bytes / 1000:.0f}", _read(place, findings))
            for place, size in findings.sizes.items()
        ),
    )
    if findings.keys:
        keys = ", ".join(f"{count} under {key}" for key, count in sorted(findings.keys.items()))
        print(f"Sealed values by key: {keys}.")
    if findings.jobs:
        waiting = ", ".join(f"{count} in {queue}" for queue, count in findings.jobs.items() if count)
        print(f"Jobs in the queues, about: {waiting or 'none'}.")
    if findings.leftovers:
        left = ", ".join(f"{count} in {table}" for table, count in sorted(findings.leftovers.items()) if count)
        print(f"Left over and harmless, lines of messages that never came: {left or 'none'}.")
    if repeated:
        print(f"{repeated} requests were answered only when they were asked again.")
    if findings.counts:
        show(
            ("finding", "how often", "what it means", "for example"),
            (
                (kind, str(findings.counts[kind]), KINDS[kind], "\n".join(findings.examples[kind]))
                for kind in KINDS
                if findings.counts[kind]
            ),
        )
    for place, why in findings.not_read.items():
        print(f"NOT READ WHOLE: {place}: {why}.")
    for kind, why in findings.not_checked.items():
        print(f"NOT CHECKED: {kind}: {why}.")
    print(_in_short(findings))


def _read(place: str, findings: Findings) -> str:
    return "in part" if {f"table {place}", f"container {place}"} & findings.not_read.keys() else "whole"


def _in_short(findings: Findings) -> str:
    found = f"{sum(findings.counts.values())} findings" if findings.counts else "Nothing was found"
    return f"{found}{'.' if findings.whole else ', but not everything could be read.'}"


COMMAND = Command(
    name="check storage",
    help="audit what is stored: counts, orphans, stuck rows and jobs, duplicates, values that are not encrypted",
    about="Reads everything that is stored, with code of its own that the product does not share, and changes nothing. "
    "Counts the days again, follows what leads from one row to another, looks for what is stuck, for what was sent "
    "twice, and for patient data that is not encrypted; opens each sealed value. Peeks at the first jobs of each queue "
    "and takes none: form, age, what they lead to. Rows that say of themselves neither "
    "clinic nor day are looked at always. Where the account throttles or does not answer, a request is asked again up "
    "to six times; what could not be read then is named, and what needs it is not judged.\n\n"
    "Exit code: 0 all was read and nothing found, 1 findings, 3 nothing found but not everything could be read.",
    arguments=_arguments,
    run=_run,
    changes=False,
)
