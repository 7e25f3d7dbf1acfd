"""An app as small as an app can be that breaks no rule, and the connector it calls: mistakes are planted in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

APP = """\
App:
  Properties:
    Formulas: |-
      =Ink = RGBA(20, 20, 20, 1);
      Page = RGBA(255, 255, 255, 1);
      Strong = RGBA(10, 80, 140, 1);
      Target = 48;
      T = If(varLanguage = "zh", Chinese, English);
      English = {title: "Send", find: "Find", name: "Name", required: "(required)", failed: "It failed", list: "Found"};
      Chinese = {title: "发送", find: "查找", name: "姓名", required: "（必填）", failed: "失败", list: "结果"};
      States = Table({code: "sent", ink: Ink, word: T.title}, {code: "failed", ink: Strong, word: T.failed});
    OnStart: =Set(varLanguage, "zh")
    StartScreen: =Start
"""

BADGE = """\
ComponentDefinitions:
  Badge:
    DefinitionType: CanvasComponent
    AccessAppScope: true
    CustomProperties:
      Code:
        PropertyKind: Input
        DataType: Text
        Default: =""
    Properties:
      Fill: =Page
      Height: =40
    Children:
      - lblBadge:
          Control: Label@2.5.1
          Properties:
            Color: =LookUp(States, code = Badge.Code, ink)
            Fill: =Page
            Text: =LookUp(States, code = Badge.Code, word)
"""

BUTTON = """\
                  BorderColor: =Strong
                  Color: =Page
                  DisabledColor: =Ink
                  DisabledFill: =Page
                  Fill: =Strong
                  FocusedBorderColor: =Ink
                  FocusedBorderThickness: =3
                  Height: =Target
                  HoverColor: =Page
                  HoverFill: =Strong
                  PressedColor: =Page
                  PressedFill: =Strong
                  TabIndex: =0
"""

START = f"""\
Screens:
  Start:
    Properties:
      Fill: =Page
      OnVisible: =Set(varKey, Text(GUID()))
    Children:
      - conStart:
          Control: GroupContainer@1.4.0
          Variant: AutoLayout
          Properties:
            Fill: =Page
            Height: =Parent.Height
            LayoutDirection: =LayoutDirection.Vertical
            Width: =Parent.Width
          Children:
            - lblStart:
                Control: Label@2.5.1
                Properties:
                  Color: =Ink
                  Role: =TextRole.Heading1
                  Text: =T.title
            - lblName:
                Control: Label@2.5.1
                Properties:
                  Color: =Ink
                  Text: =T.name & " " & T.required
            - txtName:
                Control: Classic/TextInput@2.3.2
                Properties:
                  AccessibleLabel: =T.name & " " & T.required
                  Color: =Ink
                  Default: =""
                  DisabledColor: =Ink
                  DisabledFill: =Page
                  Fill: =Page
                  FocusedBorderColor: =Strong
                  FocusedBorderThickness: =3
                  Height: =Target
                  HoverColor: =Ink
                  HoverFill: =Page
                  PressedColor: =Ink
                  PressedFill: =Page
                  TabIndex: =0
            - btnFind:
                Control: Classic/Button@2.2.0
                Properties:
{BUTTON}\
                  DisplayMode: =If(locBusy, DisplayMode.Disabled, DisplayMode.Edit)
                  OnSelect: |-
                    =UpdateContext({{locBusy: true, locProblem: ""}});
                    If(
                        !IsBlank(txtName.Text),
                        IfError(
                            Set(varFound, WhatsApp.LookUpPatient(txtName.Text, {{top: 5}})),
                            Notify(FirstError.Message);
                            UpdateContext({{locProblem: T.failed}}),
                            ClearCollect(colFound, varFound.value)
                            ; true
                        )
                    );
                    UpdateContext({{locBusy: false}})
                  Text: =T.find
            - galFound:
                Control: Gallery@2.15.0
                Variant: Vertical
                Properties:
                  AccessibleLabel: =T.list
                  Height: =CountRows(colFound) * 64 + 2
                  ItemAccessibleLabel: =ThisItem.name
                  Items: =colFound
                  TemplateFill: =Page
                  TemplateSize: =64
                Children:
                  - conFound:
                      Control: GroupContainer@1.4.0
                      Variant: AutoLayout
                      Children:
                        - lblFound:
                            Control: Label@2.5.1
                            Properties:
                              Color: =Ink
                              Text: =ThisItem.name
            - btnSend:
                Control: Classic/Button@2.2.0
                Properties:
{BUTTON}\
                  DisplayMode: =If(locBusy, DisplayMode.Disabled, DisplayMode.Edit)
                  OnSelect: |-
                    =UpdateContext({{locBusy: true, locProblem: ""}});
                    IfError(
                        Set(
                            varSent,
                            WhatsApp.SendPrescriptionReference({{
                                patientId: First(colFound).patientId,
                                previewToken: varFound.token,
                                lastDigits: "123",
                                sender: User().FullName,
                                idempotencyKey: varKey
                            }})
                        ),
                        Notify(FirstError.Message);
                        UpdateContext({{locProblem: T.failed}}),
                        Set(varKey, Text(GUID()))
                    );
                    UpdateContext({{locBusy: false}})
                  Text: =T.title
            - lblProblem:
                Control: Label@2.5.1
                Properties:
                  Color: =Ink
                  Live: =Live.Assertive
                  Text: =locProblem
            - bdgSent:
                Control: CanvasComponent
                ComponentName: Badge
                Properties:
                  Code: =varSent.state
            - icoSent:
                Control: Classic/Icon@2.5.0
                Properties:
                  AccessibleLabel: =T.title
                  Color: =Ink
                  Icon: =Icon.Check
"""

FILES: Mapping[str, str] = {"App.pa.yaml": APP, "Components/Badge.pa.yaml": BADGE, "Start.pa.yaml": START}

_TEXT = {"type": "string"}


def _body(required: list[str], **fields: Any) -> dict[str, Any]:
    schema = {"type": "object", "required": required, "properties": fields}
    return {"name": "body", "in": "body", "required": True, "schema": schema}


def _answer(**fields: Any) -> dict[str, Any]:
    return {"200": {"description": "Good.", "schema": {"type": "object", "properties": fields}}}


SWAGGER: Mapping[str, Any] = {
    "swagger": "2.0",
    "paths": {
        "/lookup": {
            "post": {
                "operationId": "LookUpPatient",
                "parameters": [_body(["name"], name=_TEXT, top={"type": "integer"})],
                "responses": _answer(
                    token=_TEXT,
                    value={"type": "array", "items": {"$ref": "#/definitions/Patient"}},
                ),
            }
        },
        "/send": {
            "post": {
                "operationId": "SendPrescriptionReference",
                "parameters": [
                    _body(
                        [],
                        patientId=_TEXT,
                        previewToken=_TEXT,
                        lastDigits=_TEXT,
                        sender=_TEXT,
                        idempotencyKey=_TEXT,
                        controlledDrug={"type": "boolean"},
                    )
                ],
                "responses": _answer(state=_TEXT),
            }
        },
        "/patients/{id}/opt-out": {
            "post": {
                "operationId": "OptOutPatient",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "type": "string"},
                    _body([], note=_TEXT),
                ],
                "responses": _answer(state=_TEXT),
            }
        },
        "/items/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "type": "string"}],
            "get": {"operationId": "GetItem", "responses": _answer(state=_TEXT)},
        },
        "/hidden": {"get": {"operationId": "Hidden", "x-ms-visibility": "internal", "responses": _answer(state=_TEXT)}},
    },
    "definitions": {"Patient": {"type": "object", "properties": {"patientId": _TEXT, "name": _TEXT}}},
}
