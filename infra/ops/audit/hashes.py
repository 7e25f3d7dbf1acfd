"""Whether something was among millions that passed by: eight bytes for each, where names would be a hundred.

By the first 64 bits of a hash: of a million others one is taken for what is asked for in 18 million million cases.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left


class Hashes:
    """Take everything first, then ask."""

    def __init__(self) -> None:
        self._taken = array("Q")
        self._sorted = True

    def add(self, name: str) -> None:
        self._taken.append(_hash(name))
        self._sorted = False

    def __contains__(self, name: str) -> bool:
        if not self._sorted:
            self._taken = array("Q", sorted(self._taken))
            self._sorted = True
        wanted = _hash(name)
        place = bisect_left(self._taken, wanted)
        return place < len(self._taken) and self._taken[place] == wanted

    def __len__(self) -> int:
        return len(self._taken)


def _hash(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest())
