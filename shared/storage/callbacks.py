"""Callbacks as they came: one sealed blob each.

Its name, `<yyyymmdd>/<shard>/<hhmmss>/<channel>/<account>/<random>`, is the reference: when it came (UTC), and to which
account. The shard, one of sixteen, stands before the hour so that what comes at one time lies apart (Blob Storage
spreads its load by ranges of names).
"""

import json
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

from shared.errors import BodyTooLarge
from shared.storage.batches import for_each
from shared.storage.contract import KeptCallback, StoredCallback
from shared.storage.instants import to_instant, to_text
from shared.storage.places import CALLBACKS
from shared.storage.rows import Blobs
from shared.storage.seal import Sealer, place

MOST_BYTES = 3 * 1_048_576  # Meta sends up to 3 MB (Cloud API, Webhooks)
_SHARDS = "0123456789abcdef"
_HOUR = timedelta(hours=1)
_REFERENCE = re.compile(
    r"(?P<day>\d{8})/[0-9a-f]/(?P<time>\d{6})/"
    r"(?P<channel>[a-z0-9]{1,32})/(?P<account>[A-Za-z0-9-]{1,64})/[0-9a-f]{32}"
)
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
        reference = _reference(callback, secrets.token_hex(16))
        await self._blobs.put(CALLBACKS, reference, self._sealer.seal(_pack(callback), place(CALLBACKS, reference)))
        return reference

    async def read(self, reference: str) -> StoredCallback | None:
        """None as well for what cannot be a reference. Raises Unsealable."""
        if _REFERENCE.fullmatch(reference) is None:
            return None
        content = await self._blobs.get(CALLBACKS, reference)
        return None if content is None else _unpack(self._sealer.unseal(content, place(CALLBACKS, reference)))

    async def between(
        self, first: datetime, until: datetime, *, newest_first: bool = False
    ) -> AsyncIterator[KeptCallback]:
        """Hour by hour: the names of one are held at a time."""
        for hour in _hours(first, until, newest_first=newest_first):
            found: list[KeptCallback] = []

            async def list_shard(shard: str, hour: datetime = hour, found: list[KeptCallback] = found) -> None:
                async for name in self._names(f"{hour:%Y%m%d}/{shard}/{hour:%H}"):
                    if (kept := _kept(name)) is not None and first <= kept.received_at < until:
                        found.append(kept)

            await for_each(_SHARDS, list_shard)
            for kept in sorted(found, key=lambda one: (one.received_at, one.reference), reverse=newest_first):
                yield kept

    async def _names(self, prefix: str) -> AsyncIterator[str]:
        resume, more = "", True
        while more:
            page = await self._blobs.names(CALLBACKS, prefix=prefix, resume=resume)
            for name in page.names:
                yield name
            resume, more = page.resume, bool(page.resume)


def _reference(callback: StoredCallback, random: str) -> str:
    at = callback.received_at.astimezone(UTC)
    whose = f"{callback.channel}/{_for_name(callback.account)}"
    return f"{at:%Y%m%d}/{random[0]}/{at:%H%M%S}/{whose}/{random}"


def _kept(reference: str) -> KeptCallback | None:
    """None for a name that is no reference of ours."""
    told = _REFERENCE.fullmatch(reference)
    if told is None:
        return None
    at = datetime.strptime(told["day"] + told["time"], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return KeptCallback(reference, at, told["channel"], told["account"])


def _hours(first: datetime, until: datetime, *, newest_first: bool) -> Iterator[datetime]:
    """Every hour of UTC that has something of the span."""
    begin = first.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    number = max(0, -((begin - until) // _HOUR))
    hours = range(number)
    return (begin + hour * _HOUR for hour in (reversed(hours) if newest_first else hours))


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
