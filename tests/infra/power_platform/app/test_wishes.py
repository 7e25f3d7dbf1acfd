"""A wish is recorded only after it was asked once more, and as it was asked."""

from __future__ import annotations

import pytest

from infra.power_platform.app.check import findings
from infra.power_platform.app.connector import read_connector
from tests.infra.power_platform.app.small_app import BUTTON, FILES, SWAGGER

START = "Start.pa.yaml"
CONNECTORS = {"WhatsApp": read_connector("WhatsApp", SWAGGER)}
BEFORE = "            - lblProblem:"
RECORD = "Set(varSent, WhatsApp.OptOutPatient(First(colFound).patientId, {note: varNote}))"
ASKING = f"""\
            - btnAsk:
                Control: Classic/Button@2.2.0
                Properties:
{BUTTON}\
                  OnSelect: |-
                    =Set(varNote, txtName.Text); UpdateContext({{locAsk: true}})
                  Text: =T.find
            - conAsk:
                Control: GroupContainer@1.4.0
                Variant: AutoLayout
                Properties:
                  Visible: =locAsk
                Children:
                  - btnRecord:
                      Control: Classic/Button@2.2.0
                      Properties:
{BUTTON.replace("                  ", "                        ")}\
                        DisplayMode: =If(locBusy, DisplayMode.Disabled, DisplayMode.Edit)
                        OnSelect: |-
                          =UpdateContext({{locBusy: true, locProblem: ""}});
                          IfError(
                              {RECORD},
                              Notify(FirstError.Message);
                              UpdateContext({{locProblem: T.failed}})
                          );
                          UpdateContext({{locBusy: false}})
                        Text: =T.title
"""
GOOD = FILES[START].replace(BEFORE, ASKING + BEFORE)


def rules_broken_by(text: str) -> set[str]:
    return {finding.rule for finding in findings({**FILES, START: text}, CONNECTORS)}


def test_what_is_asked_once_more_and_recorded_as_asked_is_good() -> None:
    assert rules_broken_by(GOOD) == set()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("                  Visible: =locAsk", "                  Visible: =!IsEmpty(colFound)"),
        ("                  Visible: =locAsk", "                  Visible: =locBusy"),
        ("note: varNote", "note: txtName.Text"),
    ],
    ids=["in sight from the beginning", "by a variable of its own", "what may have changed since"],
)
def test_what_is_recorded_otherwise_is_found(before: str, after: str) -> None:
    assert before in GOOD
    assert rules_broken_by(GOOD.replace(before, after)) - {"unused"} == {"asked-first"}
