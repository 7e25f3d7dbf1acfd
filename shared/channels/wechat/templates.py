"""Template messages as data (`templates.json`): which typed field of which template holds which of our values."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from shared.channels.contract import ShippedTemplate, Variable
from shared.channels.wechat.keywords import as_moment, keyword_type, problem_with, shortened, without_emoji
from shared.domain.content import TemplateContent
from shared.errors import ConfigurationError, FieldProblem

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_MOMENT_TYPES = frozenset({"time", "date"})
PROPOSAL_KEYS = frozenset({"first", "keyword1", "keyword2", "keyword3", "remark"})


@dataclass(frozen=True, slots=True)
class TemplateField:
    """One line of a template: its typed key, the label that a patient reads, and what stands there."""

    key: str
    label: str
    text: str = ""
    shorten: bool = False
    if_empty: str = ""

    def filled(self, values: Mapping[str, str]) -> str:
        """The value for WeChat. Times are put into WeChat's form; only a `thing` that says so is cut."""
        text = _PLACEHOLDER.sub(lambda match: values.get(match[1], ""), self.text).strip()
        if keyword_type(self.key) in _MOMENT_TYPES:
            return as_moment(text) or text
        text = without_emoji(text) or self.if_empty
        return shortened(text) if self.shorten else text


@dataclass(frozen=True, slots=True)
class Filled:
    """A template with its values: what WeChat gets and what a patient reads. Patient data: never log one."""

    template_id: str
    fields: Mapping[str, str]
    text: str
    problems: tuple[FieldProblem, ...]
    url: str = ""


@dataclass(frozen=True, slots=True)
class TemplateDefinition:
    """A template of an account. `proposal` maps keys of the proposal's body to this template's keys."""

    id: str
    title: str
    fields: tuple[TemplateField, ...]
    purpose: str = ""
    language: str = ""
    proposal: Mapping[str, str] = field(default_factory=dict)
    url: str = ""  # where the message leads when it is tapped

    def fill(self, values: Mapping[str, str]) -> Filled:
        """Fills every field; `problems` name those that WeChat would refuse."""
        filled = {f.key: f.filled(values) for f in self.fields}
        problems = tuple(
            FieldProblem(f"{self.purpose}.{key}", advice)
            for key, value in filled.items()
            if (advice := problem_with(key, value))
        )
        url = _PLACEHOLDER.sub(lambda match: values.get(match[1], ""), self.url)
        if self.url and not url:
            problems += (FieldProblem(f"{self.purpose}.url", "The template needs an address that it leads to."),)
        return Filled(self.id, filled, self.shown(filled), problems, url)

    def described(self) -> ShippedTemplate:
        """For people who choose one: by our values where it has a purpose, else by its own fields."""
        if not self.purpose:
            own = tuple(Variable(f.key, f.label) for f in self.fields)
            return ShippedTemplate("", self.language, self.id, self.title, own)
        labels = {name: f.label for f in reversed(self.fields) for name in _PLACEHOLDER.findall(f.text)}
        names = dict.fromkeys(name for f in self.fields for name in _PLACEHOLDER.findall(f.text))
        variables = tuple(Variable(name, labels[name]) for name in names)
        return ShippedTemplate(self.purpose, self.language, self.id, self.title, variables)

    def shown(self, values: Mapping[str, str]) -> str:
        """What a patient reads: the title and a line for each field."""
        return "\n".join([self.title, *(f"{f.label}：{values.get(f.key, '')}" for f in self.fields)])


class Templates:
    """The templates of one account."""

    def __init__(self, definitions: Sequence[TemplateDefinition]) -> None:
        self._by_id = {d.id: d for d in definitions}
        self._by_purpose = {(d.purpose, d.language): d for d in definitions if d.purpose}

    @property
    def definitions(self) -> Sequence[TemplateDefinition]:
        return tuple(self._by_id.values())

    def by_id(self, template_id: str) -> TemplateDefinition | None:
        return self._by_id.get(template_id)

    def find(self, content: TemplateContent) -> TemplateDefinition | None:
        """The definition for a content; a clinic's own id takes the shipped fields unless it is defined itself.

        None: there is no template for that purpose and language.
        """
        own = self._by_id.get(content.provider_template)
        shipped = self._by_purpose.get((content.purpose, content.language))
        if own is not None or shipped is None:
            return own
        return replace(shipped, id=content.provider_template) if content.provider_template else shipped

    @classmethod
    def from_json(cls, text: str, file_name: str) -> "Templates":
        """Raises ConfigurationError that names file and template, field by field."""
        problems: list[FieldProblem] = []
        try:
            rows = json.loads(text)["templates"]
            definitions = [_definition(row, f"templates[{i}]", problems) for i, row in enumerate(rows)]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ConfigurationError(f"{file_name}: not a file of WeChat templates") from None
        if problems:
            listed = "; ".join(f"{p.field}: {p.message}" for p in problems)
            raise ConfigurationError(f"{file_name}: {listed}", problems)
        return cls(definitions)


@cache
def shipped_templates() -> Templates:
    """The templates of `templates.json`, read once."""
    path = Path(__file__).with_name("templates.json")
    return Templates.from_json(path.read_text(encoding="utf-8"), path.name)


def _definition(row: Mapping[str, Any], place: str, problems: list[FieldProblem]) -> TemplateDefinition:
    fields = tuple(_field(f, f"{place}.fields[{i}]", problems) for i, f in enumerate(row["fields"]))
    keys = {f.key for f in fields}
    proposal = dict(row.get("proposal", {}))
    for source, target in proposal.items():
        if source not in PROPOSAL_KEYS or target not in keys:
            problems.append(FieldProblem(f"{place}.proposal.{source}", "maps to no field of this template"))
    return TemplateDefinition(
        id=str(row["id"]),
        title=str(row["title"]),
        fields=fields,
        purpose=str(row.get("purpose", "")),
        language=str(row.get("language", "")),
        proposal=proposal,
        url=str(row.get("url", "")),
    )


def _field(row: Mapping[str, Any], place: str, problems: list[FieldProblem]) -> TemplateField:
    made = TemplateField(
        key=str(row["key"]),
        label=str(row["label"]),
        text=str(row.get("text", "")),
        shorten=row.get("too_long") == "shorten",
        if_empty=str(row.get("if_empty", "")),
    )
    if not keyword_type(made.key):
        problems.append(FieldProblem(f"{place}.key", "is no type of WeChat with a number, such as thing1"))
    if made.shorten and keyword_type(made.key) != "thing":
        problems.append(FieldProblem(f"{place}.too_long", "only a thing may be shortened, never a time or a reference"))
    return made
