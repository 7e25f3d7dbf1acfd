"""The three clinics of the simulation: London, Hong Kong in two languages, and Sydney on a WhatsApp account of its own.

From 28 September 2026 on, Sydney's clocks go forward (4 October) and London's back (25 October) within thirty days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from shared.domain.appointment import Telecom, TelecomSystem
from tests.world import SETTINGS, clinic_document

BEGAN = datetime(2026, 9, 28, 0, 0, tzinfo=UTC)


@dataclass(frozen=True)
class SimulatedClinic:
    """A clinic's file, and how its patients' contacts look. `numbers`: `{}` stands for four digits."""

    id: str
    zone: ZoneInfo
    languages: Sequence[str]
    quiet: tuple[time, time]
    days: Sequence[int]  # before the appointment, one reminder each
    channels: Sequence[tuple[str, str]]  # name, account
    numbers: str
    country: str  # dialling code
    landline: str
    places: Mapping[str, Mapping[str, str]]  # the source's name of a place -> language -> what patients read
    steps: Sequence[Mapping[str, Any]]
    plan_at: str
    region: str

    def document(self) -> str:
        return clinic_document(
            id=self.id,
            name={language: f"{self.id.title()} Clinic" for language in self.languages},
            zone=self.zone.key,
            region=self.region,
            languages=list(self.languages),
            steps=list(self.steps),
            quiet_hours={"start": f"{self.quiet[0]:%H:%M}", "end": f"{self.quiet[1]:%H:%M}"},
            plan_at=self.plan_at,
            channels=[{"channel": name, "account": account, "opt_in": "opt_out"} for name, account in self.channels],
            public_locations={place: dict(words) for place, words in self.places.items()},
        )

    def number(self, person: int) -> str:
        """A number as this clinic's records write it. None ends as the simulators' own scripts would have it."""
        digits = person % 9_000 + 1_000 if "{:04d}" in self.numbers else person % 800
        return self.numbers.format(digits + (200 if digits < 1_000 else 0))

    def e164(self, written: str) -> str | None:
        """The number as a phone knows it; None for what is no mobile of this country. Independent of the product's own
        reading, and as simple as the numbers here are."""
        digits = written.replace(" ", "")
        fits = len(digits) == len(self.number(0).replace(" ", "")) and digits.isdigit()
        if not fits or not digits.startswith(self.numbers.partition("{")[0].replace(" ", "")):
            return None
        return f"{self.country}{digits.removeprefix('0')}"

    def quiet_at(self, instant: datetime) -> bool:
        start, end = self.quiet
        wall = instant.astimezone(self.zone).time()
        return start <= wall < end if start <= end else wall >= start or wall < end

    def phone(self, person: int) -> Telecom:
        return Telecom(TelecomSystem.PHONE, self.number(person), "mobile")


LONDON = SimulatedClinic(
    id="riverside",
    zone=ZoneInfo("Europe/London"),
    languages=("en", "hi"),
    quiet=(time(20), time(8)),
    days=(7, 2),
    channels=(("whatsapp", "default"),),
    numbers="07700 900{:03d}",
    country="+44",
    landline="020 7946 0123",
    places={
        "OPD2": {"en": "Outpatients level 2", "hi": "Outpatients level 2"},
        "EYE": {"en": "Eye clinic", "hi": "नेत्र विभाग"},
    },
    steps=({"days": 7, "hour": "10:00"}, {"days": 2, "hour": "10:00"}),
    plan_at="06:00",
    region="GB",
)
HONG_KONG = SimulatedClinic(
    id="harbour",
    zone=ZoneInfo("Asia/Hong_Kong"),
    languages=("zh-Hant", "en"),
    quiet=(time(21), time(8)),
    days=(7, 1),
    channels=(("wechat", "default"), ("whatsapp", "default")),
    numbers="955{:04d}0",
    country="+852",
    landline="2550 1234",
    places={"門診二樓": {"zh-Hant": "門診部二樓", "en": "Second floor"}, "眼科": {"zh-Hant": "眼科門診", "en": "Eye"}},
    steps=({"days": 7, "hour": "10:00"}, {"days": 1, "hour": "18:00"}),
    plan_at="00:00",
    region="HK",
)
SYDNEY = SimulatedClinic(
    id="bondi",
    zone=ZoneInfo("Australia/Sydney"),
    languages=("en",),
    quiet=(time(19), time(8)),
    days=(3, 0),
    channels=(("whatsapp", "sydney"),),
    numbers="0491 5{:04d}0",
    country="+61",
    landline="02 5550 1234",
    places={"ROOM4": {"en": "Consulting room 4"}, "XRAY": {"en": "Imaging, ground floor"}},
    steps=({"days": 3, "hour": "09:00"}, {"days": 0, "hour": "08:00"}),
    plan_at="05:00",
    region="AU",
)
CLINICS = (LONDON, HONG_KONG, SYDNEY)

SYDNEY_ACCOUNT: Mapping[str, str] = {
    "phone_number_id": "106540352242999",
    "business_account_id": "102290129340999",
    "access_token": "simulated-token-sydney",
    "verify_token": "simulated-verify-token-sydney",
    "webhook_secret": "simulated-app-secret-sydney",
}
ACCOUNTS: Mapping[tuple[str, str], Mapping[str, str]] = {("whatsapp", "sydney"): SYDNEY_ACCOUNT}
"""Accounts that stand in the settings store; the default ones are settings."""
ACCOUNT_OF_NUMBER = {SETTINGS["WHATSAPP_PHONE_NUMBER_ID"]: "default", SYDNEY_ACCOUNT["phone_number_id"]: "sydney"}
