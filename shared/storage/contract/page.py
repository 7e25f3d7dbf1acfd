"""Pages of lists."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page[T]:
    """One page of a list. `next_cursor` is opaque, signed and bound to the list and its filters; empty: the end."""

    items: tuple[T, ...]
    next_cursor: str = ""
