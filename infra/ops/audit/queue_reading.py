"""Reading an account's queues: how many jobs there are, and the first of them, peeked at and never taken.

A job that is looked at stays as it is: visible, and with its count of deliveries. What a worker holds is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from infra.ops.audit.asking import Asking, NotReadError, credential

if TYPE_CHECKING:
    from azure.storage.queue import QueueServiceClient

MOST_PEEKED = 32  # of one answer (Queue service, Peek Messages, numofmessages)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One job as it lies in a queue. `content`: as it was sent, in the encoding of host.json."""

    id: str
    content: str
    inserted_at: datetime


@dataclass(slots=True)
class QueueReader(Asking):
    """Queues of one account, by connection string, or by endpoint and who is signed in. `unnamed`: why by neither."""

    connection_string: str = field(repr=False, default="")
    endpoint: str = ""
    client_id: str = ""
    unnamed: str = ""
    _queues: QueueServiceClient | None = None

    def length(self, queue: str) -> int:
        """About how many jobs, hidden ones too; none where the queue was never needed. Raises NotReadError."""
        client = self._service().get_queue_client(queue)
        found = self.asked_or_gone(client.get_queue_properties, "QueueNotFound")
        return int(found.approximate_message_count or 0) if found is not None else 0

    def peeked(self, queue: str) -> list[Waiting]:
        """The first that are visible. Raises NotReadError."""
        client = self._service().get_queue_client(queue)

        def peek() -> list[Any]:
            return list(client.peek_messages(max_messages=MOST_PEEKED))

        found = self.asked_or_gone(peek, "QueueNotFound") or []
        return [Waiting(str(one.id), str(one.content), one.inserted_on) for one in found]

    def close(self) -> None:
        if self._queues is not None:
            self._queues.close()

    def _service(self) -> QueueServiceClient:
        if self._queues is None:
            if self.unnamed:
                raise NotReadError(self.unnamed)
            from azure.storage.queue import QueueServiceClient

            self._queues = (
                QueueServiceClient.from_connection_string(self.connection_string, **self.options())
                if self.connection_string
                else QueueServiceClient(self.endpoint, credential=credential(self.client_id), **self.options())
            )
        return self._queues
