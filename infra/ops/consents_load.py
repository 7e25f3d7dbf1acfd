"""`ops consents load`: a copy of what a clinic's patients want is taken back."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from infra.ops.command import Command, CommandRefusedError, Desk
from infra.ops.consents_words import in_words
from infra.ops.counting import progress
from shared.services.wishes.restore import Restored

NOT_WHOLE = 1


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="that `consents export` wrote")


async def _run(desk: Desk, given: argparse.Namespace) -> int:
    total = max(0, sum(1 for _ in _lines(given.file)) - 2)  # without the first and the last
    with progress("taking back", total) as advance:
        restore = desk.services.operating.restore_wishes
        done = await restore(lambda: _lines(given.file), advance, keep=not given.dry_run)
    print(f"The copy of {done.clinic_id} of {done.copied_at} is whole.")
    for line in _told(done, "would be taken back" if given.dry_run else "taken back"):
        print(line)
    print("Nothing was changed." if given.dry_run else "Messages that wait are checked against it before they leave.")
    return NOT_WHOLE if done.closed else 0


def _lines(path: Path) -> Iterator[str]:
    """Raises CommandRefusedError."""
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield line.rstrip("\n")
    except UnicodeDecodeError:
        raise CommandRefusedError(f"{path} is not written in UTF-8. Nothing was changed.") from None
    except OSError as error:
        raise CommandRefusedError(f"{path} cannot be read: {error.strerror}.") from None


def _told(done: Restored, taken: str) -> Iterator[str]:
    yield f"  {taken}: {in_words(done.taken)}"
    if done.there:
        yield f"  left as it stands here, which says as much or more: {in_words(done.there)}"
    if done.withdrawn:
        yield f"  left out: {done.withdrawn} opt-ins that the patients have taken back since"
    if done.closed:
        yield f"  LEFT OUT: {done.closed} records whose key is not among ENCRYPTION_KEYS; what they led to is in"


COMMAND = Command(
    name="consents load",
    help="take back a copy of what a clinic's patients want",
    about="Looks through a copy that `consents export` wrote, as a whole, and takes it back: opt-outs and held "
    "addresses first. It may be old, and the storage may live: an opt-out that stands here is never weakened, one in "
    "the copy that is newer than what stands here is put back, and a yes does not come back against a later recorded "
    "no. A copy that breaks off or was changed, that was made under another INDEX_KEY, or whose clinic is not "
    "loaded, is refused, and nothing changes. Stopped anywhere, run it again.\n\n"
    "Exit code: 0 all is taken back, 1 refused, or records were left out since their key is not among ENCRYPTION_KEYS.",
    arguments=_arguments,
    run=_run,
    changes=True,
)
