"""One number on several patients, found while a list streams by (health.md 3.2: families, care homes).

A message that names one of them could be read by the other, and an answer to it could be either's; so nobody is written
to on a shared number, and staff phone. Only patients who would otherwise get a message count: a child under the age
rule or a patient who has died does not take a parent's or a partner's number away.

How it fits a stream: the first patient of a number has been decided when the second one comes. The second is skipped at
once. When the list ends and `any_shared` is true, the planner goes through the list once more with the same object and
decides again the appointments of those whom `decided_too_early` names: they are skipped now too. What is not covered: a
message of the first patient whose time comes while the list is still being read, and a second patient who has no
appointment in the window.
"""

from array import array
from hashlib import blake2b

_EMPTY = 0
_FIRST_SIZE = 1024  # slots; a power of two


class NumberOwners:
    """Address digests and whose they are: 16 bytes per slot, so that 100,000 patients take about 4 MB.

    Keys are strings that say nothing of the patient (`Pseudonyms.address`, `Pseudonyms.patient`); 64 bits of each are
    kept. That two of 100,000 addresses look the same is less likely than 1 in 10^9, and then staff phone once more.
    """

    def __init__(self) -> None:
        self._addresses = _zeros(_FIRST_SIZE)
        self._owners = _zeros(_FIRST_SIZE)
        self._used = 0
        self._shared: set[int] = set()
        self._first: set[int] = set()

    def shared(self, address_key: str, patient_key: str) -> bool:
        """Records that `patient_key` would be written to at `address_key`; True if that address has another patient.

        The same patient with several appointments is one patient.
        """
        address, patient = _number(address_key), _number(patient_key)
        slot = self._slot(address)
        if self._addresses[slot] == _EMPTY:
            self._add(slot, address, patient)
            return False
        if self._owners[slot] != patient:
            self._shared.add(address)
            self._first.add(self._owners[slot])
        return address in self._shared

    def decided_too_early(self, patient_key: str) -> bool:
        """Whether this patient may have been decided before a second patient with the same number came."""
        return _number(patient_key) in self._first

    @property
    def any_shared(self) -> bool:
        return bool(self._first)

    def _slot(self, address: int) -> int:
        """Where `address` stands or may be put (open addressing, linear probing)."""
        last = len(self._addresses) - 1
        slot = address & last
        while self._addresses[slot] not in (_EMPTY, address):
            slot = (slot + 1) & last
        return slot

    def _add(self, slot: int, address: int, patient: int) -> None:
        self._addresses[slot], self._owners[slot] = address, patient
        self._used += 1
        if self._used * 3 > len(self._addresses) * 2:
            self._double()

    def _double(self) -> None:
        addresses, owners = self._addresses, self._owners
        self._addresses, self._owners = _zeros(2 * len(addresses)), _zeros(2 * len(addresses))
        for address, owner in zip(addresses, owners, strict=True):
            if address != _EMPTY:
                slot = self._slot(address)
                self._addresses[slot], self._owners[slot] = address, owner


def _zeros(size: int) -> "array[int]":
    return array("Q", bytes(8 * size))


def _number(key: str) -> int:
    """64 bits of `key`, never 0."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest()) or 1
