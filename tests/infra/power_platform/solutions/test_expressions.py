"""The expression language: what can be read, what cannot, and where in a text expressions stand."""

import pytest

from infra.power_platform.solutions.expressions import (
    Access,
    Call,
    ExpressionInvalid,
    Literal,
    arguments_of,
    functions,
    parse,
    parts_of,
    walk,
)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("'it''s'", Literal("it's")),
        ("-12", Literal(-12)),
        ("1.5e3", Literal(1500.0)),
        ("true", Literal(True)),
        ("null", Literal(None)),
        ("utcNow()", Call("utcNow", ())),
        ("add( 1 , 2 )", Call("add", (Literal(1), Literal(2)))),
        ("body('A')?['x']", Access(Call("body", (Literal("A"),)), Literal("x"), safe=True)),
        ("body('A')['x']", Access(Call("body", (Literal("A"),)), Literal("x"), safe=False)),
        ("outputs('A')?[0]", Access(Call("outputs", (Literal("A"),)), Literal(0), safe=True)),
        ("outputs('A')?.x", Access(Call("outputs", (Literal("A"),)), Literal("x"), safe=True)),
        ("item()", Call("item", ())),
        ("parameters('Clinic (ptm_ClinicId)')", Call("parameters", (Literal("Clinic (ptm_ClinicId)"),))),
    ],
)
def test_an_expression_becomes_a_tree(text: str, tree: object) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "value is missing"),
        ("concat('a'", "')' is missing"),
        ("concat('a',)", "value is missing"),
        ("concat('a' 'b')", "')' is missing"),
        ("body('A", "never closed"),
        ("body('A')?['x'", "']' is missing"),
        ("body('A')?", "question mark"),
        ("body('A')?.1", "name is missing"),
        ("body('A') body('B')", "comes after the end"),
        ("name", "neither a value nor"),
        ("1 + 2", "belongs to no expression"),
        ("equals(a, 1)", "neither a value nor"),
        ('concat("a")', "belongs to no expression"),
        ("body('A'))", "comes after the end"),
    ],
)
def test_what_is_no_expression_is_refused_with_its_reason(text: str, says: str) -> None:
    with pytest.raises(ExpressionInvalid, match=says.replace("(", r"\(").replace(")", r"\)")):
        parse(text)


@pytest.mark.parametrize(
    ("text", "plain", "expressions"),
    [
        ("Hello", ["Hello"], []),
        ("", [], []),
        ("@utcNow()", [], ["utcNow()"]),
        ("At @{utcNow()}, @{guid()}!", ["At ", ", ", "!"], ["utcNow()", "guid()"]),
        ("@{utcNow()}", [], ["utcNow()"]),
        ("@@everybody", ["@everybody"], []),
        ("Write @@{x}", ["Write @{x}"], []),
        ("desk@clinic.example", ["desk@clinic.example"], []),
        ("@{replace('}', '}', '{')}", [], ["replace('}', '}', '{')"]),
        ("@{concat('it''s }')}", [], ["concat('it''s }')"]),
    ],
)
def test_expressions_stand_whole_or_within_a_text(text: str, plain: list[str], expressions: list[str]) -> None:
    parts = parts_of(text)
    assert [part.text for part in parts if part.node is None] == plain
    assert [part.text for part in parts if part.node is not None] == expressions


def test_an_inserted_expression_that_is_never_closed_is_refused() -> None:
    with pytest.raises(ExpressionInvalid, match="never closed"):
        parts_of("Hello @{utcNow()")


def test_functions_are_known_in_any_case() -> None:
    assert arguments_of("ToUpper") == (1, 1)
    assert arguments_of("concat") == (1, None)
    assert arguments_of("upper") is None
    assert len(functions()) > 120


def test_everything_within_an_expression_is_walked_over() -> None:
    names = [node.name for node in walk(parse("if(empty(body('A')?['x']), first(body('B'))?[variables('n')], 'z')"))
             if isinstance(node, Call)]  # fmt: skip
    assert names == ["if", "empty", "body", "first", "body", "variables"]
