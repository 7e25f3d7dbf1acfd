"""All sealed values, whatever they mean: which key they are under, and under the current one once more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SealedPage:
    """Some of a place's rows or blobs. `keys`: key id -> values, as they stand now; values that do not open too.

    `unreadable`: under a key that is not there any more, or damaged: they stay as they are. `in_use`: left for later.
    """

    keys: Mapping[str, int] = field(default_factory=dict)
    resealed: int = 0
    unreadable: int = 0
    in_use: int = 0
    resume: str = ""


class SealedValues(Protocol):
    """Row by row and blob by blob. A value stays readable throughout, with any of the keys that are there."""

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        ...

    @property
    def places(self) -> Sequence[str]:
        """Tables and containers, always in this order."""
        ...

    async def count(self, place: str, resume: str) -> SealedPage:
        """One page, only looked at."""
        ...

    async def reseal(self, place: str, resume: str) -> SealedPage:
        """One page, under the current key. May be repeated. What somebody changes meanwhile is never overwritten."""
        ...


@dataclass(frozen=True, slots=True)
class Rotation:
    """How far a rotation to the key `key_id` has come: everything before `resume` of `place` is done."""

    key_id: str
    began_at: datetime
    place: str
    resume: str = ""
    resealed: int = 0
    ended_at: datetime | None = None


class Rotations(Protocol):
    async def read(self, key_id: str) -> Rotation | None: ...

    async def keep(self, rotation: Rotation) -> None:
        """In place of what was kept for its key. Of two that run at once either may stand: both are true."""
        ...
