"""A copy of what a clinic's patients want: objections, holds, records and yeses, line by line.

Nothing makes objections anew (docs/decisions/0003), so they are what a lost storage would lose for good: whoever said
STOP would be written to again. The copy names nobody: without the index key nobody can say whose number a line is
about, without an encryption key nobody reads a note.
"""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from shared.clock import Clock
from shared.domain.identity import Pseudonyms
from shared.services.wishes.lines import fields_of, head_of, written
from shared.storage.contract import Wishes


def index_mark(pseudonyms: Pseudonyms, clinic_id: str) -> str:
    """Tells whether two storages have the same index key, without telling anything of it."""
    return pseudonyms.digest("index-key", clinic_id)


@dataclass(slots=True)
class Proof:
    """A keyed hash over lines: who has it has them all, as they were written."""

    _hash: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def add(self, line: str) -> None:
        self._hash.update(line.encode() + b"\n")

    def of(self, pseudonyms: Pseudonyms, clinic_id: str) -> str:
        return pseudonyms.digest("wishes", clinic_id, self._hash.hexdigest())


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyWishes:
    """`python3 dev.py ops consents export`."""

    wishes: Wishes
    pseudonyms: Pseudonyms
    clock: Clock

    async def __call__(self, clinic_id: str, counts: Counter[str]) -> AsyncIterator[str]:
        """The lines, without their ends; `counts` gets how many there are of each kind. Raises StorageUnavailable; then
        the last line is missing, and nothing takes what there is for whole."""
        proof = Proof()
        head = written(head_of(clinic_id, self.clock.now(), index_mark(self.pseudonyms, clinic_id)))
        proof.add(head)
        yield head
        async for wish in self.wishes.all(clinic_id):
            fields = fields_of(wish)
            counts[fields["kind"]] += 1
            line = written(fields)
            proof.add(line)
            yield line
        yield written({"end": counts.total(), "proof": proof.of(self.pseudonyms, clinic_id)})
