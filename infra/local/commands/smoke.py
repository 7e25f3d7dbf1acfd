"""`dev.py smoke URL [--channel NAME]`: does a deployed app stand as it should? Nothing is sent or changed.

An API key for testconnection comes from the environment (SMOKE_API_KEY), never from the command line, where a process
list shows it. Exit code: 0 nothing failed, 1 something did, 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import os
import sys
import textwrap
from collections import Counter
from collections.abc import Sequence

import httpx

from infra.azure.smoke.callers import KEY_SETTING
from infra.azure.smoke.check import Ended, Result, results
from infra.azure.smoke.checks import CHECKS
from infra.azure.smoke.target import Target
from shared.wiring import WEBHOOK_CHANNELS

WIDTH = 110


def main(arguments: Sequence[str]) -> int:
    """Looks at everything, one line each."""
    given = _parser().parse_args(arguments)
    counted: Counter[Ended] = Counter()
    with Target(given.url, os.environ.get(KEY_SETTING, ""), named=frozenset(given.channel)) as target:
        print(f"{given.url}, with{'' if target.key else 'out'} an API key; nothing is sent or changed")
        for result in results(target, CHECKS):
            counted[result.ended] += 1
            print(_lines(result), flush=True)
    print(", ".join(f"{counted[ended]} {ended}" for ended in Ended))
    return 1 if counted[Ended.FAILED] else 0


def _lines(result: Result) -> str:
    said = f"{result.ended:<8} {result.check.name:<19} {result.said}"
    if result.ended is not Ended.FAILED:
        return said
    means = textwrap.fill(f"means: {result.check.means}", WIDTH, initial_indent=" " * 9, subsequent_indent=" " * 9)
    return f"{said}\n{means}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dev.py smoke",
        description="Asks a deployed app from outside whether it stands as it should. Nothing is sent or changed.",
        epilog=f"With an API key of the app in {KEY_SETTING}, provider accounts are tried as well (testconnection).",
    )
    parser.add_argument("url", type=_url, metavar="URL", help="of the app, such as https://name.example")
    parser.add_argument(
        "--channel",
        action="append",
        default=[],
        choices=sorted(WEBHOOK_CHANNELS),
        help="must be set up; others that are not are skipped. May be given more than once",
    )
    return parser


def _url(text: str) -> str:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        raise argparse.ArgumentTypeError("this is no address") from None
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.raw_path != b"/":
        raise argparse.ArgumentTypeError("write scheme and host alone, such as https://name.example")
    return str(url)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
