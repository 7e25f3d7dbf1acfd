"""What must run says that it did: an alert waits for its line, and is raised where none comes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import wraps

EVERY_S = 60.0  # of what runs every few seconds

log = logging.getLogger(__name__)


def alive[**P, T](trigger: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """A timer trigger that an alert listens to (infra/azure/modules/alerts.bicep), below `coded`. A line only after it
    went well, and at most one a minute from each process."""
    told_at: float | None = None

    @wraps(trigger)
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        nonlocal told_at
        done = await trigger(*args, **kwargs)
        now = asyncio.get_running_loop().time()
        if told_at is None or now - told_at >= EVERY_S:
            told_at = now
            log.info("timer_ran trigger=%s", trigger.__name__)
        return done

    return wrapper
