"""Pressed twice, retried by a flow, sent from one preview under two keys: one message, and the same answer.

Asked before anything else, so that a repeat is answered even where the same request would be refused by now (its
preview has run out, the patient has said STOP after reading it).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.identity import MessageId
from shared.errors import InvalidInput
from shared.services.asking.once import Asked, KeepOnce
from shared.services.callers import Caller

LONGEST_TOKEN = 200


@dataclass(frozen=True, slots=True)
class Request:
    """What makes two requests the same: a key of the caller's, the preview they come from, or all their wishes."""

    caller: Caller
    clinic_id: str
    operation: str
    wishes: Sequence[str]
    idempotency_key: str = ""
    preview_token: str = ""

    def asked(self) -> tuple[Asked, ...]:
        """Under each of its keys. Raises InvalidInput for one that is too long."""
        if len(self.preview_token) > LONGEST_TOKEN:
            raise InvalidInput("The preview token is none that was given here.")
        scope, wishes = f"{self.clinic_id}_{self.operation}", list(self.wishes)
        found = [Asked(scope, ("previewed", self.preview_token), wishes)] if self.preview_token else []
        if self.idempotency_key or not found:
            found.append(Asked.by(self.caller, scope, self.idempotency_key, wishes))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Once:
    """Over what all callers share."""

    kept: KeepOnce

    async def earlier(self, request: Request) -> MessageId | None:
        """The message that the same request made before. Raises IdempotencyMismatch, InvalidInput."""
        for asked in request.asked():
            if (found := await self.kept.earlier(asked)) is not None:
                return found.message.id
        return None

    async def begin(self, request: Request, message_id: MessageId) -> MessageId:
        """The id under which this request's message is kept: its own, or that of one that began before."""
        for asked in request.asked():
            message_id = (await self.kept.first(message_id, asked)).message_id
        return message_id
