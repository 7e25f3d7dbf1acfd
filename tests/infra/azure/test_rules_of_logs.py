"""The check finds a URL that would be stored, a log that is not kept, an alert that would not come."""

import pytest

from infra.azure.rules.alerts import alerts
from infra.azure.rules.diagnostics import diagnostics
from infra.azure.rules.urls import urls
from tests.infra.azure.planted import ALERTS, APP, MAIN, MONITORING, STORAGE, VAULT, WORKSPACE, found


@pytest.mark.parametrize(
    ("path", "right", "wrong", "said"),
    [
        (
            APP,
            "'FunctionAppLogs', enabled: true",
            "'FunctionAppLogs', enabled: false",
            "FunctionAppLogs of app is not kept",
        ),
        (APP, "'AllMetrics', enabled: true", "'AllMetrics', enabled: false", "AllMetrics of app is not kept"),
        (APP, "'FunctionAppLogs'", "'AuditEvent'", "AuditEvent may hold URLs, or is not known of app"),
        (
            STORAGE,
            "      { category: 'StorageDelete', enabled: true }\n",
            "",
            "StorageDelete of blobService is not kept",
        ),
        (STORAGE, "enabled: readsAreLogged", "enabled: false", "StorageRead of blobService is not kept"),
        (VAULT, "    workspaceId: workspaceId\n", "", "does not go to the workspace"),
        (MAIN, "readsAreLogged: true", "readsAreLogged: false", "who reads the patients' storage is not logged"),
        (
            MONITORING,
            ' or StatusCode == "403"',
            "",
            "StorageTableLogs: what others do, or what is refused, is not kept",
        ),
        (MONITORING, "RequesterObjectId != ", "RequesterObjectId == ", "StorageBlobLogs: what others do"),
        (MONITORING, "${appPrincipalId}", "${days}", "StorageTableLogs: every read of the app itself is kept"),
        (
            MONITORING,
            "Microsoft-Table-StorageBlobLogs",
            "Microsoft-Table-Usage",
            "StorageBlobLogs: every read of the app",
        ),
    ],
)
def test_a_log_that_is_not_kept_is_found(path: str, right: str, wrong: str, said: str) -> None:
    assert said in found(diagnostics, path, right, wrong)


@pytest.mark.parametrize(
    ("path", "right", "wrong", "said"),
    [
        (MONITORING, "Message !contains '://'", "Message contains '://'", "FunctionAppLogs: what names no URL is lost"),
        (
            MONITORING,
            " and Message !contains 'openid'\n| where Ex",
            "\n| where Ex",
            "FunctionAppLogs.Message is stored",
        ),
        (MONITORING, "| where ExceptionDetails !contains", "| where ExceptionType !contains", "know ExceptionType"),
        (
            MONITORING,
            "| where InnermostMessage !contains '://' and",
            "| where",
            "AppExceptions.InnermostMessage is stored",
        ),
        (MONITORING, "OperationName contains '/'", "OperationName contains '?'", "AppRequests.OperationName is stored"),
        (MONITORING, "parse_json('{}'), Properties)", "Properties, Properties)", "AppRequests.Properties is stored"),
        (
            MONITORING,
            "'/', OperationName, Name)",
            "'/', Name, OperationName)",
            "AppRequests: what names no URL is lost",
        ),
        (MONITORING, "| extend Name = iif(Name contains '/', '', Name)\n", "", "goes from one column into another"),
        (MONITORING, "destinations: ['workspace']", "destinations: ['workspce']", "does not lead to the one workspace"),
        (MONITORING, "rulesId: rules.id", "rulesId: rulesId", "not made before and after its rules"),
        (
            MONITORING,
            "ResourceId: transformed.outputs",
            "ResourceId: workspace.outputs",
            "before the workspace has its rules",
        ),
        (WORKSPACE, "empty(rulesId) ? null : rulesId", "null", "the rules are not attached"),
        (MAIN, "rulesId: workspaceRulesId", "rulesId: ''", "a second deployment would detach the rules"),
    ],
)
def test_a_url_that_would_be_stored_is_found(path: str, right: str, wrong: str, said: str) -> None:
    assert said in found(urls, path, right, wrong)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("    severity: 1\n", "    severity: 7\n", "severity: Input should be less than or equal to 4"),
        ("    minutes: 15\n", "    minutes: 7\n", "minutes: Input should be 5, 10, 15, 30 or 60"),
        ("    threshold: 0\n", "", "threshold: Field required"),
        ("    when: 'LessThan'\n", "    when: 'GreaterThan'\n", "it would be silent when nothing runs"),
        ("timer_ran trigger=", "poison queue=", "it would be silent when nothing runs"),
        ("trigger=schedule_runs", "trigger=schedule_walks", "the app has no word schedule_walks"),
        ("'AppTraces | where", "'Traces | where", "it looks elsewhere than in AppTraces"),
        ("Message startswith", "Mesage startswith", "AppTraces has no column Mesage"),
        ('Message startswith "failures_high "', 'Message == "failures_high"', "it never equals it"),
        ('"failures_high "', '"failures_hig"', "'failures_hig' ends within a word"),
        ('contains "state=complete"', 'contains "state=entire"', "the app never logs state=entire"),
        ("groupShortName: 'people'", "groupShortName: 'people who are told'", "more than 12 characters"),
    ],
)
def test_an_alert_that_would_not_come_is_found(right: str, wrong: str, said: str) -> None:
    assert said in found(alerts, ALERTS, right, wrong)
