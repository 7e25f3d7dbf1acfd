"""`python3 -m infra.power_platform.generator [--release]`: writes the connectors' files anew.

`--release`: what they say now is what makers have from here on; later changes are compared with it.
"""

import sys

from infra.local.tools import ROOT
from infra.power_platform.generator.files import release_all, write_all


def main(arguments: list[str]) -> int:
    if unknown := set(arguments) - {"--release"}:
        print(f"there is no {unknown.pop()} here\n\n{__doc__}", file=sys.stderr)
        return 2
    written = write_all() + (release_all() if arguments else [])
    for place in written:
        print(place.relative_to(ROOT))
    print(f"{len(written)} files written" if written else "every file is as it should be")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
