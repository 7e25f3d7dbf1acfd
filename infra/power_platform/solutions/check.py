"""`python3 -m infra.power_platform.solutions.check`: every rule of the source, without building anything."""

import sys

from infra.power_platform.solutions.finding import Finding, SolutionUnreadable
from infra.power_platform.solutions.rules import RULES
from infra.power_platform.solutions.source import Source, read_source
from infra.power_platform.solutions.view import View


def check_source(source: Source) -> list[Finding]:
    """Everything that is wrong, each thing once. Raises SolutionUnreadable."""
    view = View(source)
    return sorted({finding for rule in RULES for finding in rule.findings(view)})


def main() -> int:
    try:
        found = check_source(read_source())
    except SolutionUnreadable as error:
        print(error, file=sys.stderr)
        return 2
    for finding in found:
        print(finding)
    print(f"{len(RULES)} rules, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
