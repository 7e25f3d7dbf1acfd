"""The canvas app itself: no finding, and what the rules alone would not say of it."""

from __future__ import annotations

import pytest

from infra.power_platform.app.check import findings, main
from infra.power_platform.app.connector import NAMES, Connector, read_connectors
from infra.power_platform.app.drawing.draw import draw, sample_values
from infra.power_platform.app.reading import Reading, read
from infra.power_platform.app.rules.microsoft_schema import microsoft_schema, schema_file
from infra.power_platform.app.rules.words import LANGUAGES
from infra.power_platform.app.source import read_app, read_files

SCREENS = {
    "Home", "Prescription", "PrescriptionConfirm", "Sent", "ToSend", "Appointments", "Worklist", "Reply", "Unsent",
    "Patients", "Wish", "Insights", "MessageDetail", "Help",
}  # fmt: skip


@pytest.fixture(scope="module")
def connectors() -> dict[str, Connector]:
    return dict(read_connectors())


@pytest.fixture(scope="module")
def reading(connectors: dict[str, Connector]) -> Reading:
    return read(read_files(), connectors)


def test_the_app_has_no_finding(connectors: dict[str, Connector]) -> None:
    assert [str(finding) for finding in findings(read_files(), connectors)] == []


def test_the_command_says_so_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0
    assert "0 errors, 0 warnings" in capsys.readouterr().out


def test_a_schema_that_is_not_there_is_said_loudly(capsys: pytest.CaptureFixture[str]) -> None:
    main(lambda: None)
    assert "NOT CHECKED: Microsoft's schema" in capsys.readouterr().out


def test_every_screen_is_there(reading: Reading) -> None:
    assert set(reading.app.screens) == SCREENS


def test_both_connectors_are_there_and_are_called(reading: Reading) -> None:
    assert set(reading.connectors) == set(NAMES)
    assert {call.connector for call in reading.judgement.calls} == set(NAMES)


def test_it_is_called_for_everything_that_a_nurse_does(reading: Reading) -> None:
    wanted = {
        "LookUpPatient", "PreviewMessage", "SendPrescriptionReference", "ListMessages", "GetMessage",
        "ListAppointments", "CancelScheduledMessage", "ListWork", "ResolveWork", "SendTextReply", "ListUnsent",
        "OptInPatient", "OptOutPatient",
    }  # fmt: skip
    assert wanted <= {call.operation for call in reading.judgement.calls}


@pytest.mark.skipif(schema_file() is None, reason="Microsoft's schema of *.pa.yaml is not beside the project")
def test_microsofts_schema_takes_it_and_would_refuse_another() -> None:
    schema = schema_file()
    assert schema is not None
    files = read_files()
    assert list(microsoft_schema(read_app(files), schema)) == []
    wrong = files["Home.pa.yaml"].replace("    Properties:\n", "    Propertys:\n", 1)
    found = list(microsoft_schema(read_app({**files, "Home.pa.yaml": wrong}), schema))
    assert {finding.rule for finding in found} == {"microsoft-schema"}


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
@pytest.mark.parametrize("screen", sorted(SCREENS))
def test_every_screen_can_be_drawn_in_both_languages(reading: Reading, screen: str, language: str) -> None:
    page = draw(reading, screen, sample_values(reading, screen, language))
    assert page.count("<h1") == 1
    assert "</div>" in page


def test_the_confirm_screen_shows_whom_and_what(reading: Reading) -> None:
    page = draw(reading, "PrescriptionConfirm", sample_values(reading, "PrescriptionConfirm", "en"))
    for shown in ("Patient: Jane Smith", "17 May 1985", "+44 7700 900***", "24F5DA-A83008-7EFE6Z", "Questions? Phone"):
        assert shown in page


def test_a_state_is_said_in_words_of_the_readers_language(reading: Reading) -> None:
    pages = [draw(reading, "Sent", sample_values(reading, "Sent", language)) for language in ("en", "zh-Hans")]
    for page, word in zip(pages, ("✕ Failed", "✕ 失败"), strict=True):
        assert word in page


def test_nothing_of_a_clinic_stands_in_the_source() -> None:
    """No number, address, key or name: only words of the interface (the fixed words are the translations)."""
    for place, text in read_files().items():
        assert "+44" not in text, place
        assert "http" not in text.replace("HttpResponse", "").replace("HttpStatusCode", "").lower(), place
        assert "riverside" not in text.replace("clinicId=riverside", ""), place


def test_the_two_languages_are_the_ones_that_are_said(reading: Reading) -> None:
    assert set(LANGUAGES) <= set(reading.formulas.definitions)
