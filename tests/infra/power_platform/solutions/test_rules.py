"""Every rule catches its mistake, and only that rule does."""

import json
from dataclasses import replace

import pytest

from infra.power_platform.solutions.check import check_source
from infra.power_platform.solutions.contracts import exceptions
from infra.power_platform.solutions.rules import RULES
from infra.power_platform.solutions.source import Source
from infra.power_platform.solutions.view import View
from tests.infra.power_platform.solutions.planting import (
    CANCELLATION,
    FAILED,
    RECORD,
    RUN,
    SUMMARY,
    Change,
    Document,
    all_of,
    in_flow,
    in_parameters,
    in_record,
    in_settings,
    in_step,
    in_text,
    path_of,
    step,
    without,
)

SOLUTION, CUSTOMIZATIONS = "Other/Solution.xml", "Other/Customizations.xml"
VARIABLE = "environmentvariabledefinitions/{}/environmentvariabledefinition.xml"
CLINIC, HOUR = VARIABLE.format("ptm_ClinicId"), VARIABLE.format("ptm_SummaryHour")
WHATSAPP_ID = "5b0e3c1a-7d42-4f0b-9c65-1e8a2f4d7b10"
ONE_MORE = '    <connectionreference connectionreferencelogicalname="ptm_teams"><connectorid>/providers/Microsoft.PowerApps/apis/shared_teams</connectorid></connectionreference>\n  </connectionreferences>'  # noqa: E501


def subject(text: str) -> Change:
    """The subject of a mail of the reminder run."""
    return in_parameters(RUN, "Report", emailMessage_Subject=text)


def runs_after(flow: str, name: str, **before: list[str]) -> Change:
    return in_step(flow, name, lambda found: found.update(runAfter=before))


def at_the_end(flow: str, scope: str, after: str, added: Document) -> Change:
    """More steps at the end of a scope."""

    def change(found: Document) -> None:
        first = next(iter(added.values()))
        first["runAfter"] = {after: ["Succeeded"]}
        found["actions"].update(added)

    return in_step(flow, scope, change)


def nested(depth: int) -> Document:
    inner: Document = {"type": "Compose", "inputs": "x", "runAfter": {}}
    for number in range(depth):
        inner = {"type": "Scope", "actions": {f"Deep_{number}": inner}, "runAfter": {}}
    return {"Deep": inner}


def another_trigger(document: Document) -> None:
    triggers = document["properties"]["definition"]["triggers"]
    triggers["Again"] = {"type": "Recurrence", "recurrence": {"frequency": "Hour", "interval": 1}}


def another_connection(document: Document) -> None:
    document["properties"]["connectionReferences"]["shared_approvals"] = {
        "runtimeSource": "embedded",
        "connection": {"connectionReferenceLogicalName": "ptm_approvals"},
        "api": {"name": "shared_approvals"},
    }


def another_parameter(document: Document) -> None:
    document["properties"]["definition"]["parameters"]["List site (ptm_ListSite)"] = {
        "type": "String", "defaultValue": "", "metadata": {"schemaName": "ptm_ListSite"},
    }  # fmt: skip


def scheduling(key: str) -> Document:
    """A step that sends, with a key that is always the same."""
    return {
        "Schedule": {
            "type": "OpenApiConnection",
            "inputs": {
                "host": {
                    "apiId": "/providers/Microsoft.PowerApps/apis/shared_ptm-5fwhatsapp-5f0000000000000000",
                    "connectionName": "shared_ptm_whatsapp",
                    "operationId": "ScheduleReminders",
                },
                "parameters": {"body/items": [], "body/idempotencyKey": key},
                "authentication": "@parameters('$authentication')",
                "retryPolicy": {"type": "none"},
            },
        }
    }


def without_record(source: Source) -> Source:
    """A definition that nothing describes, and that the solution does not list."""
    record = path_of(source, RECORD, ".data.xml")
    id_ = record.removesuffix(".json.data.xml")[-36:].lower()
    kept = {path: data for path, data in source.flows.items() if path != record}
    line = f'      <RootComponent type="29" id="{{{id_}}}" behavior="0" />\n'
    return in_text(SOLUTION, line, "")(replace(source, flows=kept))


def another_variable(source: Source) -> Source:
    definition = source.flows[CLINIC].replace(b"ptm_ClinicId", b"ptm_Unused")
    source = replace(source, flows={**source.flows, VARIABLE.format("ptm_Unused"): definition})
    root = "    </RootComponents>"
    listed = f'      <RootComponent type="380" schemaName="ptm_Unused" behavior="0" />\n{root}'
    settings = in_settings(lambda all_: all_["EnvironmentVariables"].append({"SchemaName": "ptm_Unused", "Value": ""}))
    return all_of(in_text(SOLUTION, root, listed), settings)(source)


def another_reference(source: Source) -> Source:
    entry = {
        "LogicalName": "ptm_teams",
        "ConnectionId": "",
        "ConnectorId": "/providers/Microsoft.PowerApps/apis/shared_teams",
    }
    return all_of(
        in_text(CUSTOMIZATIONS, "  </connectionreferences>", ONE_MORE),
        in_settings(lambda settings: settings["ConnectionReferences"].append(entry)),
    )(source)


def another_default(value: str) -> Change:
    """The same one in the variable, in the flow and in the settings."""

    def in_all(settings: Document) -> None:
        next(one for one in settings["EnvironmentVariables"] if one["SchemaName"] == "ptm_SummaryHour")["Value"] = value

    return all_of(
        in_text(HOUR, "<defaultvalue>7<", f"<defaultvalue>{value}<"),
        in_text(SUMMARY, '"defaultValue": "7"', f'"defaultValue": "{value}"'),
        in_settings(in_all),
    )


def everywhere(old: str, new: str) -> Change:
    def changed(source: Source) -> Source:
        flows = {path: data.replace(old.encode(), new.encode()) for path, data in source.flows.items()}
        return replace(source, flows=flows, settings=source.settings.replace(old.encode(), new.encode()))

    return changed


def same_ids(source: Source) -> Source:
    first, second = source.identities.connectors
    identities = replace(source.identities, connectors=(first, replace(second, id="no-guid")))
    return in_text(SOLUTION, second.id, "no-guid", "connectors")(replace(source, identities=identities))


def without_colour(source: Source) -> Source:
    first, *others = source.folders
    whole = json.loads(first.properties)
    del whole["properties"]["iconBrandColor"]
    return replace(source, folders=(replace(first, properties=json.dumps(whole).encode()), *others))


PLANTED: dict[str, Change] = {
    "FlowFrame": in_flow(RUN, lambda document: document.pop("schemaVersion")),
    "KeyRepeated": in_text(RUN, '"contentVersion": "1.0.0.0",', '"contentVersion": "1", "contentVersion": "1.0.0.0",'),
    "TriggerCount": in_flow(SUMMARY, another_trigger),
    "StepNameRepeated": at_the_end(
        SUMMARY, "Tell_the_operator", "Step_table", {"Today": {"type": "Compose", "inputs": "x"}}
    ),
    "StepName": everywhere("Skipped_table", "Skipped table"),
    "DescriptionLength": in_step(RUN, "Start_run", lambda found: found.update(description="a" * 257)),
    "FlowTooLarge": at_the_end(SUMMARY, "Summarise", "Send_summary", nested(7)),
    "StepTypeUnknown": in_step(FAILED, "Wait_for_the_others", lambda found: found.update(type="Http")),
    "ConditionForm": in_step(RUN, "If_it_is_for_real", lambda found: found.update(expression="@equals(1, 1)")),
    "ConnectionUndeclared": in_step(RUN, "Report", lambda found: found["inputs"]["host"].update(connectionName="x")),
    "ConnectionApiDiffers": in_step(RUN, "Report", lambda found: found["inputs"]["host"].update(apiId="x")),
    "ConnectionUnused": in_flow(RUN, another_connection),
    "ConnectionIncomplete": in_text(RUN, '"runtimeSource": "embedded"', '"runtimeSource": "invoker"'),
    "OperationUnknown": in_step(RUN, "Report", lambda found: found["inputs"]["host"].update(operationId="SendEmail")),
    "OperationOfAnotherKind": in_step(RUN, "Report", lambda found: found.update(type="OpenApiConnectionWebhook")),
    "ParameterUnknown": in_parameters(RUN, "Start_run", body_colour="red"),
    "ParameterFilledByThePlatform": in_parameters(
        RECORD, "When_a_message_is_sent", body_callbackUrl="@listCallbackUrl()"
    ),
    "ParameterMissing": without(RUN, "Get_run", "inputs", "parameters", "id"),
    "ListColumns": in_parameters(RECORD, "Add_row", item_Colour="red"),
    "AuthenticationMissing": without(RUN, "Report", "inputs", "authentication"),
    "RunAfterUnknown": runs_after(CANCELLATION, "Wait_a_minute", X=["Succeeded"]),
    "RunAfterCircle": runs_after(RUN, "Wait_20_seconds", Remember_state=["Failed"]),
    "RunAfterStatus": runs_after(RUN, "Get_run", Wait_20_seconds=["Done"]),
    "StepsSideBySide": runs_after(RUN, "Get_run"),
    "LoopWithoutLimit": without(RUN, "Until_it_has_ended", "limit", "count"),
    "LoopWithoutRest": in_step(RUN, "Wait_20_seconds", lambda found: found.update(type="Compose", inputs="x")),
    "ExpressionUnreadable": subject("State @{outputs('Result'}"),
    "ExpressionTooLong": subject("@concat('" + "a " * 4500 + "')"),
    "FunctionUnknown": subject("@upper('x')"),
    "FunctionArguments": subject("@toUpper('x', 'y')"),
    "ActionUnknown": subject("@{body('Nobody')}"),
    "ActionNotOver": in_step(SUMMARY, "Today", lambda found: found.update(inputs="@body('Figures_table')")),
    "LoopNotAround": subject("@{iterationIndexes('Until_it_has_ended')}"),
    "VariableUnknown": subject("@{variables('Nobody')}"),
    "VariableNotAtTheTop": at_the_end(SUMMARY, "Summarise", "Send_summary", {
        "Late": {"type": "InitializeVariable", "inputs": {"variables": [{"name": "Late", "type": "string"}]}},
    }),
    "FlowParameterUnknown": subject("@{parameters('Nobody')}"),
    "FieldUnknown": subject("@{body('Start_run')?['colour']}"),
    "FieldWithoutQuestionMark": subject("@{body('Start_run')['day']}"),
    "TriggerConditionReachesIntoTheRun": in_step(
        CANCELLATION, "When_a_patient_replies",
        lambda found: found["conditions"].append({"expression": "@empty(variables('Item'))"}),
    ),
    "PatientDataUnsecured": without(SUMMARY, "List_unsent", "runtimeConfiguration"),
    "PatientDataHandledUnsecured": without(FAILED, "Of_this_quarter", "runtimeConfiguration"),
    "PatientDataInVariable": in_step(
        CANCELLATION, "Remember_item",
        lambda found: found["inputs"].update(value="@first(body('Find_item'))?['contact']"),
    ),
    "PatientDataSentElsewhere": in_step(
        CANCELLATION, "Ask",
        lambda found: found["inputs"]["parameters"].update(
            {"ApprovalCreationInput/details": "@{first(body('Find_item'))?['patientName']} cannot come"}
        ),
    ),
    "PatientDataInTermination": in_step(
        RUN, "End_as_failed",
        lambda found: found["inputs"]["runError"].update(message="@{string(body('Failed_steps'))}"),
    ),
    "LiteralInFlow": subject("Ask desk@clinic.example"),
    "LiteralInDefault": another_default("desk@clinic.example"),
    "LiteralInSettings": in_settings(lambda settings: settings["EnvironmentVariables"][0].update(Value="riverside")),
    "RetryPolicyMissing": without(RUN, "Report", "inputs", "retryPolicy"),
    "IdempotencyKeyMissing": at_the_end(RUN, "Run", "Report", scheduling("always the same")),
    "AcceptedTakenForAPromise": without(RUN, "Start_run", "operationOptions"),
    "FailureUnheard": runs_after(RUN, "Tell_the_operator", Run=["Failed"]),
    "FailureLooksLikeSuccess": in_step(
        RUN, "End_as_failed", lambda found: found["inputs"].update(runStatus="Succeeded")
    ),
    "FileUnknown": lambda source: replace(source, flows={**source.flows, "Workflows/notes.txt": b"x"}),
    "Manifest": in_text(SOLUTION, "<Managed>0<", "<Managed>1<"),
    "MergedInSource": in_text(CUSTOMIZATIONS, "<Workflows />", "<Workflows><Workflow /></Workflows>"),
    "RootComponents": in_text(
        SOLUTION, '      <RootComponent type="380" schemaName="ptm_AppLink" behavior="0" />\n', ""
    ),
    "FlowFiles": without_record,
    "FlowRecord": in_record(RUN, "<Category>5<", "<Category>0<"),
    "FlowSwitchedOn": all_of(
        in_record(RUN, "<StateCode>0<", "<StateCode>1<"), in_record(RUN, "<StatusCode>1<", "<StatusCode>2<")
    ),
    "EnvironmentVariable": in_text(CLINIC, 'default="Clinic"', 'default="Hospital"'),
    "EnvironmentVariableUnused": another_variable,
    "FlowParameterUnused": in_flow(RUN, another_parameter),
    "EnvironmentVariableFile": in_text(CLINIC, "<type>100000000<", "<type>100000001<"),
    "ConnectionReference": another_reference,
    "CustomConnectorId": in_text(CUSTOMIZATIONS, WHATSAPP_ID, "00000000-0000-0000-0000-000000000001"),
    "DeploymentSettings": in_settings(lambda settings: settings["EnvironmentVariables"].pop()),
    "Prefix": everywhere("ptm_outlook", "ptm_out-look"),
    "Id": same_ids,
    "ConnectorProperties": without_colour,
}  # fmt: skip


def test_the_shipped_source_breaks_no_rule(source: Source) -> None:
    assert check_source(source) == []


@pytest.mark.parametrize("rule", PLANTED)
def test_a_planted_mistake_is_caught_by_its_rule_alone(rule: str, source: Source) -> None:
    found = check_source(PLANTED[rule](source))
    assert {finding.rule for finding in found} == {rule}, "\n".join(map(str, found))


def test_no_rule_is_left_untried() -> None:
    assert {rule.name for rule in RULES} == set(PLANTED)


@pytest.mark.parametrize("key", ["@workflow()?['run']?['name']", "@concat('row-', workflow()?['run']?['name'])"])
def test_a_key_of_the_run_lets_a_send_pass(key: str, source: Source) -> None:
    assert check_source(at_the_end(RUN, "Run", "Report", scheduling(key))(source)) == []


@pytest.mark.parametrize(
    "told",
    [
        "@{first(body('Find_item'))?['said']}",
        "@{string(body('Find_item'))}",
        "@{join(body('List_work')?['value'], ', ')}",
        "@{triggerBody()?['text']}",
        "@{triggerOutputs()?['body/text']}",
        "@{toUpper(coalesce(first(body('List_work')?['value'])?['contact'], ''))}",
        "@{json(string(triggerBody()))?['text2']}",
        "@{replace(concat('x', first(body('Find_item'))?['patientName']), 'x', '')}",
    ],
)
def test_patient_data_is_followed_through_functions(told: str, source: Source) -> None:
    change = in_step(
        CANCELLATION, "Ask", lambda found: found["inputs"]["parameters"].update({"ApprovalCreationInput/details": told})
    )
    assert {finding.rule for finding in check_source(change(source))} == {"PatientDataSentElsewhere"}


def test_patient_data_is_followed_under_another_name(source: Source) -> None:
    renamed = {"Who": "@item()?['patientName']"}
    change = in_step(FAILED, "Items", lambda found: found["inputs"].update(select=renamed))
    found = {finding.rule for finding in check_source(change(source))}
    assert found == {"PatientDataHandledUnsecured", "PatientDataSentElsewhere"}


def test_every_exception_is_needed(source: Source) -> None:
    """A field that is called like patient data and is something else: the operation has it."""
    contracts = [contract for one in View(source).connectors.values() for contract in one.contracts.values()]
    for operation, fields in exceptions().items():
        names = {name for one in contracts if one.id == operation for name in one.answer.field_names()}
        assert set(fields) <= names


@pytest.mark.parametrize(
    "told",
    ["@{length(body('Find_item'))}", "@{first(body('Find_item'))?['channel']}", "@{empty(triggerBody()?['text'])}",
     "@{triggerBody()?['patientId']}", "@{if(equals(triggerBody()?['text'], '2'), 'yes', 'no')}"],
)  # fmt: skip
def test_counts_and_opaque_ids_may_be_told(told: str, source: Source) -> None:
    change = in_step(
        CANCELLATION, "Ask", lambda found: found["inputs"]["parameters"].update({"ApprovalCreationInput/details": told})
    )
    assert check_source(change(source)) == []


def test_the_mistake_is_named_with_its_place(source: Source) -> None:
    [finding] = check_source(PLANTED["ParameterUnknown"](source))
    assert finding.place.startswith(path_of(source, RUN) + "#/properties/definition/actions/Run/actions/Start_run")
    assert "body/colour" in finding.message


def test_the_flows_ask_for_nothing_that_they_do_not_need(source: Source) -> None:
    """The helper finds every step by name, also within branches: a planted mistake always lands."""
    document = json.loads(source.flows[path_of(source, CANCELLATION)])
    assert step(document, "Resolve_item")["inputs"]["host"]["operationId"] == "ResolveWork"
