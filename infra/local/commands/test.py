"""`dev.py test [pytest arguments]`: the suite, with pytest's own output and exit code."""

from __future__ import annotations

import sys

import pytest


def main(arguments: list[str]) -> int:
    """Run pytest in this process and return its exit code."""
    return int(pytest.main(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
