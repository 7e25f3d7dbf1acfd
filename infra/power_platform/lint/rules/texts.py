"""What makers read: every summary and description, in the form that Microsoft's string guidance asks for."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from infra.power_platform.lint.inputs_shown import all_inputs
from infra.power_platform.lint.json_places import at, text
from infra.power_platform.lint.registry import Fault, error
from infra.power_platform.lint.rules.info import INFO
from infra.power_platform.lint.view import ConnectorView
from infra.power_platform.lint.vocabulary import limit, product_names, words_not_in_a_title

_PHRASE = re.compile(r"[A-Za-z0-9()]+( [A-Za-z0-9()]+)*")
_PUNCTUATION = (".", "!", "?")


class Texts(NamedTuple):
    """The two texts of an operation or an input, and whether makers see it."""

    what: str
    place: str
    summary: str
    summary_place: str
    description: str
    shown: bool

    @property
    def description_place(self) -> str:
        return at(self.place, "description")


def _of_operations(view: ConnectorView) -> Iterator[Texts]:
    for operation in view.operations:
        if operation.raw:
            summary, description = text(operation.raw.get("summary")), text(operation.raw.get("description"))
            yield Texts(operation.label, operation.place, summary, at(operation.place, "summary"), description, True)


def _of_inputs(view: ConnectorView) -> Iterator[Texts]:
    for one in all_inputs(view):
        yield Texts(one.name, one.place, one.summary, one.summary_place, one.description, not one.internal)


def _all(view: ConnectorView) -> Iterator[Texts]:
    yield from _of_operations(view)
    yield from _of_inputs(view)


def operation_summary(view: ConnectorView) -> Iterator[Fault]:
    for one in _of_operations(view):
        if not one.summary.strip():
            yield Fault(one.summary_place, f"{one.what} has no summary.")


def operation_description(view: ConnectorView) -> Iterator[Fault]:
    for one in _of_operations(view):
        if not one.description.strip():
            yield Fault(one.description_place, f"{one.what} has no description.")


def input_summary(view: ConnectorView) -> Iterator[Fault]:
    for one in _of_inputs(view):
        if one.shown and not one.summary.strip():
            yield Fault(one.summary_place, f"{one.what} has no x-ms-summary (in a body: or title).")


def input_description(view: ConnectorView) -> Iterator[Fault]:
    for one in _of_inputs(view):
        if one.shown and not one.description.strip():
            yield Fault(one.description_place, f"{one.what} has no description.")


def _too_long(one: Texts) -> Iterator[Fault]:
    if len(one.summary) > limit("summary"):
        yield Fault(one.summary_place, f"{len(one.summary)} characters; {limit('summary')} are allowed.")


def operation_summary_length(view: ConnectorView) -> Iterator[Fault]:
    for one in _of_operations(view):
        yield from _too_long(one)


def input_summary_length(view: ConnectorView) -> Iterator[Fault]:
    for one in _of_inputs(view):
        yield from _too_long(one)


def characters(view: ConnectorView) -> Iterator[Fault]:
    for one in _all(view):
        if one.shown and one.summary.strip() and _PHRASE.fullmatch(one.summary) is None:
            said = "Letters, digits, single spaces and parentheses only."
            yield Fault(one.summary_place, f"{said} This is {one.summary!r}.")


def description_says_more(view: ConnectorView) -> Iterator[Fault]:
    for one in _all(view):
        known = {_plain(one.summary), _plain(one.what.rpartition("/")[2])}
        if one.description.strip() and _plain(one.description) in known:
            yield Fault(one.description_place, f"The description of {one.what} only repeats its name.")


def _plain(words: str) -> str:
    return words.strip(" .!?").casefold()


def punctuation(view: ConnectorView) -> Iterator[Fault]:
    for one in _all(view):
        if one.shown and one.description.strip() and not one.description.endswith(_PUNCTUATION):
            yield Fault(one.description_place, "A description is a sentence: end it with a full stop.")


def _in_public(view: ConnectorView) -> Iterator[tuple[str, str]]:
    """Place and text of what the connector's page and the designer show."""
    for field in ("title", "description"):
        yield at(INFO, field), text(view.info.get(field))
    for one in _all(view):
        yield one.summary_place, one.summary
        yield one.description_place, one.description


def restricted_words(view: ConnectorView) -> Iterator[Fault]:
    for place, words in _in_public(view):
        restricted = product_names() + (words_not_in_a_title() if place == at(INFO, "title") else ())
        for word in restricted:
            if re.search(rf"\b{re.escape(word)}\b", words, re.IGNORECASE):
                yield Fault(place, f"Do not write {word!r} here.")


def english(view: ConnectorView) -> Iterator[Fault]:
    for place, words in _in_public(view):
        foreign = next((letter for letter in words if letter.isalpha() and not letter.isascii()), "")
        if foreign:
            yield Fault(place, f"Texts of a connector are in English; here stands {foreign!r}.")


RULES = (
    error("OperationSummaryRequired", operation_summary),
    error("OperationDescriptionRequired", operation_description),
    error("ParameterSummaryRequired", input_summary),
    error("ParameterDescriptionRequired", input_description),
    error("OperationSummaryTooLong", operation_summary_length),
    error("ParameterSummaryTooLong", input_summary_length),
    error("RestrictedCharactersInSummary", characters),
    error("DescriptionRepeatsSummary", description_says_more),
    error("DescriptionWithoutPunctuation", punctuation),
    error("ValueContainsRestrictedWords", restricted_words),
    error("ValueMustBeInEnglish", english),
)
