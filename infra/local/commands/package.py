"""`dev.py package WHAT [arguments]`: builds what is handed over, checks it, and says where it lies.

A further package is one line here and one module with `main(arguments) -> int`.
"""

import importlib
import sys
from collections.abc import Sequence

PACKAGES = {
    "solutions": ("infra.power_platform.solutions.package", "the two Power Platform solutions as zips"),
    "app": ("infra.azure.package", "the deployment archive of the function app"),
}


def main(arguments: Sequence[str]) -> int:
    """Build the named package; 1 if it breaks a rule, 2 for a name that there is not."""
    if not arguments or arguments[0] not in PACKAGES:
        wants_help = bool(arguments) and arguments[0] in ("-h", "--help")
        lines = ["usage: python3 dev.py package WHAT [arguments]", ""]
        lines += [f"  {name:<12}{what}" for name, (_, what) in PACKAGES.items()]
        print("\n".join(lines), file=sys.stdout if wants_help else sys.stderr)
        return 0 if wants_help else 2
    module, _ = PACKAGES[arguments[0]]
    return int(importlib.import_module(module).main(arguments[1:]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
