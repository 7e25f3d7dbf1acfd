"""What the patients would really have received: the truth that the product's own log is held against."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One message on a patient's phone. `buttons`: payload by label, as the template carried them."""

    to: str
    text: str
    at: datetime
    reference: str
    provider_id: str
    kind: str
    sender: str  # phone number id that sent it
    buttons: tuple[tuple[str, str], ...] = ()
    link: str = ""  # the address that its button opens


class Ledger:
    """Every message that reached a phone, in order; `accepted` also counts those that never do."""

    def __init__(self) -> None:
        self.entries: list[LedgerEntry] = []
        self.accepted = 0
        self._counts: Counter[str] = Counter()

    def add(self, entry: LedgerEntry) -> None:
        self.entries.append(entry)
        self._counts[entry.reference] += 1

    def of(self, to: str) -> list[LedgerEntry]:
        return [entry for entry in self.entries if entry.to == to]

    def count(self, reference: str) -> int:
        """How often the message with this reference reached its patient: never more than once."""
        return self._counts[reference]

    def duplicates(self) -> dict[str, int]:
        return {reference: count for reference, count in self._counts.items() if count > 1 and reference}

    def clear(self) -> None:
        self.entries.clear()
        self._counts.clear()
        self.accepted = 0
