"""Callbacks as the providers make them, signed with the test world's secrets."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared.channels.whatsapp.simulator.webhook_bodies import message_value, status_value
from tests.world import NOW, SETTINGS, World

NUMBER_ID = SETTINGS["WHATSAPP_PHONE_NUMBER_ID"]


def receipt(
    status: str,
    *,
    reference: str = "",
    provider_id: str = "wamid.example",
    at: datetime = NOW,
    number_id: str = NUMBER_ID,
) -> dict[str, Any]:
    """One status of WhatsApp; `failed` with 131026."""
    return status_value(
        phone_number_id=number_id,
        provider_id=provider_id,
        to="+447700900001",
        status=status,
        at=at,
        reference=reference,
        code=131026 if status == "failed" else 0,
        first=False,
    )


def text(
    words: str, *, provider_id: str = "wamid.text", number_id: str = NUMBER_ID, at: datetime = NOW
) -> dict[str, Any]:
    """A patient writes."""
    return said("text", {"body": words}, provider_id=provider_id, number_id=number_id, at=at)


def said(
    kind: str,
    part: dict[str, Any],
    *,
    provider_id: str = "wamid.said",
    number_id: str = NUMBER_ID,
    at: datetime = NOW,
    sender: str = "+447700900001",
) -> dict[str, Any]:
    """A patient sends something of any kind, `part` being its object."""
    return message_value(
        phone_number_id=number_id, sender=sender, provider_id=provider_id, at=at, kind=kind, part=part, quoted=""
    )


def whatsapp_body(*values: dict[str, Any]) -> bytes:
    """One body with all the values."""
    changes = [{"field": "messages", "value": value} for value in values]
    entry = {"id": SETTINGS["WHATSAPP_BUSINESS_ACCOUNT_ID"], "changes": changes}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def signed(body: bytes, secret: str = SETTINGS["WHATSAPP_WEBHOOK_SECRET"]) -> dict[str, str]:
    """Meta's header for a body."""
    return {"x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


async def call_back(w: World, *values: dict[str, Any]) -> None:
    """A callback with these values, taken both halves of its way."""
    await call_back_with(w, whatsapp_body(*values))


async def call_back_with(w: World, body: bytes) -> None:
    _, job = await w.services.accept("whatsapp", "default", {}, signed(body), body)
    await w.services.receive(job)


def statuses(reference: str, names: Sequence[str]) -> list[dict[str, Any]]:
    return [receipt(name, reference=reference) for name in names]
