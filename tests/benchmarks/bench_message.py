"""CPU of our own code for one message with its three receipts, storage in memory, beside the limit of 3 ms.

The provider answers from a canned transport and the callbacks are signed beforehand, so what is measured is: release,
send (with httpx), the webhook's verify and store, and the queue's parse and record, three times.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping

import httpx

from shared.services.jobs import CallbackJob
from tests.benchmarks.measuring import Stopwatch, show
from tests.world import SETTINGS, World, appointment, patient, world

MESSAGES = 2_000
LIMIT_MS = 3.0
STATUSES = ("sent", "delivered", "read")


class CannedProvider:
    """Accepts every send and remembers its reference."""

    def __init__(self) -> None:
        self.references: list[str] = []

    def client(self, _channel: str, _account: str, _secrets: Mapping[str, str]) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.references.append(json.loads(request.content)["biz_opaque_callback_data"])
        return httpx.Response(200, json={"messages": [{"id": f"wamid.{len(self.references)}"}]})


def callback(position: int, reference: str, status: str) -> tuple[dict[str, str], bytes]:
    """A signed body with one status, as Meta sends it."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "447700900000", "phone_number_id": SETTINGS["WHATSAPP_PHONE_NUMBER_ID"]},
        "statuses": [
            {
                "id": f"wamid.{position}",
                "status": status,
                "timestamp": "1795165200",
                "recipient_id": "447700900001",
                "biz_opaque_callback_data": reference,
            }
        ],
    }
    entry = {"id": SETTINGS["WHATSAPP_BUSINESS_ACCOUNT_ID"], "changes": [{"field": "messages", "value": value}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    secret = SETTINGS["WHATSAPP_WEBHOOK_SECRET"].encode()
    return {"x-hub-signature-256": "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()}, body


async def measured() -> tuple[float, float]:
    """CPU milliseconds for each message: its sending, and its receipts."""
    provider = CannedProvider()
    numbers = range(1, MESSAGES + 1)
    async with world(*(appointment(n, days=2, of=patient(n % 900 + 1)) for n in numbers), providers=provider) as w:
        await w.clinic()
        await w.plan()
        w.clock.advance(hours=1)
        with Stopwatch() as sending:
            while len(provider.references) < MESSAGES:
                for job in (await w.services.release()).send:
                    await w.services.send(job)
                w.clock.advance(seconds=5)  # the number's pace
        assert len(provider.references) == MESSAGES
        bodies = [callback(n, r, s) for s in STATUSES for n, r in enumerate(provider.references, 1)]
        with Stopwatch() as receiving:
            for headers, body in bodies:
                await w.services.receive(await accepted(w, headers, body))
        return sending.cpu_s / MESSAGES * 1000, receiving.cpu_s / MESSAGES * 1000


async def accepted(w: World, headers: dict[str, str], body: bytes) -> CallbackJob:
    _, job = await w.services.accept("whatsapp", "default", {}, headers, body)
    return job


def main() -> None:
    sending, receiving = asyncio.run(measured())
    whole = sending + receiving
    show(
        f"our own CPU for one message, {MESSAGES} messages, storage in memory",
        [
            ("release and send", f"{sending:.2f} ms"),
            ("three receipts, door to row", f"{receiving:.2f} ms"),
            ("together", f"{whole:.2f} ms = {whole / LIMIT_MS:.2f} of the limit {LIMIT_MS} ms"),
        ],
    )


if __name__ == "__main__":
    main()
