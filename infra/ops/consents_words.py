"""Wishes counted, in words."""

from __future__ import annotations

from collections.abc import Mapping

_NAMES = {
    "objection": ("opt-out", "opt-outs"),
    "hold": ("held address", "held addresses"),
    "yes": ("opt-in", "opt-ins"),
    "record": ("record", "records"),
}


def in_words(counts: Mapping[str, int]) -> str:
    """`3 opt-outs, 1 opt-in`; `nothing`."""
    found = [f"{counts[kind]} {names[counts[kind] != 1]}" for kind, names in _NAMES.items() if counts.get(kind)]
    return ", ".join(found) or "nothing"
