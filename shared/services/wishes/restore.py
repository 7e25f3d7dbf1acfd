"""A copy of patients' wishes is looked through as a whole, and then taken back.

    every line, and the proof at the end ─▶ what forbids ─▶ records ─▶ yeses, but for those that were taken back since

What forbids is never weakened, and what allows never comes back against a later word: so a copy may be taken in however
old it is, into an empty storage or one that lives, and twice. Stopped in between, it has done no harm: run it again.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from shared.clock import Clock
from shared.domain.identity import Pseudonyms
from shared.errors import InvalidInput
from shared.services.abreast import abreast
from shared.services.clinics import ClinicBook
from shared.services.wishes.copy import Proof, index_mark
from shared.services.wishes.lines import Fields, clinic_of, kind_of, read, wish_of
from shared.services.wishes.said_no import said_no, still_yes
from shared.storage.contract import (
    OptIn,
    PatientsWish,
    Runs,
    SealedRecord,
    StandingHold,
    StandingObjection,
    Wishes,
)

AT_ONCE = 8

_FORBIDS = (StandingObjection, StandingHold)
_OTHER_INDEX_KEY = (
    "This copy was made under another INDEX_KEY: its keyed hashes mean nobody here. Set the INDEX_KEY of the storage "
    "that it was made from. Nothing was changed."
)

type Lines = Callable[[], Iterable[str]]
"""The lines from the first on, each time that it is called."""


@dataclass(slots=True)
class Restored:
    """How many of each kind: `taken` in, `there` already; `withdrawn`: yeses that were taken back since; `closed`:
    records that do not open with the keys that there are."""

    clinic_id: str
    copied_at: str
    taken: Counter[str] = field(default_factory=Counter)
    there: Counter[str] = field(default_factory=Counter)
    withdrawn: int = 0
    closed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreWishes:
    """`python3 dev.py ops consents load`."""

    wishes: Wishes
    runs: Runs
    clinics: ClinicBook
    pseudonyms: Pseudonyms
    clock: Clock

    async def __call__(self, lines: Lines, told: Callable[[], None], *, keep: bool = True) -> Restored:
        """`told`: once for each line that is done. `keep` False: only says what would be. Raises InvalidInput for a
        copy that is not whole, that was made under another index key, or whose clinic is not loaded; then nothing
        changes."""
        done = await self._looked_through(lines)
        others = [wish for wish in _wishes(lines, done.clinic_id) if not isinstance(wish, OptIn)]
        await self._take(done, others, told, keep=keep)
        records = [wish for wish in others if isinstance(wish, SealedRecord)]
        no = await said_no(self.wishes, done.clinic_id, records)
        yeses = [wish for wish in _wishes(lines, done.clinic_id) if isinstance(wish, OptIn)]
        standing = still_yes(yeses, no)
        done.withdrawn = len(yeses) - len(standing)
        await self._take(done, standing, told, keep=keep)
        if keep and done.taken:
            await self.runs.want(done.clinic_id, self.clock.now())
        return done

    async def _looked_through(self, lines: Lines) -> Restored:
        """All of it, before anything is taken in."""
        proof, count = Proof(), 0
        rest = iter(lines())
        head_line = next(rest, "")
        head = _fields(head_line, 1)
        clinic_id = clinic_of(head)
        if head.get("index") != index_mark(self.pseudonyms, clinic_id):
            raise InvalidInput(_OTHER_INDEX_KEY)
        await self._require(clinic_id)
        proof.add(head_line)
        for number, line in enumerate(rest, 2):
            fields = _fields(line, number)
            if "end" in fields:
                if fields.get("proof") != proof.of(self.pseudonyms, clinic_id) or next(rest, None) is not None:
                    raise InvalidInput("This copy is not as it was written: a line was changed, lost or added.")
                return Restored(clinic_id, str(head.get("at", "")))
            _wish(fields, clinic_id, number)
            proof.add(line)
            count += 1
        raise InvalidInput(f"This copy breaks off after {count} lines: its last line is missing. Take another one.")

    async def _require(self, clinic_id: str) -> None:
        if clinic_id not in await self.clinics.all():
            raise InvalidInput(f"This is a copy of clinic {clinic_id}, which is not loaded here: load its file first.")

    async def _take(
        self, done: Restored, wishes: Sequence[PatientsWish], told: Callable[[], None], *, keep: bool
    ) -> None:
        async def take(wish: PatientsWish) -> None:
            if isinstance(wish, SealedRecord) and not self.wishes.opens(done.clinic_id, wish):
                done.closed += 1
            else:
                new = await self.wishes.restore(done.clinic_id, wish, keep=keep)
                (done.taken if new else done.there)[kind_of(wish)] += 1
            told()

        for forbids in (True, False):  # what a stop in between leaves undone must not be what forbids
            await abreast(take, [one for one in wishes if isinstance(one, _FORBIDS) is forbids], AT_ONCE)


def _wishes(lines: Lines, clinic_id: str) -> Iterator[PatientsWish]:
    for number, line in enumerate(lines(), 1):
        fields = _fields(line, number)
        if "kind" in fields:
            yield _wish(fields, clinic_id, number)


def _fields(line: str, number: int) -> Fields:
    try:
        return read(line)
    except (ValueError, RecursionError):
        raise InvalidInput(f"Line {number} of this copy cannot be read. Nothing was changed.") from None


def _wish(fields: Fields, clinic_id: str, number: int) -> PatientsWish:
    try:
        return wish_of(fields, clinic_id)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidInput(f"Line {number} of this copy is no wish that we know. Nothing was changed.") from None
