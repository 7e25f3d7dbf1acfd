"""An alert has all its parts, and listens to what the app really says."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.azure.bicep import BicepFile, resources
from infra.azure.finding import Finding
from infra.azure.source import CODE, Files

TABLE = "AppTraces"  # where the app's lines are
MUST_RUN = "timer_ran"  # the line of a timer that went well (functions/edge/alive.py)
_COMPARED = re.compile(r"(\w+) (==|startswith|!?contains) ")
_BEGINS = re.compile(r'startswith "([^"]*)"')
_SAID = re.compile(r"(\w+)(?: (\w+)=(\w*))? ?")
_HOLDS = re.compile(r'contains "(\w+)=(\w+)"')


class Alert(BaseModel):
    """Limits: learn.microsoft.com, scheduledQueryRules. An action group's mail begins with `name`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    text: str
    query: str
    minutes: Literal[5, 10, 15, 30, 60]
    severity: Annotated[int, Field(ge=0, le=4)]
    when: Literal["GreaterThan", "LessThan"]
    threshold: Annotated[int, Field(ge=0)]


def alerts(parsed: Mapping[str, BicepFile], files: Files) -> Iterator[Finding]:
    code = "\n".join(text for path, text in files.items() if path.startswith(CODE))
    rules = list(resources(parsed, "Microsoft.Insights/scheduledQueryRules"))
    if not rules:
        yield Finding("infra/azure", "alerts", "there are none")
    for one in rules:
        for given in parsed[one.place].variables.get("alerts", ()):
            for text in _wrong(given, code):
                yield Finding(one.place, "alerts", f"{given.get('name')}: {text}")
    for one in resources(parsed, "Microsoft.Insights/actionGroups"):
        name = str(one.body.get("properties", {}).get("groupShortName"))
        if not 1 <= len(name) <= 12:
            yield Finding(one.place, "alerts", f"{one.symbol}: groupShortName has more than 12 characters")


def _wrong(given: Mapping[str, Any], code: str) -> Iterator[str]:
    try:
        alert = Alert.model_validate(given)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            yield f"{'.'.join(map(str, one['loc']))}: {one['msg']}"
        return
    yield from _columns(alert)
    for begin in _BEGINS.findall(alert.query):
        yield from _unsaid(begin, code)
    for key, value in _HOLDS.findall(alert.query):
        if f"{key}=" not in code or not re.search(rf'"{value}"', code):
            yield f"the app never logs {key}={value}"
    yield from _silence(alert)


def _columns(alert: Alert) -> Iterator[str]:
    if alert.query.partition(" ")[0] != TABLE:
        yield f"it looks elsewhere than in {TABLE}"
    for column, how in _COMPARED.findall(alert.query):
        if column != "Message":
            yield f"{TABLE} has no column {column}"
        elif how == "==":
            yield "a line goes on after its first word: it never equals it"


def _unsaid(begin: str, code: str) -> Iterator[str]:
    """The first word of a line, the first field of it, and what that may be."""
    said = _SAID.fullmatch(begin)
    if said is None or not (said[3] or begin.endswith((" ", "="))):
        yield f"{begin!r} ends within a word"
        return
    word, key, value = said.groups()
    if f'"{word} {key}=' not in code if key else f'"{word} ' not in code:
        yield f"the app never logs {word} {key or ''}".rstrip()
    if value and not re.search(rf"\b{value}\b", code):
        yield f"the app has no word {value}"


def _silence(alert: Alert) -> Iterator[str]:
    """What must run is missed when it is too rare; what goes wrong, when it is too often."""
    must_run = f'"{MUST_RUN} ' in alert.query
    if must_run != (alert.when == "LessThan") or (must_run and not alert.threshold):
        yield "it would be silent when nothing runs"
