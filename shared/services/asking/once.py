"""What a caller asks for is kept once, however often it is asked.

    begin: the key names the first request's message ─┬─ it is there: a repeat, nothing is written
                                                      └─ not yet ─▶ what belongs to it ─▶ keep: due row, then message

A request that dies between its key and its message leaves nothing that is sent; the next one under the key takes its
place, with the id that the first had chosen. So the key comes first, the message last, and what stands between them
is written under keys that the message's id determines.
"""

import json
from dataclasses import dataclass, replace
from datetime import timedelta

from shared.clock import Clock
from shared.domain.identity import MessageId, Pseudonyms
from shared.domain.message import Message, fold
from shared.errors import InvalidInput
from shared.services.callers import Caller
from shared.services.staff.report import MessageView
from shared.storage.contract import Due, DueRow, FirstAnswer, Idempotency, Messages

KEY_KEPT = timedelta(days=7)
REPEAT_WITHIN = timedelta(minutes=60)
LONGEST_KEY = 200
REPEAT = "This is a repeat: the same request was taken before and is not sent again."


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as far as another may be its repeat: the same `key` in the same `scope`, then with the same `body`.

    `scope`: clinic, channel, operation. `key`: what makes it recognisable, digested before it is kept. `keep`: how long
    a repeat counts. `key` and `body` may hold patient data: never log one.
    """

    scope: str
    key: tuple[str, ...]
    body: object
    keep: timedelta = KEY_KEPT

    @classmethod
    def by(cls, caller: Caller, scope: str, key: str, body: object) -> "Asked":
        """Under the caller's own key for 7 days; without one the same caller and body within 60 minutes is a repeat,
        because Power Automate retries up to eight times. Raises InvalidInput."""
        if key:
            return cls(scope, ("key", checked_key(key)), body)
        return cls(scope, ("auto", caller.id, _text(body)), body, REPEAT_WITHIN)


@dataclass(frozen=True, slots=True)
class Begun:
    """The message under the id that its key stands for. `earlier`: it is there already, and how it stands."""

    message: Message
    earlier: MessageView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepOnce:
    """Shared by all that callers ask for."""

    messages: Messages
    due: Due
    idempotency: Idempotency
    pseudonyms: Pseudonyms
    clock: Clock

    async def earlier(self, asked: Asked) -> MessageView | None:
        """What an earlier request under the key came to, as it stands now. Asked before a rule is: what was allowed
        then may be forbidden by now, and a repeat is told the truth. Raises IdempotencyMismatch."""
        key, body = self._digests(asked)
        first = await self.idempotency.find(asked.scope, key, body, self.clock.now())
        return None if first is None else await self.there(first)

    async def begin(self, message: Message, asked: Asked) -> Begun:
        """Raises IdempotencyMismatch where the key came before with another body."""
        first = await self.first(message.id, asked)
        named = message if first.message_id == message.id else replace(message, id=first.message_id)
        return Begun(named, await self.there(named.id) if first.repeat else None)

    async def keep(self, message: Message) -> MessageView:
        """Its due row, then the message: one without a due row would be taken for one that was handed over."""
        await self.due.put([DueRow.ahead_of(message, self.clock.now())])
        await self.messages.put(message)
        return MessageView(message, fold((), message.scheduled_for))

    async def there(self, message_id: MessageId) -> MessageView | None:
        """The message as it stands now; None: nobody kept it."""
        whole = await self.messages.whole(message_id)
        return None if whole is None else MessageView(whole.message, fold(whole.events, whole.message.scheduled_for))

    async def first(self, message_id: MessageId, asked: Asked) -> FirstAnswer:
        """For who has no message of their own under the key. Raises IdempotencyMismatch."""
        key, body = self._digests(asked)
        return await self.idempotency.begin(asked.scope, key, body, message_id, self.clock.now(), asked.keep)

    def _digests(self, asked: Asked) -> tuple[str, str]:
        return self.pseudonyms.digest(*asked.key), self.pseudonyms.digest("body", _text(asked.body))


def checked_key(key: str) -> str:
    """Raises InvalidInput for one that is too long."""
    if len(key) > LONGEST_KEY:
        raise InvalidInput(f"The idempotency key may have at most {LONGEST_KEY} characters.")
    return key


def _text(body: object) -> str:
    """The same for the same body, in whatever order its fields come."""
    return json.dumps(body, sort_keys=True, ensure_ascii=False)
