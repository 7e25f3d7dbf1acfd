"""A key's rights in words."""

from __future__ import annotations

from shared.storage.contract import ApiKey


def clinics_of(key: ApiKey) -> str:
    return ", ".join(sorted(key.clinics)) or "all clinics"


def permissions_of(key: ApiKey) -> str:
    return " and ".join(sorted(key.permissions))
