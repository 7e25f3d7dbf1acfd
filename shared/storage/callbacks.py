"""Callbacks as they came: one sealed blob each.

Its name, `<yyyymmdd>/<channel>/<account>/<random>`, is the reference.
"""

import json
import re
import secrets
from datetime import UTC

from shared.errors import BodyTooLarge
from shared.storage.contract import StoredCallback
from shared.storage.instants import to_instant, to_text
from shared.storage.places import CALLBACKS
from shared.storage.rows import Blobs
from shared.storage.seal import Sealer, place

MOST_BYTES = 3 * 1_048_576  # Meta sends up to 3 MB (Cloud API, Webhooks)
_REFERENCE = re.compile(r"\d{8}/[a-z0-9]{1,32}/[A-Za-z0-9-]{1,64}/[0-9a-f]{32}")
_LENGTH_BYTES = 4


class BlobCallbacks:
    """Implements `contract.Callbacks`. A sealed blob is `<length of head><head as JSON><body>`."""

    def __init__(self, blobs: Blobs, sealer: Sealer) -> None:
        self._blobs = blobs
        self._sealer = sealer

    async def store(self, callback: StoredCallback) -> str:
        """Raises BodyTooLarge."""
        if len(callback.body) > MOST_BYTES:
            raise BodyTooLarge(f"A callback may have at most {MOST_BYTES} bytes.")
        day = callback.received_at.astimezone(UTC)
        reference = f"{day:%Y%m%d}/{callback.channel}/{_for_name(callback.account)}/{secrets.token_hex(16)}"
        await self._blobs.put(CALLBACKS, reference, self._sealer.seal(_pack(callback), place(CALLBACKS, reference)))
        return reference

    async def read(self, reference: str) -> StoredCallback | None:
        """None as well for what cannot be a reference. Raises Unsealable."""
        if _REFERENCE.fullmatch(reference) is None:
            return None
        content = await self._blobs.get(CALLBACKS, reference)
        return None if content is None else _unpack(self._sealer.unseal(content, place(CALLBACKS, reference)))


def _for_name(account: str) -> str:
    """An account as part of a blob's name, for people who look; the account itself is inside."""
    return re.sub(r"[^A-Za-z0-9-]", "-", account)[:64] or "-"


def _pack(callback: StoredCallback) -> bytes:
    head = {
        "channel": callback.channel,
        "account": callback.account,
        "received_at": to_text(callback.received_at),
        "query": dict(callback.query),
    }
    packed = json.dumps(head).encode()
    return len(packed).to_bytes(_LENGTH_BYTES, "big") + packed + callback.body


def _unpack(content: bytes) -> StoredCallback:
    body = _LENGTH_BYTES + int.from_bytes(content[:_LENGTH_BYTES], "big")
    head = json.loads(content[_LENGTH_BYTES:body])
    return StoredCallback(
        head["channel"], head["account"], to_instant(head["received_at"]), head["query"], content[body:]
    )
