"""The templates of the simulated account: the shipped ones are approved, more can be created."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.channels.whatsapp.simulator.graph_answer import Refused
from shared.channels.whatsapp.templates import shipped

_VARIABLE = re.compile(r"\{\{(\w+)\}\}")
_STOPPED = {"PAUSED": 132015, "DISABLED": 132016}


_EXAMPLE = re.compile(r"^https://app\.example(?=/)")  # in the shipped ones, for the app's own address


@dataclass(slots=True)
class SimulatedTemplate:
    """One template as the account holds it."""

    name: str
    language: str
    category: str
    body: str
    footer: str
    buttons: tuple[str, ...]
    links: Mapping[int, str]  # by place of the button: the address, {{1}} standing for what a send gives
    status: str = "APPROVED"

    @property
    def variables(self) -> int:
        return len(set(_VARIABLE.findall(self.body)))

    def rendered(self, values: Sequence[str]) -> str:
        body = _VARIABLE.sub(lambda match: values[int(match[1]) - 1], self.body)
        return "\n\n".join(part for part in (body, self.footer, "\n".join(f"[{b}]" for b in self.buttons)) if part)


class SimulatedTemplates:
    """Holds them by name and language."""

    def __init__(self) -> None:
        self._by_name: dict[tuple[str, str], SimulatedTemplate] = {}
        for template in shipped():
            self.create(template.definition())

    def create(self, definition: Mapping[str, Any], status: str = "APPROVED") -> SimulatedTemplate:
        """From the body of `POST /{business_account_id}/message_templates`. Raises Refused."""
        try:
            made = _from_definition(definition)
        except (KeyError, TypeError, AttributeError):
            raise Refused(100, "Invalid parameter") from None
        if not re.fullmatch(r"[a-z0-9_]{1,512}", made.name) or not 0 < len(made.body) <= 1024:
            raise Refused(100, "Invalid parameter")
        made.status = status
        self._by_name[made.name, made.language] = made
        return made

    def lead_to(self, public_url: str) -> None:
        """As if the templates had been registered with the app's own address in their links."""
        for template in self._by_name.values():
            template.links = {place: _EXAMPLE.sub(public_url, url) for place, url in template.links.items()}

    def set_status(self, name: str, language: str, status: str) -> None:
        self._by_name[name, language].status = status

    def usable(self, name: str, language: str) -> SimulatedTemplate:
        """Raises Refused as Meta does: unknown, not approved, paused or disabled."""
        template = self._by_name.get((name, language))
        if template is None or template.status not in ("APPROVED", *_STOPPED):
            raise Refused(132001, f"template name ({name}) does not exist in {language}")
        if template.status in _STOPPED:
            raise Refused(_STOPPED[template.status], f"template is {template.status.lower()}")
        return template

    def listed(self) -> list[dict[str, object]]:
        return [
            {"id": str(1000 + i), "name": t.name, "language": t.language, "status": t.status, "category": t.category}
            for i, t in enumerate(self._by_name.values())
        ]


def _from_definition(definition: Mapping[str, Any]) -> SimulatedTemplate:
    parts = {str(part["type"]).upper(): part for part in definition["components"]}
    buttons = parts.get("BUTTONS", {}).get("buttons", ())
    return SimulatedTemplate(
        name=str(definition["name"]),
        language=str(definition["language"]),
        category=str(definition["category"]),
        body=str(parts["BODY"]["text"]),
        footer=str(parts.get("FOOTER", {}).get("text", "")),
        buttons=tuple(str(b["text"]) for b in buttons),
        links={i: str(b["url"]) for i, b in enumerate(buttons) if str(b["type"]).upper() == "URL"},
    )
