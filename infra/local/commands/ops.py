"""`dev.py ops COMMAND`: what an operator does; infra/ops/ holds the commands."""

from __future__ import annotations

import sys

from infra.ops.shell import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
