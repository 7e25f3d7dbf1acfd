"""Power Fx read: what binds tighter, what is refused, what a formula comes to."""

from __future__ import annotations

import pytest

from infra.power_platform.app.constants import Colour, values
from infra.power_platform.app.fx.grammar import parse, parse_definitions
from infra.power_platform.app.fx.tokens import FormulaError
from infra.power_platform.app.fx.tree import Binary, Call, Chain, Dot, Name, Number, Record, Text, Unary
from infra.power_platform.app.rules.contrast import ratio


def test_what_binds_tighter_stands_deeper() -> None:
    assert parse('a || b && c = 1 + 2 * 3') == Binary(
        "||",
        Name("a"),
        Binary("&&", Name("b"), Binary("=", Name("c"), Binary("+", Number(1), Binary("*", Number(2), Number(3))))),
    )  # fmt: skip


def test_joining_texts_binds_tighter_than_comparing_them() -> None:
    assert parse('a & "x" = b') == Binary("=", Binary("&", Name("a"), Text("x")), Name("b"))


def test_steps_records_and_members() -> None:
    found = parse('UpdateContext({locA: 1});\nWhatsApp.Op("p", {top: 5}).value')
    assert isinstance(found, Chain)
    call = Call(Name("WhatsApp"), "Op", (Text("p"), Record((("top", Number(5)),))))
    assert found.steps[1] == Dot(call, "value")


@pytest.mark.parametrize("written", ["!IsBlank(x)", "Not IsBlank(x)"])
def test_not_has_two_forms(written: str) -> None:
    found = parse(written)
    assert isinstance(found, Unary)
    assert found.operand == Call(None, "IsBlank", (Name("x"),))


def test_not_is_a_function_as_well() -> None:
    assert parse("Not(x)") == Call(None, "Not", (Name("x"),))


def test_words_join_before_brackets_too() -> None:
    assert parse("a And (b)") == Binary("And", Name("a"), Name("b"))


def test_comments_and_doubled_quotes() -> None:
    assert parse('/* why */ "say ""yes""" // so') == Text('say "yes"')


def test_a_quoted_name_is_a_name() -> None:
    assert parse("'My list'.Value") == Dot(Name("My list"), "Value")


@pytest.mark.parametrize(
    "wrong",
    ["", "(", "a +", "If(a, b", "{a: 1", '"open', "'open", "a b", "{a 1}", "{a: 1, a: 2}", "[1, 2", "a..b", "a §"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(wrong: str) -> None:
    with pytest.raises(FormulaError):
        parse(wrong)


def test_definitions_end_with_a_semicolon_each() -> None:
    assert parse_definitions("A = 1; B = A + 1;")[1][0] == "B"
    with pytest.raises(FormulaError):
        parse_definitions("A = 1; B = 2")


def test_a_colour_is_followed_through_names_branches_and_tables() -> None:
    definitions = dict(
        parse_definitions(
            'Ink = RGBA(1, 2, 3, 1); Rows = Table({code: "a", ink: Ink}, {code: "b", ink: RGBA(9, 9, 9, 1)});'
        )
    )
    both = values(parse('LookUp(Rows, code = "a", ink)'), definitions, {})
    assert both == (Colour(1, 2, 3), Colour(9, 9, 9))
    assert values(parse("If(x, Ink, Color.White)"), definitions, {}) == (Colour(1, 2, 3), Colour(255, 255, 255))
    assert values(parse("Self.Fill"), definitions, {"Fill": parse("Ink")}) == (Colour(1, 2, 3),)
    assert values(parse("Somewhere.Fill"), definitions, {}) == ()


def test_contrast_is_that_of_wcag() -> None:
    black, white, grey = Colour(0, 0, 0), Colour(255, 255, 255), Colour(0x77, 0x77, 0x77)
    assert ratio(black, white) == pytest.approx(21)
    assert ratio(white, grey) == pytest.approx(4.48, abs=0.01)  # the well-known grey that just fails
