"""What keys may look like, written down from the descriptions of the tables and not taken from their code.

A key that fits none of these may hold anything, a phone number too. Digests are 26 characters of a-z2-7.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_DIGEST = "[a-z2-7]{26}"
_CLINIC = "[a-z0-9][a-z0-9-]{0,28}[a-z0-9]"
_CHANNEL = "[a-z][a-z0-9-]{0,31}"
_MESSAGE = rf"{_CLINIC}_\d{{10}}_{_DIGEST}"
_LANE = rf"{_CHANNEL}:[A-Za-z0-9._@=-]{{1,64}}"
_ID = "[a-z0-9-]{1,40}"
_WORDS = "[a-z0-9]+(?:_[a-z0-9]+)*"
PARTS: Mapping[str, str] = {"clinic": _CLINIC, "digest": _DIGEST, "message": _MESSAGE, "lane": _LANE, "id": _ID}
"""What keys are made of, for whoever reads the same in another place."""


def _table(partition: str, *keys: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    return re.compile(partition), re.compile("|".join(f"(?:{key})" for key in keys))


KEYS: Mapping[str, tuple[re.Pattern[str], re.Pattern[str]]] = {
    "messages": _table(rf"{_CLINIC}_\d{{10}}", rf"m_{_DIGEST}(?:_{_WORDS})?", rf"d_{_DIGEST}_[a-z0-9-]{{1,20}}"),
    "patients": _table(
        rf"{_CLINIC}_\d\d",
        f"c_{_DIGEST}",
        f"[ib]_{_DIGEST}_{_CHANNEL}",
        f"o_{_CHANNEL}_{_DIGEST}(?:_held_{_WORDS}|_unreachable|_wrote)?",
    ),
    "history": _table(rf"{_CLINIC}_\d\d", rf"{_DIGEST}_\d{{13}}_{_MESSAGE}"),
    "due": _table(r"\d\d", rf"\d{{14}}_{_MESSAGE}"),
    "daylog": _table(rf"{_CLINIC}_\d{{8}}", rf"\d{{13}}_{_MESSAGE}_[a-z]+"),
    "runs": _table(_CLINIC, r"r_[a-z0-9_-]+", r"n_\d{13}_[a-z0-9_-]+", "s_complete|s_wanted"),
    "clinics": _table("clinic|account|rotation", _CLINIC, _DIGEST, "[A-Za-z0-9]{1,32}"),
    "idempotency": _table(_DIGEST, _DIGEST),
    "apikeys": _table("key", _DIGEST),
    "providerids": _table(f"{_CHANNEL}_[a-z2-7]{{2}}", f"{_DIGEST}_(?:join|wait_[a-z]+)"),
    "inbound": _table(rf"{_CLINIC}_\d{{8}}", _DIGEST),
    "worklist": _table(_CLINIC, f"i_{_ID}", rf"o_\d{{14}}_{_ID}", rf"r_\d{{13}}_{_ID}"),
    "lanes": _table(f"{_LANE}|stopped", "feed|wire", _DIGEST),
    "failures": _table(rf"{_CLINIC}_\d{{8}}", rf"\d{{13}}_{_DIGEST}_{_LANE}"),
    "tallies": _table(_CLINIC, r"\d{8}"),
    "marks": _table(_CLINIC, r"\d{8}"),
    "waiting": _table(rf"{_CLINIC}_\d{{10}}", _DIGEST),
    "prescriptions": _table(_CLINIC, rf"l_\d{{13}}_{_DIGEST}", f"p_{_DIGEST}(?:_[a-z]+(?:_{_DIGEST})?)?"),
    "patientpages": _table("[a-z2-7]{2}", _DIGEST),
    "patientindex": _table(rf"{_CLINIC}_\d\d", f"{_DIGEST}_{_DIGEST}"),
    "consents": _table(rf"{_CLINIC}_\d\d", rf"{_DIGEST}_\d{{13}}_{_CHANNEL}"),
    "subscriptions": _table("subscription", _ID),
    "outbox": _table(_ID, f"e_{_ID}", rf"d_\d{{20}}_{_ID}"),
}
TABLES = tuple(KEYS)
BLOBS: Mapping[str, re.Pattern[str]] = {
    "callbacks": re.compile(rf"\d{{8}}/[0-9a-f]/\d{{6}}/{_CHANNEL}/[A-Za-z0-9-]{{1,64}}/[0-9a-f]{{32}}"),
}

MUST_BE_SEALED: Mapping[str, tuple[re.Pattern[str], str]] = {
    "messages": (re.compile(f"m_{_DIGEST}|d_.*"), "sealed"),
    "patients": (re.compile("c_.*"), "sealed"),
    "providerids": (re.compile(".*_wait_.*"), "sealed"),
    "inbound": (re.compile(".*"), "sealed"),
    "worklist": (re.compile(".*"), "sealed"),
    "consents": (re.compile(".*"), "sealed"),
    "subscriptions": (re.compile(".*"), "sealed"),
    "prescriptions": (re.compile(f"p_{_DIGEST}"), "sealed"),
}
"""Table -> the keys whose rows hold patient data always, and in which column."""
SEALED_COLUMNS = frozenset({"sealed", "address"})
OTHER_BYTES = frozenset({("tallies", "figures")})  # counts, deflated

_A_MESSAGE, _A_CLINIC, _A_DIGEST = re.compile(_MESSAGE), re.compile(_CLINIC), re.compile(_DIGEST)
_SHARDS = "abcdefghijklmnopqrstuvwxyz234567"  # a digest's first character says where it stands
PATIENT_SHARDS = 16
_LEADING = re.compile(rf"({_CLINIC})(?:_(\d{{8}})(?:\d\d)?)?")


def clinic_and_day(table: str, partition: str, key: str) -> tuple[str, str]:
    """Whose row it is, and of which day (yyyymmdd); empty where its keys do not say."""
    if table == "due":
        partition = key[15:]
    if table in ("tallies", "marks"):
        return partition, key[:8]
    if table in (
        "apikeys",
        "idempotency",
        "lanes",
        "providerids",
        "patientpages",
        "subscriptions",
        "outbox",
        "clinics",
    ):
        return key if (table, partition) == ("clinics", "clinic") else "", ""
    found = _LEADING.match(partition)
    if found is None:
        return "", ""
    return found[1], (found[2] or "") if table in ("messages", "waiting", "due", "inbound", "failures") else ""


def facts_of(message: str) -> tuple[str, str]:
    """Partition and key of a message's facts. Raises ValueError for what is no message's id."""
    if _A_MESSAGE.fullmatch(message) is None:
        raise ValueError("not a message's id")
    partition, _, digest = message.rpartition("_")
    return partition, f"m_{digest}"


def contact_of(clinic: str, patient: str) -> tuple[str, str]:
    """Partition and key of a patient's contact. Raises ValueError for what are no clinic's and patient's keys."""
    if _A_CLINIC.fullmatch(clinic) is None or _A_DIGEST.fullmatch(patient) is None:
        raise ValueError("not a patient's key")
    return f"{clinic}_{_SHARDS.index(patient[0]) % PATIENT_SHARDS:02d}", f"c_{patient}"


def masked(text: str) -> str:
    """The form of a key without what it says."""
    return re.sub(r"[A-Za-z]+", "a", re.sub(r"\d+", "9", text))[:60]
