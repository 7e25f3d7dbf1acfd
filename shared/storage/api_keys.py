"""Callers' API keys, by the hash of the key. There are few: a list of all is one read."""

import json
from collections.abc import Mapping
from datetime import datetime

from shared.domain.permission import EVERYTHING, Permission
from shared.storage.columns import present, text
from shared.storage.contract import ApiKey
from shared.storage.instants import to_instant, to_text
from shared.storage.places import API_KEYS
from shared.storage.rows import Change, Row, Rows, Span, Verb
from shared.storage.scan import every_row

_PARTITION = "key"


class TableApiKeys:
    """Implements `contract.ApiKeys`."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add(self, key_hash: str, key: ApiKey) -> None:
        columns = {
            "id": key.id,
            "name": key.name,
            "clinics": json.dumps(sorted(key.clinics)),
            "permissions": json.dumps(sorted(key.permissions)),
            "created_at": to_text(key.created_at),
            "revoked_at": to_text(key.revoked_at) if key.revoked_at else None,
        }
        await self._rows.write(API_KEYS, Change(Verb.INSERT, Row(_PARTITION, key_hash, present(columns))))

    async def revoke(self, key_id: str, at: datetime) -> bool:
        async for row in every_row(self._rows, API_KEYS, Span.within(_PARTITION)):
            if row.columns["id"] == key_id:
                if not text(row.columns, "revoked_at"):
                    revoked = Row(_PARTITION, row.key, {"revoked_at": to_text(at)})
                    await self._rows.write(API_KEYS, Change(Verb.MERGE, revoked))
                return True
        return False

    async def all(self) -> Mapping[str, ApiKey]:
        return {row.key: _api_key(row) async for row in every_row(self._rows, API_KEYS, Span.within(_PARTITION))}


def _api_key(row: Row) -> ApiKey:
    revoked_at = text(row.columns, "revoked_at")
    return ApiKey(
        id=text(row.columns, "id"),
        name=text(row.columns, "name"),
        clinics=frozenset(json.loads(text(row.columns, "clinics"))),
        created_at=to_instant(text(row.columns, "created_at")),
        revoked_at=to_instant(revoked_at) if revoked_at else None,
        permissions=_permissions(text(row.columns, "permissions")),
    )


def _permissions(listed: str) -> frozenset[Permission]:
    """Keys of the time before there were permissions have all of them; a name that is none here any more gives none."""
    if not listed:
        return EVERYTHING
    named = set(json.loads(listed))
    return frozenset(permission for permission in EVERYTHING if permission in named)
