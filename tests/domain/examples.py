"""A clinic, a patient and an appointment that pass every check; each test changes what it is about."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from shared.domain.appointment import Appointment, AppointmentStatus, HumanName, Patient, Telecom, TelecomSystem
from shared.domain.clinic import AddressKind, Clinic, ClinicChannel, OptInRule, QuietHours, SourceChoice, Step
from shared.domain.decision import Decision, Planned, Skipped
from shared.domain.register import PatientRecord

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)  # a Friday morning, winter time
MOBILE = "+447700900123"

WHATSAPP = ClinicChannel("whatsapp", "default", AddressKind.PHONE, OptInRule.REQUIRED)
WECHAT = ClinicChannel("wechat", "default", AddressKind.OPENID, OptInRule.REQUIRED)

CLINIC = Clinic(
    id="northgate",
    name={"en": "Northgate Outpatients", "hi": "नॉर्थगेट क्लिनिक"},
    phone="01632 960123",
    zone=LONDON,
    region="GB",
    languages=("en", "hi"),
    steps=(Step(7, time(10)), Step(2, time(10))),
    quiet_hours=QuietHours(time(20), time(8)),
    plan_at=time(6),
    channels=(WHATSAPP,),
    source=SourceChoice("list", {}),
)
PATIENT = Patient(
    id="p1",
    name=HumanName("Example", "Alex"),
    telecoms=(Telecom(TelecomSystem.PHONE, "07700 900123", "mobile"),),
    birth_on=date(1980, 5, 1),
    languages=("en-GB",),
)
APPOINTMENT = Appointment("a1", AppointmentStatus.BOOKED, datetime(2026, 11, 26, 14, 30, tzinfo=UTC), PATIENT)
RECORD = PatientRecord(opted_in=frozenset({"whatsapp", "wechat"}))


def a_clinic(**changes: Any) -> Clinic:
    return replace(CLINIC, **changes)


def a_patient(**changes: Any) -> Patient:
    return replace(PATIENT, **changes)


def an_appointment(**changes: Any) -> Appointment:
    return replace(APPOINTMENT, **changes)


def phone(value: str, use: str = "mobile", **changes: Any) -> Telecom:
    return replace(Telecom(TelecomSystem.PHONE, value, use), **changes)


def openid(value: str, **changes: Any) -> Telecom:
    return replace(Telecom(TelecomSystem.OPENID, value), **changes)


def local(text: str, zone: ZoneInfo = LONDON) -> datetime:
    """The instant at which the clocks of `zone` show `text` (the first, where they show it twice)."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def nobody_opted_out(_channel: str, _address: str) -> bool:
    return False


def outcome(decision: Decision) -> str:
    """`skipped: <reason>`, or the local sending time of a planned step in the example clinic."""
    match decision:
        case Skipped(reason=reason):
            return f"skipped: {reason}"
        case Planned(at=at):
            return f"{at.astimezone(LONDON):%a %d %b %H:%M}"
