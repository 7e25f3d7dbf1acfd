"""The phone numbers of the simulated business, and what the simulator knows of each."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared.channels.whatsapp.credentials import WhatsAppCredentials
from shared.channels.whatsapp.simulator.agenda import Hook
from shared.channels.whatsapp.simulator.graph_answer import Refused

WINDOW = timedelta(hours=24)  # customer service window: opens with each message of the patient

SAMPLE_CREDENTIALS = WhatsAppCredentials(
    phone_number_id="100000000000001",
    business_account_id="200000000000001",
    access_token="sample-access-token",  # noqa: S106 - opens nothing but this simulator
    verify_tokens=("sample-verify-token",),
    app_secrets=("sample-app-secret",),
)
"""An account that exists only here, for mock mode, tests and the local run."""


@dataclass(slots=True)
class SimulatedNumber:
    """One sending number. `history`: what became of each message, by its id."""

    credentials: WhatsAppCredentials
    webhook_url: str = ""
    health: str = "AVAILABLE"
    quality: str = "GREEN"
    subscribed: bool = True
    windows: dict[str, datetime] = field(default_factory=dict)
    history: dict[str, list[tuple[str, datetime]]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.credentials.phone_number_id

    def hook(self) -> Hook | None:
        if not (self.webhook_url and self.subscribed):
            return None
        return Hook(self.webhook_url, self.credentials.app_secrets[0], self.credentials.business_account_id)

    def heard_from(self, patient: str, at: datetime) -> None:
        self.windows[patient] = at

    def window_is_open(self, patient: str, now: datetime) -> bool:
        heard = self.windows.get(patient)
        return heard is not None and now - heard < WINDOW

    def described(self) -> dict[str, Any]:
        """The fields that a health check reads."""
        entities = [
            {"entity_type": "PHONE_NUMBER", "id": self.id, "can_send_message": self.health},
            {"entity_type": "WABA", "id": self.credentials.business_account_id, "can_send_message": "AVAILABLE"},
        ]
        if self.health != "AVAILABLE":
            entities[0]["errors"] = [{"error_code": 131042, "error_description": "Payment", "possible_solution": "Pay"}]  # type: ignore[assignment]
        return {
            "id": self.id,
            "display_phone_number": "+44 1632 960999",
            "verified_name": "Example Hospital",
            "quality_rating": self.quality,
            "status": "CONNECTED",
            "throughput": {"level": "STANDARD"},
            "health_status": {"can_send_message": self.health, "entities": entities},
        }


class SimulatedNumbers:
    """Finds a number by its id or by its account's."""

    def __init__(self, credentials: tuple[WhatsAppCredentials, ...], webhook_url: str) -> None:
        self.all = [SimulatedNumber(each, webhook_url) for each in credentials]

    def __getitem__(self, phone_number_id: str) -> SimulatedNumber:
        """Raises KeyError for an id that is not here."""
        found = self.find(phone_number_id)
        if found is None:
            raise KeyError("phone_number_id")
        return found

    def find(self, phone_number_id: str) -> SimulatedNumber | None:
        return next((number for number in self.all if number.id == phone_number_id), None)

    def of_account(self, business_account_id: str) -> list[SimulatedNumber]:
        return [n for n in self.all if n.credentials.business_account_id == business_account_id]

    def authorised(self, authorization: str, object_id: str) -> None:
        """Raises Refused: 190 for a token that nobody has, 100 for an object that the token may not see."""
        owners = [n for n in self.all if authorization == f"Bearer {n.credentials.access_token}"]
        if not owners:
            raise Refused(190, "Error validating access token.")
        if not any(object_id in (n.id, n.credentials.business_account_id) for n in owners):
            raise Refused(100, "Unsupported request. Object does not exist or cannot be loaded.", http=400)
