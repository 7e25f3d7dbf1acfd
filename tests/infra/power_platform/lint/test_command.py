"""`python3 -m infra.power_platform.lint`: folders in, findings and an exit code out."""

import json
from pathlib import Path

import pytest

from infra.power_platform.lint import ConnectorFiles, ConnectorUnreadable, read_connector, variants_in
from infra.power_platform.lint.__main__ import main
from tests.infra.power_platform.lint.changes import drop, put, put_property
from tests.infra.power_platform.lint.good_connector import good_connector
from tests.infra.power_platform.lint.places import LIST


def written(folder: Path, connector: ConnectorFiles, name: str = "apiProperties.json") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "apiDefinition.swagger.json").write_text(connector.written)
    (folder / name).write_text(json.dumps(connector.properties))
    (folder / "readme.md").write_text(connector.readme)
    if connector.icon is not None:
        (folder / "icon.png").write_bytes(connector.icon)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The good connector with both ways to sign in, and its last release."""
    folder = written(tmp_path / "whatsapp", good_connector())
    written(folder, good_connector(variant="apiKey"), "apiProperties.apiKey.json")
    written(folder / "released", good_connector())
    return folder


def run(*arguments: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_what_is_written_is_what_is_read(folder: Path) -> None:
    assert variants_in(folder) == ("", "apiKey")
    for variant in variants_in(folder):
        read, good = read_connector(folder, variant=variant), good_connector(variant=variant)
        assert (read.definition, read.properties, read.readme, read.icon) == (
            good.definition, good.properties, good.readme, good.icon,
        )  # fmt: skip
        assert read.written == good.written


def test_a_byte_order_mark_is_no_fault(folder: Path) -> None:
    file = folder / "apiDefinition.swagger.json"
    file.write_text("\ufeff" + file.read_text())
    assert read_connector(folder).definition == good_connector().definition


def test_a_variant_may_have_a_definition_of_its_own(folder: Path) -> None:
    own = put("host", "keys.example.org")(good_connector())
    (folder / "apiDefinition.apiKey.swagger.json").write_text(own.written)
    assert read_connector(folder, variant="apiKey").definition["host"] == "keys.example.org"
    assert read_connector(folder).definition["host"] == "messages.example.org"


def test_a_good_folder_ends_with_zero(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(folder, "--warnings-as-errors", capsys=capsys)
    assert (code, out) == (0, f"{folder}: 0 errors, 0 warnings\n")


def test_an_error_is_printed_and_ends_with_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(folder, drop(f"{LIST}|x-ms-visibility")(good_connector()))
    code, out, _ = run(folder, capsys=capsys)
    assert code == 1
    assert out.splitlines() == [
        "error   OperationVisibilityNotStated",
        "        apiDefinition.swagger.json#/paths/~1v1~1messages/get/x-ms-visibility",
        "        State x-ms-visibility of ListSentMessages: important, advanced, internal.",
        f"{folder}: 1 errors, 0 warnings",
    ]


def test_every_variant_is_looked_at(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = put_property("publisher", "")(good_connector(variant="apiKey"))
    written(folder, broken, "apiProperties.apiKey.json")
    code, out, _ = run(folder, capsys=capsys)
    assert code == 1
    assert "apiProperties.apiKey.json#/properties/publisher" in out


def test_warnings_end_with_one_only_if_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(folder, put(f"{LIST}|summary", "List Sent messages")(good_connector()))
    assert run(folder, capsys=capsys)[0] == 0
    assert run(folder, "--warnings-as-errors", capsys=capsys)[0] == 1


def test_a_change_since_the_release_is_an_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(folder, put("basePath", "/api/other")(good_connector()))
    code, out, _ = run(folder, capsys=capsys)
    assert code == 1
    assert "OperationRouteChanged" in out


def test_what_was_not_looked_at_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = written(tmp_path / "new", good_connector())
    code, _, err = run(folder, "--schemas", tmp_path / "nowhere", capsys=capsys)
    assert code == 0
    assert "NOT CHECKED by Microsoft's schemas" in err
    assert "NOT COMPARED with a release" in err


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("apiProperties.json", "{"),
        ("apiDefinition.swagger.json", "[]"),
        ("apiDefinition.swagger.json", b"\xff\xfe\x00"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    folder: Path, name: str, content: str | bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConnectorUnreadable, match=name):
        read_connector(folder)
    code, _, err = run(folder, capsys=capsys)
    assert code == 2
    assert name in err


def test_a_folder_without_a_connector_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, capsys=capsys)[0] == 2
