"""A flow as rules look at it: which step is over when another begins, and what an expression gives."""

import json
from typing import Any

import pytest

from infra.power_platform.solutions.contracts import (
    ANY,
    Connector,
    Contract,
    Kind,
    connector_of,
    list_of,
    record,
    scalar,
)
from infra.power_platform.solutions.expressions import parse
from infra.power_platform.solutions.finding import SolutionUnreadable
from infra.power_platform.solutions.workflow import Flow, Shapes, finished_before, read_flow


def after(*names: str, **more: Any) -> dict[str, Any]:
    return {"type": "Compose", "inputs": "x", "runAfter": {name: ["Succeeded"] for name in names}, **more}


def flow(actions: dict[str, Any], trigger: dict[str, Any] | None = None) -> Flow:
    definition = {"triggers": {"manual": trigger or {"type": "Recurrence"}}, "actions": actions}
    references = {"clinic": {"api": {"name": "shared_clinic"}}}
    written = {"properties": {"definition": definition, "connectionReferences": references}}
    return read_flow("Workflows/x.json", json.dumps(written).encode())


NESTED = flow(
    {
        "First": after(),
        "Choice": after("First", type="If", expression="@true", actions={"Yes": after(), "Then": after("Yes")},
                        **{"else": {"actions": {"No": after()}}}),
        "Loop": after("Choice", type="Foreach", foreach="@createArray(1)",
                      actions={"Turn": after(), "Rest": after("Turn")}),
        "Round": after("Loop", type="Until", expression="@true", actions={"Again": after()}),
        "Cases": after("Round", type="Switch", expression="@1", cases={"One": {"case": 1, "actions": {"A": after()}}},
                       default={"actions": {"B": after()}}),
        "Last": after("Cases"),
        "Beside": after("First"),
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("earlier", "later", "over"),
    [
        ("First", "Last", True),
        ("First", "Then", True),
        ("First", "A", True),
        ("Yes", "Then", True),
        ("Yes", "Last", True),
        ("Then", "A", True),
        ("Again", "Last", True),
        ("Last", "First", False),
        ("Then", "Yes", False),
        ("Yes", "No", False),
        ("A", "B", False),
        ("Turn", "Rest", True),
        ("Turn", "Last", False),  # of which turn?
        ("Loop", "Turn", False),
        ("Beside", "Last", False),
        ("Last", "Last", False),
    ],
)
def test_what_is_over_when_a_step_begins(earlier: str, later: str, over: bool) -> None:
    first, second = NESTED.action(earlier), NESTED.action(later)
    assert first is not None
    assert second is not None
    assert finished_before(NESTED, first, second) is over


def test_a_circle_ends_the_search() -> None:
    circle = flow({"A": after("B"), "B": after("A")})
    a, b = circle.actions
    assert finished_before(circle, a, b)
    assert finished_before(circle, b, a)


@pytest.mark.parametrize(
    "written", [b"", b"[]", b'{"properties": {}}', b'{"properties": {"definition": {"triggers": 1}}}']
)
def test_what_is_no_flow_is_refused(written: bytes) -> None:
    with pytest.raises(SolutionUnreadable, match=r"Workflows/x\.json is not a flow"):
        read_flow("Workflows/x.json", written)


PATIENT = record(id=scalar(), name=scalar())
CLINIC = Connector(
    "shared_clinic",
    {
        "List": Contract("List", Kind.ACTION, answer=record(value=list_of(PATIENT), nextCursor=scalar())),
        "WhenTold": Contract("WhenTold", Kind.WAITING, trigger=True, answer=record(id=scalar(), patient=PATIENT)),
    },
)
CALLS = {"host": {"connectionName": "clinic", "operationId": "List"}}
SHAPED = flow(
    {
        "List": {"type": "OpenApiConnection", "inputs": CALLS, "runAfter": {}},
        "Some": after("List", type="Query", inputs={"from": "@body('List')?['value']", "where": "@true"}),
        "Names": after("Some", type="Select", inputs={"from": "@body('Some')", "select": "@item()?['name']"}),
        "Rows": after("Names", type="Select", inputs={"from": "@body('Some')", "select": {"Who": "@item()?['name']"}}),
        "Kept": after("Rows", inputs={"first": "@first(body('Some'))", "all": ["@body('List')"]}),
        "Read": after("Kept", type="ParseJson", inputs={"schema": {"properties": {"a": {"type": "string"}}}}),
        "Each": after("Read", type="Foreach", foreach="@body('Rows')", actions={"Turn": after()}),
        "Self": after("Each", inputs="@outputs('Self')"),
        "End": after("Self"),
    },
    {"type": "OpenApiConnectionWebhook", "inputs": {"host": {"connectionName": "clinic", "operationId": "WhenTold"}}},
)  # fmt: skip


def faults(text: str, step: str = "End") -> list[str]:
    shapes = Shapes(SHAPED, {"shared_clinic": CLINIC})
    at = SHAPED.action(step)
    assert at is not None
    shapes.of(parse(text), at)
    return [message for _, message in shapes.faults]


@pytest.mark.parametrize(
    "text",
    [
        "body('List')?['value']?[0]?['name']",
        "body('List')?['nextCursor']",
        "outputs('List')?['body/value']",
        "outputs('List')?['body']?['nextCursor']",
        "outputs('List')?['statusCode']",
        "outputs('List')?['headers']?['x-anything']",
        "first(body('Some'))?['id']",
        "last(union(body('Some'), body('Some')))?['name']",
        "first(body('Rows'))?['Who']",
        "outputs('Kept')?['first']?['name']",
        "first(outputs('Kept')?['all'])?['nextCursor']",
        "body('Read')?['a']",
        "coalesce(first(body('Some')), null)?['name']",
        "triggerBody()?['patient']?['name']",
        "triggerOutputs()?['body/patient/name']",
        "first(result('Each'))?['error']?['code']",
        "workflow()?['run']?['name']",
        "variables('anything')?['x']",
        "outputs('Self')?['x']",
        "json('{}')?['x']",
    ],
)
def test_fields_that_are_there(text: str) -> None:
    assert faults(text) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("body('List')?['valeu']", "no field 'valeu'; there are: value, nextCursor"),
        ("body('List')?['value']?['name']", "asked of a list"),
        ("body('List')?['nextCursor']?['x']", "asked of a string"),
        ("outputs('List')?['body/valeu']", "no field 'valeu'"),
        ("outputs('List')?['value']", "no field 'value'"),
        ("first(body('Some'))?['nom']", "no field 'nom'"),
        ("first(body('Rows'))?['who']", "no field 'who'"),
        ("first(body('Names'))?['x']", "asked of a string"),
        ("outputs('Kept')?['second']", "no field 'second'"),
        ("body('Read')?['b']", "no field 'b'"),
        ("triggerBody()?['patient']?['phone']", "no field 'phone'"),
        ("concat('x', triggerBody()?['nobody'])", "no field 'nobody'"),
        ("workflow()?['runs']", "no field 'runs'"),
        ("first(result('Each'))?['error']?['text']", "no field 'text'"),
    ],
)
def test_fields_that_are_not_there_are_named(text: str, says: str) -> None:
    [message] = faults(text)
    assert says in message


def test_a_turn_of_a_loop_has_the_shape_of_its_list() -> None:
    assert faults("items('Each')?['Who']", "Turn") == []
    assert faults("items('Each')?['Whom']", "Turn") != []
    assert faults("item()?['Whom']", "Turn") != []


def test_a_contract_is_read_from_a_swagger_file() -> None:
    swagger = {
        "paths": {
            "/v1/items/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "type": "string"}],
                "post": {
                    "operationId": "Do",
                    "parameters": [
                        {"$ref": "#/parameters/top"},
                        {"name": "body", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Body"}},
                    ],
                    "responses": {"200": {"schema": {"$ref": "#/definitions/Answer"}}, "202": {}},
                },
            },
            "/v1/raw": {"post": {"operationId": "Raw", "parameters": [
                {"name": "body", "in": "body", "required": True, "schema": {"type": "object"}}], "responses": {}}},
        },
        "parameters": {"top": {"name": "top", "in": "query", "type": "integer"}},
        "definitions": {
            "Body": {"type": "object", "required": ["note"], "properties": {
                "note": {"type": "string"}, "who": {"type": "object", "properties": {"id": {"type": "string"}}},
                "url": {"type": "string", "x-ms-visibility": "internal"}}},
            "Answer": {"properties": {"value": {"type": "array", "items": {"$ref": "#/definitions/Body"}}}},
        },
    }  # fmt: skip
    connector = connector_of(swagger, "shared_x")
    done = connector.contracts["Do"]
    assert done.required == {"id", "body/note"}
    assert done.optional == {"top", "body/who/id"}
    assert done.filled == {"body/url"}
    assert done.answers_202
    assert {"note", "id"} <= set(done.answer.field_names())
    assert connector.contracts["Raw"].takes("body/anything")
    assert connector.contracts["Raw"].answer == ANY
