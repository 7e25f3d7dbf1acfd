"""From the words of a shell to a command: parsing, help, the storage, and what is said when it does not work."""

from __future__ import annotations

import argparse
import asyncio
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from infra.local.azurite import AzuriteError
from infra.local.host.settings import HostSettingsError
from infra.local.tools import ROOT, ToolMissingError
from infra.ops.command import Command, CommandRefusedError
from infra.ops.place import Access, opened
from infra.ops.registry import COMMANDS
from shared.errors import PatientMessagingError

REFUSED = 1
STOPPED = 130
ABOUT = """What an operator does. Works on the storage account that the settings name (PATIENT_STORAGE_CONNECTION or the
two PATIENT_STORAGE_…_ENDPOINT, in the environment or local.settings.json); without them on the data of `dev.py run`."""
PROGRAM = "python3 dev.py ops"
_COMMAND: Mapping[str, Any] = {"metavar": "COMMAND", "required": True, "help": argparse.SUPPRESS}


def main(arguments: Sequence[str]) -> int:
    """0: done; 1: refused, nothing changed; 2: wrong arguments."""
    parser = make_parser()
    if not arguments:
        parser.print_help(sys.stderr)
        return 2
    given = parser.parse_args(arguments)
    try:
        return asyncio.run(_run(given.command, given))
    except PatientMessagingError as error:
        return _say("\n  ".join([error.message, *_further(error)]))
    except (CommandRefusedError, HostSettingsError, AzuriteError, ToolMissingError, OSError) as error:
        return _say(str(error))
    except KeyboardInterrupt:
        return STOPPED


async def _run(command: Command, given: argparse.Namespace) -> int:
    async with opened(given.data, _access(command, given)) as desk:
        print(f"storage: {desk.place}", file=sys.stderr, flush=True)
        return await command.run(desk, given)


def _access(command: Command, given: argparse.Namespace) -> Access:
    if not command.changes:
        return Access.LOOKING
    if given.dry_run:
        return Access.TRYING if command.makes_tables else Access.LOOKING
    return Access.BEGINNING if command.makes_tables else Access.CHANGING


def _further(error: PatientMessagingError) -> Sequence[str]:
    """The fields that are wrong, but for those that the message itself names."""
    lines = (f"{problem.field}: {problem.message}" for problem in error.details)
    return [line for line in lines if line not in error.message]


def _say(text: str) -> int:
    print(f"refused: {text}", file=sys.stderr)
    return REFUSED


def make_parser() -> argparse.ArgumentParser:
    """All commands; those of two words under their first one."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        usage=f"{PROGRAM} COMMAND [arguments]",
        description=ABOUT,
        epilog=_all_commands(),
        formatter_class=_AsWritten,
    )
    top = parser.add_subparsers(prog=PROGRAM, **_COMMAND)
    groups: dict[str, argparse._SubParsersAction[argparse.ArgumentParser]] = {}
    for command in COMMANDS:
        group, _, verb = command.name.rpartition(" ")
        if group and group not in groups:
            usage = f"{PROGRAM} {group} COMMAND [arguments]"
            one = top.add_parser(group, usage=usage, epilog=_all_commands(group), formatter_class=_AsWritten)
            groups[group] = one.add_subparsers(prog=f"{PROGRAM} {group}", **_COMMAND)
        under = groups[group] if group else top
        _fill(under.add_parser(verb, description=_wrapped(command.about), formatter_class=_AsWritten), command)
    return parser


def _fill(parser: argparse.ArgumentParser, command: Command) -> None:
    command.arguments(parser)
    if command.changes:
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
    parser.add_argument(
        "--data", type=Path, default=ROOT / ".local", help="folder of the local run's data (default .local)"
    )
    parser.set_defaults(command=command)


def _all_commands(group: str = "") -> str:
    width = max(len(one.name) for one in COMMANDS) + 2
    lines = [f"  {one.name:{width}}{one.help}" for one in COMMANDS if one.name.startswith(group)]
    return "\n".join(["commands (each tells more with --help):", *lines])


def _wrapped(text: str) -> str:
    return "\n\n".join(textwrap.fill(paragraph, 100) for paragraph in text.split("\n\n"))


class _AsWritten(argparse.RawDescriptionHelpFormatter):
    """Descriptions and the list of commands keep their lines."""
