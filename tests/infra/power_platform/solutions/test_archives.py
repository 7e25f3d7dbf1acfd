"""The zips: whole, the same each time, and every rule of theirs bites."""

import io
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local.commands import package
from infra.power_platform.solutions import package as solutions_package
from infra.power_platform.solutions.archive import TYPES, entries, unpack
from infra.power_platform.solutions.archive_rules import ZIP_RULES, Opened, check_archives
from infra.power_platform.solutions.build import Build, Built, build, round_trip
from infra.power_platform.solutions.finding import SolutionsBroken, SolutionUnreadable
from infra.power_platform.solutions.source import ConnectorFolder, Source, read_source
from tests.infra.power_platform.solutions.planting import in_text

type Parts = dict[str, bytes]
CUSTOMIZATIONS, MANIFEST = "customizations.xml", "solution.xml"
ICON = "Connector/ptm_whatsapp_iconblob.Png"


@pytest.fixture(scope="module")
def built(source: Source) -> Build:
    return build(source)


def zipped(parts: Mapping[str, bytes], *again: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what stands in it twice
        for path in (*parts, *again):
            archive.writestr(path, parts[path])
    return written.getvalue()


def swapped(path: str, old: str, new: str) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        assert old.encode() in parts[path]
        parts[path] = parts[path].replace(old.encode(), new.encode())

    return change


def without_variable(parts: Parts) -> None:
    del parts["environmentvariabledefinitions/ptm_AppLink/environmentvariabledefinition.xml"]


CONNECTOR_ID = "5b0e3c1a-7d42-4f0b-9c65-1e8a2f4d7b10"
PLANTED: dict[str, tuple[int, Callable[[Parts], object]]] = {
    "ZipContentTypes": (1, swapped(TYPES, '<Default Extension="json" ContentType="application/octet-stream" />', "")),
    "ZipManifest": (1, swapped(MANIFEST, "<Managed>0<", "<Managed>2<")),
    "ZipTargetMissing": (0, lambda parts: parts.pop(ICON)),
    "ZipOrphan": (0, lambda parts: parts.update({"Connector/ptm_other.json": b"{}"})),
    "ZipRootComponents": (1, without_variable),
    "ZipIcon": (0, lambda parts: parts.update({ICON: b"GIF89a"})),
    "ZipsTogether": (1, swapped(CUSTOMIZATIONS, CONNECTOR_ID, "00000000-0000-0000-0000-000000000001")),
}


def check(built: Build, changed: int | None = None, archive: bytes = b"") -> set[str]:
    opened = [
        Opened(one.name, archive if number == changed else one.archive) for number, one in enumerate(built.solutions)
    ]
    return {finding.rule for finding in check_archives(*opened)}


def test_the_built_zips_break_no_rule(built: Build) -> None:
    assert check(built) == set()


@pytest.mark.parametrize("rule", PLANTED)
def test_a_planted_mistake_is_caught_by_its_rule_alone(rule: str, built: Build) -> None:
    number, change = PLANTED[rule]
    parts = dict(entries(built.solutions[number].archive))
    change(parts)
    assert check(built, number, zipped(parts)) == {rule}


def test_an_entry_that_is_there_twice_is_caught(built: Build) -> None:
    assert check(built, 1, zipped(entries(built.solutions[1].archive), MANIFEST)) == {"ZipEntryName"}


def test_no_rule_is_left_untried() -> None:
    assert set(ZIP_RULES) | {"ZipsTogether"} == set(PLANTED) | {"ZipEntryName"}


def test_a_zip_that_holds_something_else_than_was_packed_is_caught(built: Build) -> None:
    one = built.solutions[1]
    path = next(path for path in one.files if path.endswith(".json"))
    changed = replace(one, files={**one.files, path: one.files[path] + b" ", "Workflows/more.json": b"{}"})
    assert [finding.rule for finding in round_trip(changed)] == ["ZipRoundTrip", "ZipRoundTrip"]


def test_unpacked_again_a_zip_is_what_it_was_made_of(built: Build) -> None:
    assert [round_trip(one) for one in built.solutions] == [[], []]
    for one in built.solutions:
        assert set(unpack(one.archive)) == set(one.files)


def test_the_same_source_is_the_same_bytes(source: Source, built: Build) -> None:
    assert [one.archive for one in build(source).solutions] == [one.archive for one in built.solutions]
    shuffled = replace(source, flows=dict(reversed(source.flows.items())))
    assert [one.archive for one in build(shuffled).solutions] == [one.archive for one in built.solutions]


def test_the_zips_open_anywhere_with_the_same_time_on_every_entry(built: Build) -> None:
    for one in built.solutions:
        with zipfile.ZipFile(io.BytesIO(one.archive)) as archive:
            assert archive.testzip() is None
            assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_connectors_come_first_and_their_parts_are_those_of_their_folders(source: Source, built: Build) -> None:
    first, second = built.solutions
    assert (first.name, second.name) == ("PatientMessagingConnectors", "PatientMessagingFlows")
    parts = entries(first.archive)
    for folder in source.folders:
        assert parts[f"Connector/{folder.identity.name}_openapidefinition.json"] == folder.definition
        assert parts[f"Connector/{folder.identity.name}_iconblob.Png"] == folder.icon


def test_the_version_of_the_project_stands_in_both(source: Source, built: Build) -> None:
    for one in built.solutions:
        assert f"<Version>{source.version}</Version>".encode() in entries(one.archive)[MANIFEST]
        assert one.file_name.endswith(source.version.replace(".", "_") + ".zip")


def test_the_name_of_a_connector_in_an_environment_can_be_put_in(source: Source) -> None:
    real = "shared_ptm-5fwhatsapp-5f0123456789abcdef"
    flows = build(source, {"whatsapp": real}).solutions[1]
    written = b"".join(entries(flows.archive).values())
    assert real.encode() in written
    assert b"5f0000000000000000" not in written


def test_for_a_trial_the_connectors_ask_for_an_api_key(source: Source) -> None:
    def asks_for(variant: str) -> bytes:
        connectors = build(read_source(variant=variant)).solutions[0]
        return entries(connectors.archive)["Connector/ptm_whatsapp_connectionparameters.json"]

    assert b"oauthSetting" in asks_for("")
    assert b"securestring" in asks_for(solutions_package.KEYS)
    assert b"oauthSetting" not in asks_for(solutions_package.KEYS)


def test_nothing_is_built_of_a_source_that_breaks_a_rule(source: Source) -> None:
    broken = in_text("Other/Solution.xml", "<Managed>0<", "<Managed>1<")(source)
    with pytest.raises(SolutionsBroken) as told:
        build(broken)
    assert [finding.rule for finding in told.value.findings] == ["Manifest"]


@pytest.mark.parametrize(
    "archive", [b"", b"PK", zipped({"a.txt": b"x"}), zipped({MANIFEST: b"<a/>", CUSTOMIZATIONS: b"<a"})]
)
def test_what_is_no_solution_is_refused(archive: bytes) -> None:
    with pytest.raises(SolutionUnreadable):
        unpack(archive)


def test_a_document_type_is_refused(built: Build) -> None:
    parts = dict(entries(built.solutions[1].archive))
    parts[CUSTOMIZATIONS] = b'<!DOCTYPE x [<!ENTITY a "b">]><ImportExportXml>&a;</ImportExportXml>'
    with pytest.raises(SolutionUnreadable, match="document type"):
        unpack(zipped(parts))


def test_the_command_writes_what_is_handed_over(
    tmp_path: Path, source: Source, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(solutions_package, "read_source", lambda variant="": source)
    assert package.main(["solutions", "--to", str(tmp_path), "--unpacked"]) == 0
    said = capsys.readouterr().out
    names = [f"PatientMessaging{what}_{source.version.replace('.', '_')}.zip" for what in ("Connectors", "Flows")]
    assert sorted(path.name for path in tmp_path.glob("*.zip")) == names
    assert all(name in said for name in names)
    assert (tmp_path / "deploymentSettings.json").read_bytes() == source.settings
    assert (tmp_path / "PatientMessagingConnectors" / "Connectors" / "ptm_wechat.xml").is_file()


def test_the_command_tells_what_is_wrong(
    tmp_path: Path, source: Source, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = in_text("Other/Solution.xml", "<Managed>0<", "<Managed>1<")(source)
    monkeypatch.setattr(solutions_package, "read_source", lambda variant="": broken)
    assert package.main(["solutions", "--to", str(tmp_path)]) == 1
    assert "nothing was built: 1 findings" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["nothing"], 2), (["--help"], 0)])
def test_the_command_lists_the_packages(arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert package.main(arguments) == code
    written = capsys.readouterr()
    assert "solutions" in written.out + written.err


def test_built_is_what_is_named(source: Source, built: Build) -> None:
    assert all(isinstance(one, Built) for one in built.solutions)
    assert all(isinstance(folder, ConnectorFolder) for folder in source.folders)
    assert built.rules > 70
