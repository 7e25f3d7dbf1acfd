"""What certification does not refuse but makers notice: names, casing, repetition (string guidance)."""

import json
import re
from collections.abc import Iterator

from infra.power_platform.lint.inputs_shown import all_inputs
from infra.power_platform.lint.json_places import DEFINITION, at, text
from infra.power_platform.lint.registry import Fault, warning
from infra.power_platform.lint.view import ConnectorView, Operation
from infra.power_platform.lint.vocabulary import proper_nouns, small_words

_PASCAL = re.compile(r"([A-Z][A-Za-z0-9]*)(_V\d+)?")
_WORD = re.compile(r"[A-Za-z0-9']+")
_TRIGGER_SUMMARY = re.compile(r"When an? .+")
_TRIGGER_DESCRIPTION = "This operation triggers when "


def _shown(view: ConnectorView) -> Iterator[Operation]:
    return (operation for operation in view.operations if operation.raw and not operation.internal)


def pascal_case(view: ConnectorView) -> Iterator[Fault]:
    for operation in view.operations:
        if operation.id and _PASCAL.fullmatch(operation.id) is None and operation.id[0].islower():
            yield Fault(at(operation.place, "operationId"), f"Capitalize every word of {operation.id}, the first too.")


def trigger_summary(view: ConnectorView) -> Iterator[Fault]:
    for operation in _shown(view):
        summary = text(operation.raw.get("summary"))
        if operation.is_trigger and summary and _TRIGGER_SUMMARY.fullmatch(summary) is None:
            yield Fault(at(operation.place, "summary"), "The summary of a trigger begins with 'When a'.")


def trigger_description(view: ConnectorView) -> Iterator[Fault]:
    for operation in _shown(view):
        description = text(operation.raw.get("description"))
        if operation.is_trigger and description and not description.startswith(_TRIGGER_DESCRIPTION):
            said = f"The description of a trigger begins with '{_TRIGGER_DESCRIPTION.strip()}'."
            yield Fault(at(operation.place, "description"), said)


def trigger_hint(view: ConnectorView) -> Iterator[Fault]:
    for operation in _shown(view):
        if operation.is_trigger and not text(operation.raw.get("x-ms-trigger-hint")).strip():
            yield Fault(at(operation.place, "x-ms-trigger-hint"), "Say how a maker can make it fire.")


def sentence_case(view: ConnectorView) -> Iterator[Fault]:
    for operation in _shown(view):
        first, *others = _WORD.findall(text(operation.raw.get("summary"))) or [""]
        wrong = [word for word in others if word.istitle() and len(word) > 1 and word not in proper_nouns()]
        if first[:1].islower() or wrong:
            said = f"Only the first word has a capital: {', '.join(wrong) or first}."
            yield Fault(at(operation.place, "summary"), said)


def title_case(view: ConnectorView) -> Iterator[Fault]:
    for one in all_inputs(view):
        words = [] if one.internal else _WORD.findall(one.summary)
        wrong = [
            word
            for number, word in enumerate(words)
            if word[0].islower() and not any(map(str.isupper, word)) and (number == 0 or word not in small_words())
        ]
        if wrong:
            yield Fault(one.summary_place, f"Capitalize the words of a name: {', '.join(wrong)}.")


def indentation(view: ConnectorView) -> Iterator[Fault]:
    for number, line in enumerate(view.files.written.splitlines(), start=1):
        indent = line[: len(line) - len(line.lstrip())]
        if "\t" in indent or len(indent) % 4 or line != line.rstrip():
            yield Fault(DEFINITION, f"Line {number}: indent by four spaces, and leave none at the end.")
            return


def repeated_parameters(view: ConnectorView) -> Iterator[Fault]:
    first: dict[str, Operation] = {}
    for operation in view.operations:
        for parameter in operation.parameters:
            if parameter.inline and parameter.location != "body":
                same = first.setdefault(json.dumps(parameter.raw, sort_keys=True), operation)
                if same is not operation:
                    said = f"{parameter.name} stands in {same.label} too: move it to #/parameters."
                    yield Fault(parameter.place, said)


def known_errors(view: ConnectorView) -> Iterator[Fault]:
    for operation in _shown(view):
        if operation.responses and not any(response.code[0] in "45" for response in operation.responses):
            yield Fault(at(operation.place, "responses"), f"List the errors that {operation.label} may answer.")


RULES = (
    warning("OperationIdNotPascalCase", pascal_case),
    warning("TriggerSummaryStyle", trigger_summary),
    warning("TriggerDescriptionStyle", trigger_description),
    warning("TriggerHintMissing", trigger_hint),
    warning("SummaryNotInSentenceCase", sentence_case),
    warning("ParameterSummaryNotInTitleCase", title_case),
    warning("IndentationNotFourSpaces", indentation),
    warning("RepeatedParameter", repeated_parameters),
    warning("KnownErrorsNotListed", known_errors),
)
