"""Faults at a trigger's edge. The engine prints the text of what it catches: so none with text gets there."""

import logging
import traceback
from collections.abc import Awaitable, Callable
from functools import wraps

from shared.errors import PatientMessagingError

log = logging.getLogger(__name__)


class TriggerFailed(Exception):
    """What the engine and host get to see of a failure: its code and place, nothing else."""

    def __init__(self, trigger: str, code: str, place: str) -> None:
        super().__init__(f"{trigger}: {code} at {place}")
        self.code = code


def place_of(error: BaseException) -> str:
    """Where an error was raised, as file:line of its innermost frame. Code positions hold no patient data."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "unknown"


def coded[**P, T](trigger: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Every queue and timer trigger's outermost layer: failures go up so that the host repeats, but not their text."""

    @wraps(trigger)
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await trigger(*args, **kwargs)
        except PatientMessagingError as error:
            code = error.code
            place = place_of(error)
        except Exception as error:  # the trigger's edge: recorded, then passed on without its text
            code = type(error).__name__
            place = place_of(error)
        log.error("trigger_failed trigger=%s code=%s at=%s", trigger.__name__, code, place)
        raise TriggerFailed(trigger.__name__, code, place)

    return wrapper
