"""The further layers: OpenAPI 2.0 itself, and Microsoft's own schemas where somebody put them beside the project."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from infra.power_platform.lint import (
    ConnectorFiles,
    Finding,
    Publisher,
    SchemasAbsent,
    Severity,
    published_schemas_folder,
    validate_by_schemas,
    validate_by_specification,
)
from infra.power_platform.lint.published_schemas import DEFINITION_SCHEMA, PROPERTIES_SCHEMA, without_comments
from tests.infra.power_platform.lint.changes import in_definition, in_properties, put, put_property
from tests.infra.power_platform.lint.good_connector import good_connector
from tests.infra.power_platform.lint.good_operations import ref
from tests.infra.power_platform.lint.places import GET, LIST


def places(findings: list[Finding]) -> set[str]:
    assert all(finding.severity is Severity.ERROR for finding in findings)
    return {finding.place for finding in findings}


def test_a_good_connector_is_openapi() -> None:
    assert validate_by_specification(good_connector()) == []


def test_what_is_not_openapi_is_told_at_its_place() -> None:
    broken = put(f"{GET}|parameters|0|in", "nowhere")(good_connector())
    assert in_definition(f"{GET}|parameters|0") in places(validate_by_specification(broken))


def test_a_reference_that_leads_nowhere_is_told() -> None:
    broken = put("definitions|Message|properties|clinic", ref("Hospital"))(good_connector())
    findings = validate_by_specification(broken)
    assert "Hospital" in " ".join(finding.message for finding in findings)


def test_nothing_is_fetched_for_a_reference_to_elsewhere() -> None:
    broken = put("definitions|Message|properties|clinic", {"$ref": "http://127.0.0.1:9/a.json"})(good_connector())
    assert places(validate_by_specification(broken)) == {in_definition("definitions|Message|properties|clinic|$ref")}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('{"a": 1 // one\n}', {"a": 1}),
        ('{"a": /* one */ 1}', {"a": 1}),
        ('{"a": "http://example.org"} // ends here', {"a": "http://example.org"}),
        (r'{"a": "\"// not one"}', {"a": '"// not one'}),
        ('{"a": "/* nor this */"}', {"a": "/* nor this */"}),
    ],
)
def test_comments_are_left_out_and_strings_are_kept(written: str, meant: object) -> None:
    assert json.loads(without_comments(written)) == meant


def test_absent_schemas_are_said_to_be_absent(tmp_path: Path) -> None:
    with pytest.raises(SchemasAbsent, match=DEFINITION_SCHEMA):
        validate_by_schemas(good_connector(), tmp_path)


def test_each_file_is_held_against_its_schema(tmp_path: Path) -> None:
    only_info = '{"required": ["info"], // as an example\n "properties": {"host": {"type": "string"}}}'
    (tmp_path / DEFINITION_SCHEMA).write_text(only_info)
    (tmp_path / PROPERTIES_SCHEMA).write_text('{"required": ["properties"]}')
    assert validate_by_schemas(good_connector(), tmp_path) == []
    broken = replace(put("host", 5)(good_connector()), properties={}, variant="apiKey")
    assert places(validate_by_schemas(broken, tmp_path)) == {in_definition("host"), "apiProperties.apiKey.json#"}


@pytest.fixture
def microsofts() -> Path:
    folder = published_schemas_folder()
    if not folder.is_dir():
        pytest.skip("NOT CHECKED: Microsoft's schemas are not beside the project (../shared/schemas)")
    return folder


@pytest.mark.parametrize("publisher", list(Publisher))
@pytest.mark.parametrize("variant", ["", "apiKey"])
def test_a_good_connector_fits_microsofts_schemas(publisher: Publisher, variant: str, microsofts: Path) -> None:
    assert validate_by_schemas(good_connector(publisher, variant), microsofts) == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (put(f"{LIST}|x-ms-visibility", "none"), in_definition(f"{LIST}|x-ms-visibility")),
        (put(f"{LIST}|summary", 5), in_definition(f"{LIST}|summary")),
        (put_property("stackowner", "a"), in_properties("")),
    ],
)
def test_what_does_not_fit_is_told_at_its_place(
    change: Callable[[ConnectorFiles], ConnectorFiles], place: str, microsofts: Path
) -> None:
    assert place in places(validate_by_schemas(change(good_connector()), microsofts))
