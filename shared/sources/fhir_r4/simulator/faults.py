"""What can go wrong at a FHIR server, on command."""

from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Failure:
    """One answer that is none. `reset` breaks the connection instead of answering."""

    status: int = 503
    retry_after: str = ""
    reset: bool = False
    body: bytes | None = None  # instead of an OperationOutcome


@dataclass
class Faults:
    """Set what shall happen; everything else stays well. `clear()` ends it all."""

    pages: dict[int, deque[Failure]] = field(default_factory=dict)  # page of the Appointment search -> its next answers
    reads: deque[Failure] = field(default_factory=deque)  # the next answers to any other request
    foreign_next: str = ""  # origin that `next` links point to
    repeat_next: bool = False  # `next` of a page is the page itself
    outcome: tuple[str, str] | None = None  # (severity, code) of an OperationOutcome among the results
    lost: int = 0  # matches that silently go missing from the last page, while `total` counts them
    ignored: set[str] = field(default_factory=set)  # parameters overlooked, even where strictness was asked for
    invisible: set[str] = field(default_factory=set)  # `Patient/7`: not in search results, though it can be read
    forbidden: set[str] = field(default_factory=set)  # `Patient/7`: neither found nor readable (403)

    def fail_page(self, number: int, *failures: Failure) -> None:
        """Page `number` (from 1) of the Appointment search fails so many times, then works."""
        self.pages.setdefault(number, deque()).extend(failures)

    def of_page(self, number: int) -> Failure | None:
        waiting = self.pages.get(number)
        return waiting.popleft() if waiting else None

    def of_read(self) -> Failure | None:
        return self.reads.popleft() if self.reads else None

    def clear(self) -> None:
        self.__init__()  # type: ignore[misc]
