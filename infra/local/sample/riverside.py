"""Riverside Demonstration Hospital, United Kingdom: appointments in a FHIR R4 server, messages on WhatsApp.

Numbers are those that Ofcom keeps free for drama: 07700 900000 to 900999, 020 7946 0000 to 0999. The endings 0190 to
0199, and 07700 9007…, behave in the WhatsApp simulator as its behaviours.json says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from infra.local.sample.booking import SampleClinic
from infra.local.sample.case import DELIVERED, READ, TURNS, Case, failed, skipped
from shared.domain.decision import SkipReason

CHANNEL = "whatsapp"
TAGS = "https://riverside.example.org/tags"
_UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"
_CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_PREFERENCE = "https://fhir.hl7.org.uk/CodeSystem/UKCore-PreferredContactMethodEngland"


def _phone(value: str, use: str = "mobile", **more: Any) -> Mapping[str, Any]:
    return {"telecom": [{"system": "phone", "use": use, "value": value, **more}]}


def concept(code: str, system: str) -> Mapping[str, Any]:
    """A CodeableConcept of one code."""
    return {"coding": [{"system": system, "code": code}]}


def _preferred_contact(code: str) -> Mapping[str, Any]:
    method = {"url": "PreferredContactMethod", "valueCodeableConcept": concept(code, _PREFERENCE)}
    return {"extension": [{"url": _UK_CORE + "ContactPreference", "extension": [method]}]}


def _speaks(language: str, interpreter: bool) -> Mapping[str, Any]:
    parts = [
        {"url": "language", "valueCodeableConcept": concept(language, "urn:ietf:bcp:47")},
        {"url": "interpreterRequired", "valueBoolean": interpreter},
    ]
    return {"extension": [{"url": _UK_CORE + "NHSCommunication", "extension": parts}]}


CASES: Sequence[Case] = (
    Case(
        name="deceased",
        why="The patient died after the appointment was made: nobody may write to this number any more.",
        ending=skipped(SkipReason.DECEASED),
        on=(0,),
        given={"patient": {"deceasedDateTime": "2024-02-11"}},
    ),
    Case(
        name="restricted",
        why="PDS marks the record as restricted and sends no contacts: never contacted automatically.",
        ending=skipped(SkipReason.RESTRICTED),
        on=(1,),
        given={
            "patient": {
                "meta": {"security": [{"system": _CONFIDENTIALITY, "code": "R"}]},
                "telecom": None,
                "address": None,
            }
        },
    ),
    Case(
        name="under-16",
        why="The patient is a child: staff write to the parent or carer themselves.",
        ending=skipped(SkipReason.UNDER_AGE),
        on=(2,),
        given={"years_old_at_most": 15},
    ),
    Case(
        name="age-unknown",
        why="The record has no date of birth, so nobody can say that this is not a child.",
        ending=skipped(SkipReason.AGE_UNKNOWN),
        on=(3,),
        given={"patient": {"birthDate": None}},
    ),
    Case(
        name="cancelled",
        why="Cancelled, and still in the server's list.",
        ending=skipped(SkipReason.CANCELLED),
        on=(4,),
        given={"appointment": {"status": "cancelled"}},
    ),
    Case(
        name="proposed",
        why="Only proposed: nobody has agreed to it.",
        ending=skipped(SkipReason.NOT_BOOKED),
        on=(5,),
        given={"appointment": {"status": "proposed"}},
    ),
    Case(
        name="entered-in-error",
        why="Entered by mistake: it never existed.",
        ending=skipped(SkipReason.NOT_BOOKED),
        on=(6,),
        given={"appointment": {"status": "entered-in-error"}},
    ),
    Case(
        name="ghost-slot",
        why="A hidden slot that a ward uses for itself; the patient is not expected.",
        ending=skipped(SkipReason.HIDDEN),
        on=(0,),
        given={
            "appointment": {"meta": {"tag": [{"system": TAGS, "code": "ghost"}]}},
        },
    ),
    Case(
        name="excluded-specialty",
        why="Sexual health: the clinic's file says that this specialty never sends reminders.",
        ending=skipped(SkipReason.EXCLUDED_SPECIALTY),
        on=(1,),
        given={"appointment": {"specialty": [{"text": "Sexual health"}]}},
    ),
    Case(
        name="moved",
        why="Moved to the afternoon when its day was less than four days away: the old time is never sent again.",
        ending=READ,
        on=(2,),
        at=time(9, 20),
        moved_to=time(22, 20),
    ),
    Case(
        name="two-numbers",
        why="Two numbers in one field: nobody knows whose they are.",
        ending=skipped(SkipReason.NUMBER_AMBIGUOUS),
        on=(3,),
        given={"patient": _phone("07700 900511;07700 900512")},
    ),
    Case(
        name="third-party-note",
        why="A note beside the number says that it is somebody else's.",
        ending=skipped(SkipReason.NUMBER_THIRD_PARTY),
        on=(4,),
        given={"patient": _phone("07700 900123 (wife)")},
    ),
    Case(
        name="landline",
        why="A London landline: WhatsApp cannot reach it, a person can phone.",
        ending=skipped(SkipReason.NUMBER_LANDLINE),
        on=(5,),
        given={"patient": _phone("020 7946 0123", "home")},
    ),
    Case(
        name="letter-in-number",
        why="A letter O was typed for a zero: guessing would write to a stranger.",
        ending=skipped(SkipReason.NUMBER_UNREADABLE),
        on=(6,),
        given={"patient": _phone("0770090051O")},
    ),
    Case(
        name="old-number",
        why="The only number is marked as old: it may belong to somebody else by now.",
        ending=skipped(SkipReason.NUMBER_OUTDATED),
        on=(0,),
        given={"patient": _phone("07700 900515", "old")},
    ),
    Case(
        name="ended-number",
        why="The only number's period ended last year.",
        ending=skipped(SkipReason.NUMBER_OUTDATED),
        on=(1,),
        given={"patient": _phone("07700 900516", period={"end": "2023-08-31"})},
    ),
    Case(
        name="no-number",
        why="The record has no number at all.",
        ending=skipped(SkipReason.NO_ADDRESS),
        on=(2,),
        given={"patient": {"telecom": [{"system": "email", "value": "nobody@example.org"}]}},
    ),
    Case(
        name="shared-number-parent",
        why="Two patients of the list have this number: a reminder that names one could be read by the other.",
        ending=skipped(SkipReason.NUMBER_SHARED),
        on=(3,),
        given={"patient": _phone("07700 900518")},
    ),
    Case(
        name="shared-number-grown-child",
        why="The other patient with that number.",
        ending=skipped(SkipReason.NUMBER_SHARED),
        on=(3,),
        given={"patient": _phone("+44 7700 900518")},
    ),
    Case(
        name="opted-out",
        why="This number answered STOP once; the objection stays until the patient takes it back with staff.",
        ending=skipped(SkipReason.OPTED_OUT),
        on=(4,),
    ),
    Case(
        name="interpreter",
        why="The patient reads Welsh and needs an interpreter: staff arrange both.",
        ending=skipped(SkipReason.INTERPRETER),
        on=(5,),
        given={"patient": _speaks("cy", interpreter=True)},
    ),
    Case(
        name="via-proxy",
        why="The patient wants all contact through somebody else (PDS contact preference 6).",
        ending=skipped(SkipReason.VIA_PROXY),
        on=(6,),
        given={"patient": _preferred_contact("6")},
    ),
    Case(
        name="sign-language",
        why="The patient uses sign language (PDS contact preference 7): staff choose the way.",
        ending=skipped(SkipReason.SIGN_LANGUAGE),
        on=(0,),
        given={"patient": _preferred_contact("7")},
    ),
    Case(
        name="no-telephone",
        why="The patient wants no telephone contact (PDS contact preference 8).",
        ending=skipped(SkipReason.NO_TELEPHONE),
        on=(1,),
        given={"patient": _preferred_contact("8")},
    ),
    Case(
        name="merged-record",
        why="The record is inactive: it was merged, and its contacts may be somebody else's.",
        ending=skipped(SkipReason.EXCLUDED_PATIENT),
        on=(2,),
        given={"patient": {"active": False}},
    ),
    Case(
        name="no-patient",
        why="The appointment names no patient: nobody can be written to.",
        ending=skipped(SkipReason.NO_PATIENT),
        on=(4,),
        given={"appointment": {"participant": [{"actor": {"reference": "Location/RIV-L-0"}, "status": "accepted"}]}},
    ),
    Case(
        name="country-code-and-zero",
        why="Written as +44 (0)7700 …: read as the one number that it can be.",
        ending=READ,
        on=(5,),
        given={"patient": _phone("+44 (0)7700 900526")},
    ),
    Case(
        name="lost-zero",
        why="A spreadsheet took the leading zero away; in this country that number can only be one.",
        ending=READ,
        on=(6,),
        given={"patient": _phone("7700900527")},
    ),
    Case(
        name="not-on-whatsapp",
        why="The number is not on WhatsApp (131026): WhatsApp says so in a receipt, and staff phone instead.",
        ending=failed("131026"),
        on=(0, 3),
        people=range(500, 500 + TURNS),  # their numbers begin with 07700 9007
    ),
    Case(
        name="never-opens",
        why="Delivered, and not opened: nothing is wrong, and nobody may claim that it was read.",
        ending=DELIVERED,
        on=(1, 4),
        given={"patient": _phone("07700 900198")},
    ),
    Case(
        name="receipts-out-of-order",
        why="WhatsApp reports read before delivered and sent: the end is the same.",
        ending=READ,
        on=(5,),
        at=time(13, 40),
        given={"patient": _phone("07700 900195")},
    ),
    Case(
        name="receipts-twice",
        why="Every receipt comes twice: it counts once.",
        ending=READ,
        on=(6,),
        given={"patient": _phone("07700 900196")},
    ),
)

RIVERSIDE = SampleClinic("riverside", "RIV", ZoneInfo("Europe/London"), READ, CASES)


def mobile(person: int) -> str:
    """The number of a patient, as a receptionist writes it."""
    return f"07700 900{200 + person}"


OBJECTIONS = ("+44" + mobile(RIVERSIDE.person_of("opted-out")).replace(" ", "")[1:],)
"""Addresses that said STOP."""
