"""`python3 dev.py package solutions [--to FOLDER] [--unpacked] [--api-keys] [--api whatsapp=shared_…]`."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.local.tools import ROOT
from infra.power_platform.solutions.build import Build, Built, build
from infra.power_platform.solutions.finding import SolutionsBroken, SolutionUnreadable
from infra.power_platform.solutions.source import HERE, read_source

DIST = ROOT / "dist" / "solutions"
KEYS = "api-key"  # the connectors' variant for trials
SETTINGS = "deploymentSettings.json"
_API = re.compile(r"(whatsapp|wechat)=(shared_[a-z0-9-]+)")


def main(arguments: Sequence[str]) -> int:
    """0: built; 1: a rule is broken; 2: a file cannot be read."""
    given = _parser().parse_args(arguments)
    try:
        done = build(read_source(variant=KEYS if given.api_keys else ""), dict(given.api))
    except SolutionsBroken as error:
        print("\n".join(map(str, error.findings)), file=sys.stderr)
        print(f"nothing was built: {len(error.findings)} findings", file=sys.stderr)
        return 1
    except SolutionUnreadable as error:
        print(error, file=sys.stderr)
        return 2
    _write(done, given.to, unpacked=given.unpacked)
    return 0


def _write(done: Build, folder: Path, *, unpacked: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(done.solutions, start=1):
        (folder / one.file_name).write_bytes(one.archive)
        print(f"{number}. {one.file_name:<45}{len(one.archive):>8,} bytes, {len(one.files)} files unpacked")
        if unpacked:
            _unpack(one, folder / one.name)
    (folder / SETTINGS).write_bytes((HERE / SETTINGS).read_bytes())
    print(f"{done.rules} rules of source and zips hold; import in this order (docs/power-platform/install.md)")
    print(f"in {folder}")


def _unpack(one: Built, folder: Path) -> None:
    """As `pac solution pack` takes it."""
    for path, written in one.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(written)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev.py package solutions", description="The two solutions as zips.")
    parser.add_argument("--to", type=Path, default=DIST, help="folder (default dist/solutions)")
    parser.add_argument("--unpacked", action="store_true", help="also as folders, for `pac solution pack`")
    parser.add_argument(
        "--api-keys", action="store_true", help="connectors with API keys instead of Entra ID, for trials"
    )
    api = "what a connector is called in the environment, such as whatsapp=shared_ptm-5fwhatsapp-5f…"
    parser.add_argument("--api", type=_api, action="append", default=[], metavar="CONNECTOR=NAME", help=api)
    return parser


def _api(text: str) -> tuple[str, str]:
    found = _API.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError("write whatsapp=shared_… or wechat=shared_…")
    return found[1], found[2]
