"""Every rule catches its own mistake and no other: one mistake each, planted in an app that has none."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from infra.power_platform.app.check import findings
from infra.power_platform.app.connector import read_connector
from infra.power_platform.app.finding import Finding, Severity
from tests.infra.power_platform.app.small_app import FILES, SWAGGER

START, APP, BADGE = "Start.pa.yaml", "App.pa.yaml", "Components/Badge.pa.yaml"
CONNECTORS = {"WhatsApp": read_connector("WhatsApp", SWAGGER)}

WARNINGS = {"unused", "unreachable", "translation-unused"}


def found(files: Mapping[str, str]) -> list[Finding]:
    return findings(files, CONNECTORS)


def planted(place: str, right: str, wrong: str) -> Mapping[str, str]:
    assert right in FILES[place], "the app no longer holds what the mistake replaces"
    return {**FILES, place: FILES[place].replace(right, wrong)}


def test_the_small_app_breaks_no_rule() -> None:
    assert found(FILES) == []


SEARCHED = "WhatsApp.LookUpPatient(txtName.Text, {top: 5})"
PROBLEM = "            - lblProblem:\n"
LABEL = """\
            - lblNew:
                Control: Label@2.5.1
                Properties:
                  Color: =Ink
                  Text: """
BEFORE_COLLECT = "\n                            ClearCollect"
FAILED = "UpdateContext({locProblem: T.failed})"
BEGIN_SEND = """\
                  DisplayMode: =If(locBusy, DisplayMode.Disabled, DisplayMode.Edit)
                  OnSelect: |-
                    =UpdateContext({locBusy: true, locProblem: ""});
                    IfError("""
OTHER_SCREEN = """\
Screens:
  Other:
    Children:
      - conOther:
          Control: GroupContainer@1.4.0
          Variant: AutoLayout
          Children:
            - lblOther:
                Control: Label@2.5.1
                Properties:
                  Color: =Ink
                  Role: =TextRole.Heading1
                  Text: =T.title
"""
SPARE_PROPERTY = """\
        Default: =""
      Spare:
        PropertyKind: Input
        DataType: Text
        Default: =""
"""
OVER_THE_SCREEN = """\
    Children:
      - lblOver:
          Control: Label@2.5.1
          Properties:
            Color: =Ink
            Text: =T.title
      - conStart:"""
BADGE_IN_A_ROW = """\
                        - bdgRow:
                            Control: CanvasComponent
                            ComponentName: Badge
                        - lblFound:"""
SENT_BY_ITSELF = """\
OnHidden: |-
        =IfError(
            WhatsApp.SendPrescriptionReference({
                previewToken: varFound.token, lastDigits: "1", sender: "", idempotencyKey: varKey
            }).state,
            Notify(FirstError.Message); UpdateContext({locProblem: T.failed}); ""
        )
      OnVisible: ="""
HIDDEN_CALL = """\
IfError(WhatsApp.Hidden(); true, Notify(T.failed); UpdateContext({locProblem: T.failed}));
                            ClearCollect(colFound, varFound.value)"""
KEPT = "UpdateContext({locProblem: T.failed}); Reset(txtName),\n                        Set"
CONTEXT_OF_THE_APP = """\
OnStart: |-
      =Set(varLanguage, "zh"); UpdateContext({a: 1})"""


def new_label(text: str) -> tuple[str, str, str]:
    """A label with this text, beside the others."""
    return START, PROBLEM, LABEL + text + "\n" + PROBLEM


MISTAKES: list[tuple[str, tuple[str, str, str]]] = [
    # YAML
    ("yaml", (START, "Screens:\n", "Screens:\n  Start: [\n")),
    ("yaml-tab", (APP, "      =Ink = RGBA(20, 20, 20, 1);", "      =Ink = RGBA(20,\t20, 20, 1);")),
    ("yaml-block", (APP, "Formulas: |-", "Formulas: |")),
    ("yaml-colon", (START, "Text: =locProblem", 'Text: =locProblem & ": "')),
    ("yaml-hash", (START, "Text: =locProblem", "Text: =locProblem #1")),
    # structure
    ("unique-name", (START, "- lblFound:", "- lblBadge:")),
    ("unknown-control", (START, "Classic/Icon@2.5.0", "Classic/Ikon@2.5.0")),
    ("control-version", (START, "Classic/Icon@2.5.0", "Classic/Icon@9.9.9")),
    ("variant", (START, "Variant: Vertical", "Variant: Diagonal")),
    ("unknown-component", (START, "ComponentName: Badge", "ComponentName: Batch")),
    ("unknown-property", (START, "Icon: =Icon.Check", "Icon: =Icon.Check\n                  Glow: =true")),
    ("no-formula", (START, "Width: =Parent.Width", "Width: 100")),
    ("cut-off", (START, "Height: =Parent.Height", "Height: =lblStart.Height + lblName.Height")),
    ("cut-off", (START, "CountRows(colFound) * 64", "CountRows(colFound) * 46")),
    # formulas
    ("formula", (START, "Text: =locProblem", "Text: =Trim(locProblem")),
    ("formula", (START, "Text: =locProblem", 'Text: =locProblem & "open')),
    ("formula", (START, "Text: =locProblem", "Text: =locProblem locProblem")),
    ("formula", (APP, "Page = RGBA", "Ink = RGBA(1, 1, 1, 1);\n      Page = RGBA")),
    ("unknown-function", new_label("=Trimm(locProblem)")),
    ("arguments", new_label("=Left(locProblem)")),
    ("unknown-name", new_label("=locProblemm")),
    ("unknown-name", new_label("=txtNme.Text")),
    ("unknown-name", new_label("=ThisItem.name")),
    ("unknown-name", new_label("=FirstError.Message")),
    ("unknown-member", new_label("=T.titel")),
    ("unknown-member", new_label("=txtName.Txt")),
    ("unknown-member", new_label("=First(colFound).nme")),
    ("unknown-member", new_label("=varSent.stat")),
    ("unknown-member", new_label("=bdgSent.Kode")),
    ("unknown-member", (START, "Icon: =Icon.Check", "Icon: =Icon.Chek")),
    ("circle", (APP, "Target = 48;", "Target = 48; One = Two + 0; Two = One + 0;")),
    ("wrong-kind", new_label("=colFound")),
    ("wrong-kind", new_label("=locProblem & colFound")),
    ("wrong-kind", new_label('=If(txtName.Text = 5, T.title)')),
    (
        "wrong-kind",
        (START, f"{FAILED},{BEFORE_COLLECT}", f"{FAILED}; colFound,{BEFORE_COLLECT}"),
    ),
    ("context", (APP, 'OnStart: =Set(varLanguage, "zh")', CONTEXT_OF_THE_APP)),
    # connectors
    ("operation", (START, "WhatsApp.LookUpPatient(", "WhatsApp.LookUpPatience(")),
    ("operation", (START, "ClearCollect(colFound, varFound.value)", HIDDEN_CALL)),
    ("operation-arguments", (START, SEARCHED, "WhatsApp.LookUpPatient({top: 5}, txtName.Text, 1)")),
    ("operation-arguments", (START, SEARCHED, "WhatsApp.LookUpPatient()")),
    ("operation-field", (START, "{top: 5}", "{topp: 5}")),
    ("operation-kind", (START, "{top: 5}", '{top: "five"}')),
    ("operation-kind", (START, "{top: 5}", "5")),
    ("operation-kind", (START, SEARCHED, "WhatsApp.LookUpPatient(colFound, {top: 5})")),
    # what nobody uses
    ("unused", (APP, "Target = 48;", "Target = 48;\n      Spare = 1;")),
    ("unused", (APP, 'Set(varLanguage, "zh")', 'Set(varLanguage, "zh"); Set(varSpare, 1)')),
    ("unused", (BADGE, '        Default: =""\n', SPARE_PROPERTY)),
    ("unreachable", (START, "Screens:\n", OTHER_SCREEN)),
    # words
    ("translation-missing", (APP, 'list: "结果"', 'title2: "题"')),
    ("translation-language", (APP, '"失败"', '"failed!"')),
    ("translation-unused", (START, "AccessibleLabel: =T.list", "AccessibleLabel: =T.title")),
    ("untranslated", new_label('="Hello"')),
    ("untranslated", (START, "Notify(FirstError.Message)", 'Notify("It failed")')),
    # accessibility
    ("accessible-label", (START, "AccessibleLabel: =T.list", 'AccessibleLabel: =""')),
    ("accessible-label", (START, "                  AccessibleLabel: =T.title\n", "")),
    ("accessible-label", (START, "                  Text: =T.find\n", "")),
    ("visible-label", (START, 'Text: =T.name & " " & T.required', "Text: =T.name")),
    ("required", (START, 'T.name & " " & T.required', "T.name")),
    ("tab-index", (START, "TabIndex: =0", "TabIndex: =3")),
    ("tab-index", (START, "Role: =TextRole.Heading1\n", "Role: =TextRole.Heading1\n                  TabIndex: =0\n")),
    ("target-size", (APP, "Target = 48;", "Target = 40;")),
    ("focus-visible", (START, "FocusedBorderThickness: =3", "FocusedBorderThickness: =1")),
    ("hint-text", (START, 'Default: =""', 'Default: =""\n                  HintText: =T.find')),
    ("one-heading", (START, "TextRole.Heading1", "TextRole.Heading2")),
    ("live-region", (START, "Live.Assertive", "Live.Off")),
    ("overlay", (START, "    Children:\n      - conStart:", OVER_THE_SCREEN)),
    ("component-in-gallery", (START, "                        - lblFound:", BADGE_IN_A_ROW)),
    # contrast
    ("contrast", (APP, "Ink = RGBA(20, 20, 20, 1);", "Ink = RGBA(130, 130, 130, 1);")),
    ("contrast-unknown", (START, "                  DisabledFill: =Page\n", "")),
    ("contrast-focus", (START, "FocusedBorderColor: =Ink", "FocusedBorderColor: =Page")),
    # calls
    ("never-by-itself", (START, "OnVisible: =", SENT_BY_ITSELF)),
    ("never-by-itself", (START, "OnVisible: =", "OnHidden: =Select(btnSend)\n      OnVisible: =")),
    ("errors-told", (START, "Notify(FirstError.Message);", "")),
    ("errors-told", (START, "UpdateContext({locProblem: T.failed})", "true")),
    ("busy", (START, BEGIN_SEND, BEGIN_SEND.replace("locBusy, DisplayMode", "IsEmpty(colFound), DisplayMode"))),
    ("confirmed", (START, "previewToken: varFound.token,", "")),
    ("confirmed", (START, "previewToken: varFound.token,", 'previewToken: "same",')),
    ("confirmed", (START, 'lastDigits: "123",', "")),
    ("words-kept", (START, "UpdateContext({locProblem: T.failed}),\n                        Set", KEPT)),
    ("words-kept", (START, BEGIN_SEND, BEGIN_SEND.replace("IfError(", "Reset(txtName); IfError("))),
    ("one-key", (START, "idempotencyKey: varKey", "idempotencyKey: Text(GUID())")),
    ("one-key", (START, BEGIN_SEND, BEGIN_SEND.replace("IfError(", "Set(varKey, Text(GUID())); IfError("))),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "mistake"), MISTAKES, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(MISTAKES)])
def test_a_planted_mistake_is_caught_by_its_rule_and_no_other(rule: str, mistake: tuple[str, str, str]) -> None:
    """What the mistake leaves without a use is a warning, and follows of itself."""
    caught = found(planted(*mistake))
    errors = {finding.rule for finding in caught if finding.severity is Severity.ERROR}
    assert errors == ({rule} - WARNINGS)
    assert rule in {finding.rule for finding in caught}
