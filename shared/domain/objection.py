"""Objections: somebody at an address wants no messages on a channel (promise 5). Kept for ever; only a person's record
takes one back, and then it stays, with the instant until which it counted."""

from dataclasses import dataclass
from datetime import datetime, timedelta

CLOCKS_DIFFER = timedelta(minutes=1)  # ours and the provider's; in doubt an objection counts


@dataclass(frozen=True, slots=True)
class Objection:
    """`at`: when it was said. `source`: a word or a person. `taken_back_at`: None where it counts."""

    at: datetime
    source: str
    taken_back_at: datetime | None = None

    @property
    def counts(self) -> bool:
        return self.taken_back_at is None

    def is_older_news_than(self, at: datetime) -> bool:
        """Whether an objection of this instant says more than this one: after one that was taken back only one from
        later, since a provider tells the same again for days."""
        if self.taken_back_at is not None:
            return at + CLOCKS_DIFFER > self.taken_back_at
        return at > self.at


def restored(there: Objection | None, copy: Objection) -> Objection:
    """What stands after a copy from elsewhere was taken in: never less than stood there, and all that is newer."""
    if there is None:
        return copy
    return copy if copy.counts and there.is_older_news_than(copy.at) else there
