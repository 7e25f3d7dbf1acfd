"""What came of a list before it failed."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from shared.domain.appointment import Appointment, BadRow
from shared.errors import SourceError

Item = Appointment | BadRow


async def until_failure(
    stream: AsyncGenerator[Item], at_each: Callable[[list[Item]], None] = lambda _: None
) -> tuple[list[Item], SourceError]:
    """The items, and the error that ended the list. `at_each` is called with what came so far."""
    came: list[Item] = []
    async with aclosing(stream):
        try:
            async for item in stream:
                came.append(item)
                at_each(came)
        except SourceError as failure:
            return came, failure
    raise AssertionError("the list ended as if it were whole")
