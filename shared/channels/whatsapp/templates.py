"""The templates that this service brings along. Their wording is `templates.json`, which a clinician can read."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shared.channels.contract import ShippedTemplate, Variable
from shared.channels.whatsapp.limits import MAX_BUTTON_PAYLOAD, MAX_TEMPLATE_BODY, parameter_problem
from shared.domain.content import TemplateContent
from shared.errors import FieldProblem, InvalidInput

_FILE = Path(__file__).with_name("templates.json")
_VARIABLE = re.compile(r"\{\{(\d+)\}\}")


@dataclass(frozen=True, slots=True)
class LinkButton:
    """A button that opens a web address; `value` names what takes the place of {{1}} in it."""

    label: str
    url: str
    value: str
    example: str

    def definition(self) -> dict[str, object]:
        return {"type": "URL", "text": self.label, "url": self.url, "example": [self.example]}


@dataclass(frozen=True, slots=True)
class Template:
    """One template in one language, as Meta approves it."""

    purpose: str
    language: str
    name: str
    code: str  # Meta's language code
    category: str
    parameters: tuple[str, ...]  # keys of TemplateContent.values, in the order of {{1}}, {{2}} …
    body: str
    footer: str
    buttons: Mapping[str, str]  # answer -> label
    ttl_s: int
    examples: Mapping[str, str]
    link: LinkButton | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """Of all its buttons, as a patient sees them."""
        return (*self.buttons.values(), *((self.link.label,) if self.link else ()))

    def filled(self, values: Sequence[str]) -> str:
        """The body with its variables replaced."""
        return _VARIABLE.sub(lambda match: values[int(match[1]) - 1], self.body)

    def rendered(self, values: Sequence[str]) -> str:
        """All that a patient sees: body, footer, buttons."""
        parts = (self.filled(values), self.footer, "\n".join(f"[{label}]" for label in self.labels))
        return "\n\n".join(part for part in parts if part)

    def described(self) -> ShippedTemplate:
        """For people who choose one."""
        variables = tuple(Variable(name, example=self.examples.get(name, "")) for name in self.parameters)
        return ShippedTemplate(self.purpose, self.language, self.name, "", variables)

    def definition(self) -> dict[str, object]:
        """The body of `POST /{business_account_id}/message_templates` that creates this template."""
        buttons: list[dict[str, object]] = [{"type": "QUICK_REPLY", "text": b} for b in self.buttons.values()]
        buttons += [self.link.definition()] if self.link else []
        return {
            "name": self.name,
            "language": self.code,
            "category": self.category,
            "parameter_format": "POSITIONAL",
            "message_send_ttl_seconds": self.ttl_s,
            "components": [
                {
                    "type": "BODY",
                    "text": self.body,
                    "example": {"body_text": [[self.examples[name] for name in self.parameters]]},
                },
                {"type": "FOOTER", "text": self.footer},
                *([{"type": "BUTTONS", "buttons": buttons}] if buttons else []),
            ],
        }


@dataclass(frozen=True, slots=True)
class FilledTemplate:
    """A template and the values for it, in order; `name` is the clinic's own where it has one."""

    template: Template
    name: str
    values: tuple[str, ...]
    link_value: str = ""

    def wire(self, reference: str) -> dict[str, object]:
        """The `template` object of a send. A button's payload is `<answer>:<reference>`, which binds the reply."""
        payload = {answer: f"{answer}:{reference}" for answer in self.template.buttons}
        components: list[dict[str, object]] = [
            {"type": "body", "parameters": [{"type": "text", "text": value} for value in self.values]}
        ]
        components += [
            {
                "type": "button",
                "sub_type": "quick_reply",
                "index": str(index),
                "parameters": [{"type": "payload", "payload": text if len(text) <= MAX_BUTTON_PAYLOAD else answer}],
            }
            for index, (answer, text) in enumerate(payload.items())
        ]
        if self.template.link:
            parameters = [{"type": "text", "text": self.link_value}]
            place = str(len(self.template.buttons))
            components.append({"type": "button", "sub_type": "url", "index": place, "parameters": parameters})
        return {
            "name": self.name,
            "language": {"code": self.template.code, "policy": "deterministic"},
            "components": components,
        }

    def problems(self) -> tuple[FieldProblem, ...]:
        """What Meta would refuse, named by the fields of TemplateContent."""
        found = [
            FieldProblem(f"values.{name}", problem)
            for name, value in zip(self.template.parameters, self.values, strict=True)
            if (problem := parameter_problem(value))
        ]
        if len(self.template.filled(self.values)) > MAX_TEMPLATE_BODY:
            found.append(FieldProblem("values", f"the whole message must not be longer than {MAX_TEMPLATE_BODY}"))
        return tuple(found)


@cache
def shipped() -> tuple[Template, ...]:
    """Every template of the file."""
    purposes: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))["purposes"]
    return tuple(
        Template(
            purpose=purpose,
            language=language,
            name=entry["name"],
            code=words["code"],
            category=entry["category"],
            parameters=tuple(entry["parameters"]),
            body=words["body"],
            footer=words["footer"],
            buttons=words.get("buttons", {}),
            ttl_s=entry["message_send_ttl_seconds"],
            examples=entry["examples"],
            link=LinkButton(label=words["link"], **entry["link"]) if "link" in entry else None,
        )
        for purpose, entry in purposes.items()
        for language, words in entry["languages"].items()
    )


@cache
def named(name: str, code: str) -> Template | None:
    """The shipped template that Meta knows under `name` and language `code`."""
    return next((t for t in shipped() if t.name == name and t.code == code), None)


def fill(content: TemplateContent) -> FilledTemplate:
    """Raises InvalidInput if there is no template for this purpose and language, or a value is missing."""
    template = _for_purpose(content.purpose, content.language)
    missing = [
        FieldProblem(f"values.{name}", "is missing") for name in template.parameters if name not in content.values
    ]
    if template.link and not content.values.get(template.link.value):
        missing.append(FieldProblem(f"values.{template.link.value}", "is missing"))
    if missing:
        raise InvalidInput("The WhatsApp template needs a value that is missing.", missing)
    values = tuple(content.values[name] for name in template.parameters)
    link = content.values[template.link.value] if template.link else ""
    return FilledTemplate(template, content.provider_template or template.name, values, link)


@cache
def _for_purpose(purpose: str, language: str) -> Template:
    languages = {template.language: template for template in shipped() if template.purpose == purpose}
    if language in languages:
        return languages[language]
    field = "language" if languages else "purpose"
    raise InvalidInput(
        f"WhatsApp has no template for this {field}.", [FieldProblem(field, "WhatsApp has no template for it")]
    )
