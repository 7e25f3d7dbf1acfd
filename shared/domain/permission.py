"""What a caller may do."""

from enum import StrEnum


class Permission(StrEnum):
    """What a route asks of its caller. Neither holds the other: who sends from a form needs both to see what became."""

    READ = "read"  # lists, messages and their words, insights, events
    SEND = "send"  # all that changes something: sending, cancelling, resolving, consent, runs


EVERYTHING = frozenset(Permission)
