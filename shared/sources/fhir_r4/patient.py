"""A FHIR Patient (R4, UK Core, PDS) as the person an appointment is for."""

from collections.abc import Iterator
from datetime import datetime

from shared.domain.appointment import ContactPreference, HumanName, Patient, Telecom, TelecomSystem
from shared.sources.fhir_r4.elements import (
    Json,
    codes,
    extensions,
    full_date,
    holds,
    part,
    parts,
    period_end,
    period_start,
    tagged,
    text,
    texts,
)
from shared.sources.fhir_r4.options import FhirOptions

RESTRICTED = ("R", "V", "REDACTED")  # meta.security of PDS: v3-Confidentiality, and what was taken out
NAME_USES = ("usual", "official", "", "temp", "nickname", "anonymous")  # never `old` or `maiden` (health.md 3.3)
SYSTEMS = {"phone": TelecomSystem.PHONE, "sms": TelecomSystem.SMS, "email": TelecomSystem.EMAIL}
ZONES = (  # R4's extension, and what the Extensions pack calls it now: an IANA code (extension-tz-code.html)
    "http://hl7.org/fhir/StructureDefinition/timezone",
    "http://hl7.org/fhir/StructureDefinition/tz-code",
)
PREFERENCES = {  # UKCore-PreferredContactMethod
    "6": ContactPreference.VIA_PROXY,
    "7": ContactPreference.SIGN_LANGUAGE,
    "8": ContactPreference.NO_TELEPHONE,
}


def read_patient(resource: Json, fallback_id: str, options: FhirOptions, now: datetime) -> Patient:
    """`fallback_id` stands in for a resource without an id of its own. What is unreadable counts as not given, but
    whatever forbids a message counts as soon as it is there at all."""
    communications = [*_preferred_first(parts(resource, "communication")), *_nhs_communications(resource)]
    spoken = (code for item in communications for code in codes(part(item, "language")))
    return Patient(
        id=text(resource, "id") or fallback_id,
        name=_name(resource, options, now),
        telecoms=(*_telecoms(resource, options, now), *_openids(resource, options)),
        birth_on=full_date(text(resource, "birthDate")),
        languages=tuple(dict.fromkeys(spoken)),
        deceased=_deceased(resource),
        restricted=_restricted(resource),
        interpreter_required=_interpreter_required(resource),
        contact_preferences=_preferences(resource),
        zone=_zone(resource, options, now),
        # an inactive record was merged or made in error: its contacts may be somebody else's
        excluded=resource.get("active") is False or tagged(resource, options.excluded_tags),
    )


def _name(resource: Json, options: FhirOptions, now: datetime) -> HumanName:
    """The name in use: `usual` within its period, then `official`, then any but former ones."""
    names = [
        name
        for name in parts(resource, "name")
        if text(name, "use") in NAME_USES and holds(part(name, "period"), now, options.zone)
    ]
    if not names:
        return HumanName()
    best = min(names, key=lambda name: NAME_USES.index(text(name, "use")))
    return HumanName(
        family=text(best, "family"),
        given=" ".join(texts(best, "given")),
        text=text(best, "text"),
        prefix=" ".join(texts(best, "prefix")),
    )


def _telecoms(resource: Json, options: FhirOptions, now: datetime) -> Iterator[Telecom]:
    """Contacts as written, ended ones too (the contact rules say why not); those that only begin later are left out."""
    for contact in parts(resource, "telecom"):
        period, value, rank = part(contact, "period"), text(contact, "value"), contact.get("rank")
        begins = period_start(period, options.zone)
        if not value or (begins and begins > now):
            continue
        yield Telecom(
            system=SYSTEMS.get(text(contact, "system"), TelecomSystem.OTHER),
            value=value,
            use=text(contact, "use"),
            ends_at=period_end(period, options.zone),
            rank=rank if isinstance(rank, int) else None,
        )


def _openids(resource: Json, options: FhirOptions) -> Iterator[Telecom]:
    for identifier in parts(resource, "identifier") if options.openid_system else ():
        value = text(identifier, "value")
        if value and text(identifier, "system") == options.openid_system:
            yield Telecom(TelecomSystem.OPENID, value, ends_at=period_end(part(identifier, "period"), options.zone))


def _deceased(resource: Json) -> bool:
    stated = (resource[name] for name in resource if name.startswith("deceased"))
    return any(value is not False and value is not None for value in stated)


def _restricted(resource: Json) -> bool:
    return tagged({"meta": {"security": part(resource, "meta").get("security")}}, RESTRICTED)


def _zone(resource: Json, options: FhirOptions, now: datetime) -> str:
    """Of the patient, else of an address in use; `valueString` is common though the definition says code."""
    homes = [
        address
        for address in parts(resource, "address")
        if text(address, "use") != "old" and holds(part(address, "period"), now, options.zone)
    ]
    stated = (found for element in (resource, *homes) for url in ZONES for found in extensions(element, url))
    named = (text(found, "valueCode") or text(found, "valueString") for found in stated)
    return next(filter(None, named), "")


def _preferred_first(communications: list[Json]) -> list[Json]:
    return sorted(communications, key=lambda item: item.get("preferred") is not True)


def _nhs_communications(resource: Json) -> Iterator[Json]:
    """Extension-UKCore-NHSCommunication: its parts as one object, as in Patient.communication."""
    for extension in extensions(resource, "NHSCommunication"):
        yield {"language": part(_named(extension, "language"), "valueCodeableConcept")}


def _interpreter_required(resource: Json) -> bool:
    stated = [_named(extension, "interpreterRequired") for extension in extensions(resource, "NHSCommunication")]
    stated += extensions(resource, "patient-interpreterRequired")
    return any(item.get("valueBoolean") is True for item in stated)


def _preferences(resource: Json) -> frozenset[ContactPreference]:
    chosen = (
        code
        for extension in extensions(resource, "ContactPreference")
        for method in extensions(extension, "PreferredContactMethod")
        for code in codes(part(method, "valueCodeableConcept"))
    )
    return frozenset(PREFERENCES[code] for code in chosen if code in PREFERENCES)


def _named(extension: Json, url: str) -> Json:
    return next((inner for inner in parts(extension, "extension") if text(inner, "url") == url), {})
