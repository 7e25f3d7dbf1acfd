"""What has been due for too long: that of which somebody waits for it, and not because of its pace."""

from datetime import timedelta

from shared.domain.message import Priority

EVERY = timedelta(minutes=1)  # what waits is told so often
OLD_AFTER = timedelta(minutes=30)
"""At a number's usual pace of 80 a second that is the wait behind 144,000 others: what somebody waits for goes before
them, so by then it is not the pace that keeps it."""
SOON = frozenset({Priority.ANSWER, Priority.TODAY, Priority.PRESCRIPTION})  # the rest may be paced over hours


def is_old(priority: Priority, wait: timedelta) -> bool:
    return priority in SOON and wait > OLD_AFTER
