"""Which templates a clinic can send, and what each is filled with: for drop-downs and the forms behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.channels.contract import ShippedTemplate, Variable
from shared.domain.clinic import Clinic, ClinicChannel
from shared.errors import NotFound
from shared.services.ports import OpenChannel
from shared.services.staff.report import ANY_CHANNEL
from shared.wording import Wording

LONGEST_VALUE = 200  # characters; above what any provider shows of one value


@dataclass(frozen=True, slots=True)
class Variant:
    """A template in one language of the clinic's. `provider_name`: what the provider calls it; `own`: the clinic's."""

    language: str
    provider_name: str
    own: bool


@dataclass(frozen=True, slots=True)
class Template:
    """What a clinic can send on one channel. `name`: the purpose, or the provider's name of one that has none."""

    name: str
    title: str
    channel: str
    variants: tuple[Variant, ...]
    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTemplates:
    """Reading only, from the channels' own files and the clinic's."""

    open_channel: OpenChannel
    wording: Wording

    async def __call__(self, clinic: Clinic, channel: str) -> Sequence[Template]:
        """By channel, in the clinic's order. `channel`: only this one, or `any`."""
        found: list[Template] = []
        for way in clinic.channels:
            if channel in (ANY_CHANNEL, way.channel):
                shipped = (await self.open_channel(way.channel, way.account)).templates()
                found += self._of_channel(clinic, way, shipped)
        return found

    async def schema(self, clinic: Clinic, channel: str, name: str) -> tuple[Template, Mapping[str, object]]:
        """The template and the JSON schema of its values. Raises NotFound."""
        found = next((one for one in await self(clinic, channel) if one.name == name), None)
        if found is None:
            raise NotFound("There is no such template at this clinic.")
        properties = {variable.name: self._property(variable, clinic) for variable in found.variables}
        return found, {
            "type": "object",
            "title": found.title,
            "properties": properties,
            "required": list(properties),
        }

    def _of_channel(self, clinic: Clinic, way: ClinicChannel, shipped: Sequence[ShippedTemplate]) -> Sequence[Template]:
        """Of a purpose the languages that the clinic offers; what has no purpose is there for whoever names it."""
        names = dict.fromkeys(one.purpose or one.name for one in shipped)
        groups = {name: [one for one in shipped if name == (one.purpose or one.name)] for name in names}
        made = (self._template(clinic, way, name, group) for name, group in groups.items())
        return [one for one in made if one.variants]

    def _template(self, clinic: Clinic, way: ClinicChannel, name: str, group: Sequence[ShippedTemplate]) -> Template:
        own = way.templates.get(name, {})
        offered = [one for one in group if not one.purpose or one.language in clinic.languages]
        variants = tuple(Variant(one.language, own.get(one.language, one.name), one.language in own) for one in offered)
        variables = {variable.name: variable for one in offered for variable in one.variables}
        said = self.wording.explained(("template",), name, clinic.languages[0])
        title = said.meaning if said else next((one.title for one in offered if one.title), name)
        return Template(name, title, way.channel, variants, tuple(variables.values()))

    def _property(self, variable: Variable, clinic: Clinic) -> Mapping[str, object]:
        said = self.wording.explained(("template_value",), variable.name, clinic.languages[0])
        title = said.meaning if said else variable.label or variable.name.replace("_", " ").capitalize()
        described = {"type": "string", "maxLength": LONGEST_VALUE, "title": title}
        if said and said.to_do:
            described["description"] = said.to_do
        return {**described, "example": variable.example} if variable.example else described
