"""One thing that is looked at, and how that ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import httpx

from infra.azure.smoke.target import Answer, Target


class WrongError(Exception):
    """It is not as it should be; the text says what was seen."""


class SkippedError(Exception):
    """It could not be looked at; the text says why."""


class Ended(StrEnum):
    OK = "ok"
    SKIPPED = "skipped"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Check:
    """`look` says what it found where all is well. `means`: what it means when it is wrong, and what to do."""

    name: str
    means: str
    look: Callable[[Target], str]


@dataclass(frozen=True)
class Result:
    check: Check
    ended: Ended
    said: str


def results(target: Target, checks: Iterable[Check]) -> Iterator[Result]:
    """One after the other; what fails keeps no other from being looked at."""
    for check in checks:
        try:
            yield Result(check, Ended.OK, check.look(target))
        except WrongError as error:
            yield Result(check, Ended.FAILED, str(error))
        except SkippedError as error:
            yield Result(check, Ended.SKIPPED, str(error))
        except httpx.HTTPError as error:
            yield Result(check, Ended.FAILED, f"no answer ({type(error).__name__}: {error})")


def must(answer: Answer, *statuses: int) -> Answer:
    """Raises WrongError for another status."""
    if answer.status not in statuses:
        raise WrongError(f"{' or '.join(map(str, statuses))} was expected; the answer was {answer}")
    return answer


def must_be_refused(answer: Answer, status: int, code: str) -> Answer:
    """By the app's own guard, in its own words. Raises WrongError."""
    must(answer, status)
    if answer.code != code:
        raise WrongError(f"{status} in the app's words ({code}) was expected; {answer} is somebody else's")
    return answer
