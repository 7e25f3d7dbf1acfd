"""`ops pause` and `ops resume`: a person stops what sends, and lets it go on."""

from __future__ import annotations

import argparse

from infra.ops.command import Command, CommandRefusedError, Desk
from infra.ops.listing import local_time
from infra.ops.operator import operator
from shared.services.clinics import DEFAULT_ACCOUNT
from shared.services.sending.pauses import Scope


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clinic", metavar="ID", help="all that this clinic sends, by any channel")
    parser.add_argument("--channel", metavar="NAME", help="all that goes by an account of this channel")
    parser.add_argument("--account", default=DEFAULT_ACCOUNT, metavar="NAME", help="which one (default)")


def _pause_arguments(parser: argparse.ArgumentParser) -> None:
    _arguments(parser)
    parser.add_argument("--note", default="", metavar="TEXT", help="why and until when, for the clinics' staff")


async def _pause(desk: Desk, given: argparse.Namespace) -> int:
    scope, pauses = _scope(given), desk.services.pauses
    there = await pauses.state(scope)
    if there is not None:
        print(f"{_words(scope)} is paused since {local_time(there.since)}, by {there.code}.")
    if given.dry_run:
        print("Nothing was changed." if there else f"{_words(scope)} sends, and would be paused. Nothing was changed.")
        return 0
    await pauses.pause(operator(), scope, given.note)
    if there is None:
        print(f"{_words(scope)} is paused: within ten seconds nothing leaves but what is on its way. It waits.")
        print(f"Let it go on: python3 dev.py ops resume {_again(scope)}")
    return 0


async def _resume(desk: Desk, given: argparse.Namespace) -> int:
    scope, pauses = _scope(given), desk.services.pauses
    there = await pauses.state(scope)
    if there is None:
        print(f"{_words(scope)} is not paused.")
    elif given.dry_run:
        print(f"{_words(scope)} would go on; paused since {local_time(there.since)}, by {there.code}.")
        print("Nothing was changed.")
    else:
        await pauses.resume(operator(), scope)
        print(f"{_words(scope)} goes on. What has waited leaves within five minutes, unless it is too late for it.")
    return 0


def _scope(given: argparse.Namespace) -> Scope:
    if bool(given.clinic) == bool(given.channel):
        raise CommandRefusedError("Say what: --clinic ID, or --channel NAME (and --account NAME).")
    return Scope(clinic_id=given.clinic) if given.clinic else Scope(channel=given.channel, account=given.account)


def _words(scope: Scope) -> str:
    return f"Clinic {scope.clinic_id}" if scope.clinic_id else f"Account {scope.lane}"


def _again(scope: Scope) -> str:
    if scope.clinic_id:
        return f"--clinic {scope.clinic_id}"
    return f"--channel {scope.channel}" + (f" --account {scope.account}" if scope.account != DEFAULT_ACCOUNT else "")


PAUSE = Command(
    name="pause",
    help="stop all sending of a clinic, or of a provider account",
    about="Stops all sending of a clinic, or by a provider account, until `resume`. Messages wait, and their pages "
    "say why; staff of the clinics find it on their worklist. What is too late when it goes on again is not sent, and "
    "staff are told of each.",
    arguments=_pause_arguments,
    run=_pause,
    changes=True,
)
RESUME = Command(
    name="resume",
    help="let a clinic or account that was paused send again",
    about="Ends what `pause` began. An account that its provider has stopped stays stopped: that is tried again by "
    "itself, with one message now and then.",
    arguments=_arguments,
    run=_resume,
    changes=True,
)
