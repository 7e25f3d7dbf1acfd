"""The readme: the headings of Microsoft's template, and something under each of them."""

import re
from collections.abc import Iterator, Mapping

from infra.power_platform.lint.registry import Fault, error
from infra.power_platform.lint.view import ConnectorView
from infra.power_platform.lint.vocabulary import readme_headings

README = "readme.md"
_HEADING = re.compile(r"^(#{1,2})\s+(.+?)\s*#*\s*$")
_FENCE = re.compile(r"^\s*(```|~~~)")
_TEMPLATE = re.compile(r"^(Required|Optional)\.")  # the template's own words were left standing


def _wanted(view: ConnectorView) -> list[str]:
    headings = readme_headings()
    return [*headings["always"], *headings[view.files.publisher]]


def _sections(view: ConnectorView) -> Mapping[str, str]:
    """The text under each heading of the first two levels; the title's key is empty."""
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    fenced = False
    for line in view.files.readme.splitlines():
        fenced ^= bool(_FENCE.match(line))
        heading = None if fenced else _HEADING.match(line)
        if heading is None:
            lines.append(line)
        else:
            name, _, rest = ("", "", "") if heading[1] == "#" else heading[2].partition(":")
            lines = sections.setdefault(name.strip().casefold(), [])
            lines.append(rest.strip())
    return {name: "\n".join(text).strip() for name, text in sections.items()}


def present(view: ConnectorView) -> Iterator[Fault]:
    if not view.files.readme.strip():
        yield Fault(README, "There is no readme.")


def title(view: ConnectorView) -> Iterator[Fault]:
    if view.files.readme.strip() and "" not in _sections(view):
        yield Fault(README, "The readme begins with the connector's name as its title ('# …').")


def headings(view: ConnectorView) -> Iterator[Fault]:
    sections = _sections(view)
    for name in _wanted(view) if view.files.readme.strip() else ():
        if name.casefold() not in sections:
            yield Fault(README, f"The heading '## {name}' is missing.")


def filled(view: ConnectorView) -> Iterator[Fault]:
    sections = _sections(view)
    for name in ("", *_wanted(view)):
        written = sections.get(name.casefold())
        if written is not None and (not written or _TEMPLATE.match(written)):
            yield Fault(README, f"Nothing stands under {name or 'the title'}.")


RULES = (
    error("ReadmeMissing", present),
    error("ReadmeTitleMissing", title),
    error("ReadmeHeadingMissing", headings),
    error("ReadmeSectionEmpty", filled),
)
