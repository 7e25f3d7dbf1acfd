"""Pressed twice, retried by a flow, sent from one preview under two keys: one message, and the same answer.

Asked before anything else, so that a repeat is answered even where the same request would be refused by now (its
preview has run out, the patient has said STOP after reading it).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.identity import MessageId, Pseudonyms
from shared.errors import InvalidInput
from shared.services.asking.submit import KEY_KEPT, LONGEST_KEY, REPEAT_WITHIN
from shared.services.callers import Caller
from shared.storage.contract import Idempotency

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

    @property
    def scope(self) -> str:
        return f"{self.clinic_id}_{self.operation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """Over the store of first answers."""

    idempotency: Idempotency
    pseudonyms: Pseudonyms

    async def earlier(self, request: Request, now: datetime) -> MessageId | None:
        """The message that the same request made before. Raises IdempotencyMismatch, InvalidInput."""
        if len(request.idempotency_key) > LONGEST_KEY or len(request.preview_token) > LONGEST_TOKEN:
            raise InvalidInput(f"The idempotency key may have at most {LONGEST_KEY} characters.")
        for key, _ in self._keys(request):
            found = await self.idempotency.find(request.scope, key, self._body(request), now)
            if found is not None:
                return found
        return None

    async def begin(self, request: Request, message_id: MessageId, now: datetime) -> MessageId:
        """The id under which this request's message is kept: its own, or that of one that began before."""
        for key, keep in self._keys(request):
            first = await self.idempotency.begin(request.scope, key, self._body(request), message_id, now, keep)
            message_id = first.message_id
        return message_id

    def _keys(self, request: Request) -> Sequence[tuple[str, timedelta]]:
        keys: list[tuple[str, timedelta]] = []
        if request.idempotency_key:
            keys.append((self.pseudonyms.digest("key", request.idempotency_key), KEY_KEPT))
        if request.preview_token:
            keys.append((self.pseudonyms.digest("previewed", request.preview_token), KEY_KEPT))
        if not keys:
            keys.append((self.pseudonyms.digest("auto", request.caller.id, self._body(request)), REPEAT_WITHIN))
        return keys

    def _body(self, request: Request) -> str:
        return self.pseudonyms.digest("body", json.dumps(list(request.wishes), ensure_ascii=False))
