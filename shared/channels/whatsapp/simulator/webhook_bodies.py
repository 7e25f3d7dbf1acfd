"""The values that Meta's callbacks carry, as documented for v25 (Webhooks, messages reference)."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.channels.whatsapp.codes import lookup

Value = dict[str, Any]

_DISPLAY_NUMBER = "441632960999"
_PROFILE = {"name": "Sample Patient"}


def is_phone(address: str) -> bool:
    return address.startswith("+")


def user_id_of(address: str) -> str:
    """The business-scoped user id of a simulated patient: always the same for one number."""
    if not is_phone(address):
        return address
    return "GB." + str(int(hashlib.sha256(address.encode()).hexdigest()[:14], 16)).zfill(17)


def contact_of(address: str) -> dict[str, Any]:
    known: dict[str, Any] = {"profile": dict(_PROFILE), "user_id": user_id_of(address)}
    if is_phone(address):
        known["wa_id"] = address.removeprefix("+")
    return known


def status_value(
    *,
    phone_number_id: str,
    provider_id: str,
    to: str,
    status: str,
    at: datetime,
    reference: str,
    code: int,
    first: bool,
) -> Value:
    """One receipt. `failed` comes without contacts; pricing with `sent` and the first of delivered and read."""
    row: dict[str, Any] = {"id": provider_id, "status": status, "timestamp": str(int(at.timestamp()))}
    if is_phone(to):
        row["recipient_id"] = to.removeprefix("+")
    if status != "failed" or not is_phone(to):
        row["recipient_user_id"] = user_id_of(to)
    if reference:
        row["biz_opaque_callback_data"] = reference
    if status == "failed":
        row["errors"] = [_error(code)]
    elif first:
        row["pricing"] = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "utility"}
    value = {**_envelope(phone_number_id), "statuses": [row]}
    return value if status == "failed" else {**value, "contacts": [contact_of(to)]}


def message_value(
    *,
    phone_number_id: str,
    sender: str,
    provider_id: str,
    at: datetime,
    kind: str,
    part: Mapping[str, Any],
    quoted: str,
) -> Value:
    """One message of a patient."""
    row: dict[str, Any] = {"id": provider_id, "timestamp": str(int(at.timestamp())), "type": kind}
    row[kind] = dict(part)
    row["from_user_id"] = user_id_of(sender)
    if is_phone(sender):
        row["from"] = sender.removeprefix("+")
    if quoted:
        row["context"] = {"from": _DISPLAY_NUMBER, "id": quoted}
    return {**_envelope(phone_number_id), "contacts": [contact_of(sender)], "messages": [row]}


def preference_value(*, phone_number_id: str, sender: str, value: str, at: datetime) -> Value:
    """A patient stopped or resumed marketing messages."""
    contact = contact_of(sender)
    who: dict[str, Any] = {name: contact[name] for name in ("wa_id", "user_id") if name in contact}
    preference: dict[str, Any] = {
        **who,
        "detail": f"User requested to {value} marketing messages",
        "category": "marketing_messages",
        "value": value,
        "timestamp": int(at.timestamp()),
    }
    return {**_envelope(phone_number_id), "contacts": [contact], "user_preferences": [preference]}


def template_status_value(name: str, language: str, event: str) -> Value:
    """News about a template; carries no metadata, and writes the language with a hyphen."""
    return {
        "event": event,
        "message_template_id": 1000,
        "message_template_name": name,
        "message_template_language": language.replace("_", "-"),
        "reason": "NONE",
    }


def _envelope(phone_number_id: str) -> Value:
    metadata = {"display_phone_number": _DISPLAY_NUMBER, "phone_number_id": phone_number_id}
    return {"messaging_product": "whatsapp", "metadata": metadata}


def _error(code: int) -> dict[str, Any]:
    name = lookup(code).name
    return {
        "code": code,
        "title": name,
        "message": name,
        "error_data": {"details": name},
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    }
