"""What forms choose from: clinics, templates, and the fields of a template. The platform calls them by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypedDict

from functions.interface.fields import Channel, ClinicId
from functions.interface.operation import CONFIG, Method, Nothing, Operation
from functions.interface.words import Visibility, Words
from shared.domain.clinic import Clinic
from shared.services.callers import Permission

if TYPE_CHECKING:
    from shared.services.staff.templates import Template


@dataclass(frozen=True, slots=True)
class TemplateQuery:
    __pydantic_config__: ClassVar = CONFIG

    clinic_id: ClinicId = ""
    channel: Channel = ""


class ClinicAnswer(TypedDict):
    """A clinic that the caller may act for."""

    id: Annotated[str, Words("Clinic", "Id of the clinic.")]
    name: Annotated[str, Words("Name", "The clinic's name.")]
    zone: Annotated[str, Words("Time zone", "Its time zone, such as Europe/London.")]
    languages: Annotated[list[str], Words("Languages", "The languages it writes in, the default first.")]
    channels: Annotated[list[str], Words("Channels", "The channels it uses, in its order.")]


class ClinicList(TypedDict):
    """The caller's clinics."""

    value: Annotated[list[ClinicAnswer], Words("Clinics", "The clinics that you may act for.")]


class VariantAnswer(TypedDict):
    """A template in one language."""

    language: Annotated[str, Words("Language", "The language it is written in.")]
    providerName: Annotated[str, Words("Provider's name", "What the provider calls it.")]
    own: Annotated[bool, Words("Own", "True where the clinic has one of its own.")]


class TemplateAnswer(TypedDict):
    """A template that a clinic can send on one channel."""

    name: Annotated[str, Words("Template", "The name by which it is chosen.")]
    title: Annotated[str, Words("Title", "What it is for.")]
    channel: Annotated[str, Words("Channel", "The channel it goes by.")]
    variants: Annotated[list[VariantAnswer], Words("Languages", "It in each language that the clinic offers.")]


class TemplateList(TypedDict):
    """The clinic's templates."""

    value: Annotated[list[TemplateAnswer], Words("Templates", "What can be sent, by channel.")]


class TemplateSchema(TypedDict):
    """What a template is filled with."""

    name: Annotated[str, Words("Template", "The name by which it is chosen.")]
    title: Annotated[str, Words("Title", "What it is for.")]
    channel: Annotated[str, Words("Channel", "The channel it goes by.")]
    schema: Annotated[dict[str, Any], Words("Schema", "The JSON schema of its values, with a title for each.")]


CLINICS = Operation(
    id="ListClinics",
    method=Method.GET,
    path="clinics",
    summary="List clinics",
    description="Lists the clinics that you may act for.",
    permission=Permission.READ,
    query=Nothing,
    body=Nothing,
    answer=ClinicList,
    any_channel=True,
    visibility=Visibility.INTERNAL,
)
TEMPLATES = Operation(
    id="ListTemplates",
    method=Method.GET,
    path="templates",
    summary="List templates",
    description="Lists the templates that a clinic can send on this channel.",
    permission=Permission.READ,
    query=TemplateQuery,
    body=Nothing,
    answer=TemplateList,
    errors=(404,),
    any_channel=True,
    visibility=Visibility.INTERNAL,
)
SCHEMA = Operation(
    id="GetTemplateSchema",
    method=Method.GET,
    path="templates/{name}/schema",
    summary="Get what a template is filled with",
    description="Gets the JSON schema of a template's values, for forms that show a field for each.",
    permission=Permission.READ,
    query=TemplateQuery,
    body=Nothing,
    answer=TemplateSchema,
    errors=(404,),
    any_channel=True,
    visibility=Visibility.INTERNAL,
    path_words={"name": Words("Template", "The template's name, as the list gives it.")},
)
OPERATIONS = (CLINICS, TEMPLATES, SCHEMA)


def clinic_list(clinics: Sequence[Clinic]) -> ClinicList:
    return {"value": [_clinic(clinic) for clinic in clinics]}


def template_list(templates: Sequence[Template]) -> TemplateList:
    return {"value": [_template(template) for template in templates]}


def template_schema(template: Template, schema: Mapping[str, object]) -> TemplateSchema:
    return {"name": template.name, "title": template.title, "channel": template.channel, "schema": dict(schema)}


def _clinic(clinic: Clinic) -> ClinicAnswer:
    names = clinic.name
    return {
        "id": clinic.id,
        "name": names.get(clinic.languages[0]) or next(iter(names.values())),
        "zone": clinic.zone.key,
        "languages": list(clinic.languages),
        "channels": [way.channel for way in clinic.channels],
    }


def _template(template: Template) -> TemplateAnswer:
    variants: list[VariantAnswer] = [
        {"language": one.language, "providerName": one.provider_name, "own": one.own} for one in template.variants
    ]
    return {"name": template.name, "title": template.title, "channel": template.channel, "variants": variants}
