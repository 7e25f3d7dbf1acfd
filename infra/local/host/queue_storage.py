"""Storage queues as the host uses them: clients by connection and name, encoding, and news of what was just added."""

from __future__ import annotations

import asyncio
import base64
import binascii

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from infra.local.host.settings import HostSettings

MESSAGE_LIMIT_BYTES = 65_536  # of the encoded message (Azure Queue Storage, scalability targets)


class MessageTooLargeError(ValueError):
    """An encoded queue message is longer than the service takes; Azurite would not say so."""


class QueueStorage:
    """Queues of every storage account that the app's bindings name."""

    def __init__(self, settings: HostSettings) -> None:
        self._settings = settings
        self._services: dict[str, QueueServiceClient] = {}
        self._queues: dict[tuple[str, str], QueueClient] = {}
        self._arrivals: dict[tuple[str, str], asyncio.Event] = {}

    def queue(self, connection: str, name: str) -> QueueClient:
        """The client of one queue; kept for the host's life. Raises HostSettingsError without a connection string."""
        key = (connection, name)
        if key not in self._queues:
            if connection not in self._services:
                text = self._settings.connection_string(connection)
                self._services[connection] = QueueServiceClient.from_connection_string(text)
            self._queues[key] = self._services[connection].get_queue_client(name)
        return self._queues[key]

    def arrival(self, connection: str, name: str) -> asyncio.Event:
        """Set when this host itself adds to that queue, so that its listener need not wait for its next poll."""
        return self._arrivals.setdefault((connection, name), asyncio.Event())

    async def add(self, connection: str, name: str, content: str | bytes) -> None:
        """Add one message, creating the queue where it is missing. Raises MessageTooLargeError."""
        encoded = self.encode(content)
        if len(encoded.encode()) > MESSAGE_LIMIT_BYTES:
            raise MessageTooLargeError(f"message for queue {name} is longer than {MESSAGE_LIMIT_BYTES} bytes")
        await self.add_encoded(connection, name, encoded)

    async def add_encoded(self, connection: str, name: str, encoded: str) -> None:
        """Add a message exactly as given."""
        queue = self.queue(connection, name)
        try:
            await queue.send_message(encoded)
        except ResourceNotFoundError:
            await self._create(queue)
            await queue.send_message(encoded)
        self.arrival(connection, name).set()

    def encode(self, content: str | bytes) -> str:
        """Text of the message on the wire, by host.json's messageEncoding."""
        if self._settings.queues.base64:
            return base64.b64encode(content.encode() if isinstance(content, str) else content).decode()
        return content if isinstance(content, str) else content.decode()

    def decode(self, encoded: str) -> str | bytes | None:
        """Content of a message on the wire; None if it is not in host.json's messageEncoding."""
        if not self._settings.queues.base64:
            return encoded
        try:
            content = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            return None
        try:
            return content.decode()
        except UnicodeDecodeError:
            return content

    async def length(self, connection: str, name: str) -> int:
        """Messages in the queue, hidden ones included; 0 if there is no such queue."""
        try:
            return int((await self.queue(connection, name).get_queue_properties()).approximate_message_count or 0)
        except ResourceNotFoundError:
            return 0

    async def close(self) -> None:
        """Close every connection."""
        for service in self._services.values():
            await service.close()

    @staticmethod
    async def _create(queue: QueueClient) -> None:
        try:
            await queue.create_queue()
        except ResourceExistsError:
            return  # another message created it first
