"""The functions that expressions may call, with how many arguments each takes."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def functions() -> Mapping[str, tuple[int, int | None]]:
    """Name in small letters -> fewest and most arguments (None: any number)."""
    written = json.loads(Path(__file__).with_name("functions.json").read_text(encoding="utf-8"))
    return {
        name.lower(): (fewest, most)
        for group in written["functions"].values()
        for name, (fewest, most) in group.items()
    }


def arguments_of(name: str) -> tuple[int, int | None] | None:
    """Fewest and most arguments; None: no function has this name."""
    return functions().get(name.lower())
