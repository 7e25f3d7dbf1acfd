"""What every command is made of."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from infra.ops.queue_account import QueueAccount
from shared.settings import Settings
from shared.storage.opened import OpenStorage
from shared.wiring import Services


class CommandRefusedError(Exception):
    """The command changed nothing. The text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a command works with. `place`: which storage that is, in words; `settings`: where it is and its keys.

    `queues`: where the host's queues are. Only what looks at them needs it.
    """

    services: Services
    storage: OpenStorage
    place: str
    settings: Settings
    queues: QueueAccount


@dataclass(frozen=True, slots=True)
class Command:
    """`name`: the words after `ops`. `run` gives the exit code; what it raises of our errors is shown and gives 1.

    `changes`: whether it may change what is stored. Whoever does takes --dry-run (`given.dry_run`), and says with it
    what would be done; who does not, and every dry run, gets storage that cannot be changed.
    """

    name: str
    help: str  # one line for the list of commands
    about: str  # the text above the arguments in its own --help
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Desk, argparse.Namespace], Awaitable[int]]
    changes: bool
    makes_tables: bool = False  # those with which one begins; any other on a new account may be on the wrong one
