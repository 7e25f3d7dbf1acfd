"""Who takes part in an appointment, in every form that servers use to say so."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.sources.fhir_r4.addresses import ServerAddress
from shared.sources.fhir_r4.elements import NOTHING, Json, part, parts, text


@dataclass(frozen=True, slots=True)
class Actor:
    """One participant. Whichever of the four ways to the resource the server gave is set; only `display` may be all.

    `resource` is in our hands already (contained, or on the same page); `id` is its id on the server, empty for a
    contained one; `identifier` is a (system, value) to search for, such as an NHS number.
    """

    kind: str  # Patient, Location, Practitioner …; empty where nothing says it
    resource: Json | None = None
    id: str = ""
    identifier: tuple[str, str] | None = None
    display: str = ""
    declined: bool = False


def read_actors(appointment: Json, page: Mapping[str, Json], address: ServerAddress) -> list[Actor]:
    """Every participant of an appointment. `page` holds what came along, by fullUrl and by Type/id."""
    contained = {f"#{text(resource, 'id')}": resource for resource in parts(appointment, "contained")}
    return [_actor(participant, contained, page, address) for participant in parts(appointment, "participant")]


def _actor(participant: Json, contained: Mapping[str, Json], page: Mapping[str, Json], address: ServerAddress) -> Actor:
    reference = part(participant, "actor")
    written = text(reference, "reference")
    own = address.own_resource(written)
    key = "/".join(own) if own else written
    resource = contained.get(written) or page.get(written) or page.get(key)
    kind = own[0] if own else text(resource or NOTHING, "resourceType") or text(reference, "type")
    carried_id = "" if written in contained else text(resource or NOTHING, "id")
    return Actor(
        kind=kind,
        resource=resource,
        id=own[1] if own else carried_id,
        identifier=_identifier(reference),
        display=text(reference, "display"),
        declined=text(participant, "status") == "declined",
    )


def _identifier(reference: Json) -> tuple[str, str] | None:
    found = part(reference, "identifier")
    value = text(found, "value")
    return (text(found, "system"), value) if value else None
