"""Seal everything that is stored under the current encryption key, while the app goes on working.

    page after page ─▶ how far it has come is kept ─▶ ended ─▶ everything is counted once more

Killed anywhere, it goes on at the page that it was at; a page that is done twice is the same. Everything stays readable
throughout, as long as the old key stays among the keys: it may go when the count finds nothing under it any more.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from shared.clock import Clock
from shared.errors import StorageUnavailable
from shared.storage.contract.sealing import Rotation, Rotations, SealedPage, SealedValues

TRIES = 6  # of one page, where the store says not now
FIRST_PAUSE_S = 1.0  # then twice as long each time

type Told = Callable[[str, int], None]
"""Is told the place, and how many values of it were looked at since it was told last."""


@dataclass(slots=True)
class Standing:
    """What is stored: values by the id of their key; `unreadable` and `in_use` of them stay under theirs for now."""

    keys: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    in_use: int = 0

    def add(self, page: SealedPage) -> None:
        self.keys.update(page.keys)
        self.unreadable += page.unreadable
        self.in_use += page.in_use


@dataclass(frozen=True, slots=True)
class Rotated:
    """`resumed`: it went on where an earlier one had stopped."""

    rotation: Rotation
    standing: Standing
    resumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateEncryption:
    """`python3 dev.py ops encryption rotate`."""

    sealed: SealedValues
    rotations: Rotations
    clock: Clock

    @property
    def current(self) -> str:
        return self.sealed.current

    async def __call__(self, told: Told) -> Rotated:
        """Raises StorageUnavailable; then the next one goes on from there."""
        rotation = await self.rotations.read(self.current)
        resumed = rotation is not None and rotation.ended_at is None
        if rotation is None or rotation.ended_at is not None:
            rotation = Rotation(self.current, self.clock.now(), self.sealed.places[0])
        rotation = await self._rest_of(rotation, told)
        return Rotated(rotation, await self.count(told), resumed)

    async def count(self, told: Told) -> Standing:
        """Which values are under which key. Writes nothing. Raises StorageUnavailable."""
        standing = Standing()
        for place in self.sealed.places:
            resume, more = "", True
            while more:
                page = await self._patiently(self.sealed.count, place, resume)
                standing.add(page)
                told(place, sum(page.keys.values()))
                resume, more = page.resume, bool(page.resume)
        return standing

    async def _rest_of(self, rotation: Rotation, told: Told) -> Rotation:
        places = list(self.sealed.places)
        for place in places[places.index(rotation.place) if rotation.place in places else 0 :]:
            if place != rotation.place:
                rotation = replace(rotation, place=place, resume="")
            more = True
            while more:
                page = await self._patiently(self.sealed.reseal, place, rotation.resume)
                rotation = replace(rotation, resume=page.resume, resealed=rotation.resealed + page.resealed)
                more = bool(page.resume)
                if more:
                    await self.rotations.keep(rotation)
                told(place, sum(page.keys.values()))
        rotation = replace(rotation, ended_at=self.clock.now())
        await self.rotations.keep(rotation)
        return rotation

    async def _patiently(self, act: Callable[[str, str], Awaitable[SealedPage]], place: str, resume: str) -> SealedPage:
        """The store may be busy for a while: it is the app's first of all."""
        pause_s = FIRST_PAUSE_S
        for _ in range(TRIES - 1):
            try:
                return await act(place, resume)
            except StorageUnavailable:
                await self.clock.sleep(pause_s)
                pause_s *= 2
        return await act(place, resume)
