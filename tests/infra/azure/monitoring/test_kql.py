"""The small evaluator does what the language's reference says, and refuses what it does not know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from infra.azure.monitoring.kql import Row, UnknownKql, run

AT = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
SAID = ("send outcome=Accepted ms=100", "send outcome=Unknown ms=200", "Send outcome=Accepted ms=300", "run ended")
LINES = [{"TimeGenerated": AT + timedelta(minutes=25 * n), "Message": said} for n, said in enumerate(SAID)]
PARSED = 'AppTraces\n| where Message startswith "send "\n| parse Message with * "outcome=" outcome " ms=" ms\n'


def after(rest: str) -> list[Row]:
    return run(PARSED + rest, LINES)


def test_startswith_takes_upper_and_lower_case_for_the_same() -> None:
    assert [row["outcome"] for row in after("")] == ["Accepted", "Unknown", "Accepted"]


def test_equality_and_membership_take_case_seriously() -> None:
    assert len(after('| where outcome == "Accepted"')) == 2
    assert after('| where outcome in ("accepted", "unknown")') == []


def test_what_does_not_fit_a_pattern_is_kept_and_empty() -> None:
    rows = run('AppTraces\n| parse Message with * "outcome=" outcome " ms=" ms', LINES)
    assert [row["outcome"] for row in rows] == ["Accepted", "Unknown", "Accepted", ""]


def test_rows_are_counted_by_hour_and_name() -> None:
    rows = after("| summarize sends = count() by bin(TimeGenerated, 1h), outcome")
    assert rows == [
        {"TimeGenerated": AT, "outcome": "Accepted", "sends": 2},
        {"TimeGenerated": AT, "outcome": "Unknown", "sends": 1},
    ]


def test_bins_begin_at_whole_hours() -> None:
    rows = run("AppTraces\n| summarize lines = count() by bin(TimeGenerated, 1h)", LINES)
    assert [(row["TimeGenerated"].hour, row["lines"]) for row in rows] == [(10, 3), (11, 1)]


def test_folds() -> None:
    [row] = after(
        '| extend s = todouble(ms) / 1000\n| extend all = strcat("a", "b")\n'
        "| summarize p50 = percentile(s, 50), p95 = percentile(s, 95), most = max(toint(ms)), "
        "kinds = dcount(outcome) by all"
    )
    assert row == {"all": "ab", "p50": 0.2, "p95": 0.3, "most": 300, "kinds": 2}


def test_rows_are_ordered() -> None:
    rows = after("| extend n = toint(ms)\n| order by n desc")
    assert [row["n"] for row in rows] == [300, 200, 100]


@pytest.mark.parametrize(
    "line",
    [
        "| take 10",
        '| where outcome != "Accepted"',
        '| where outcome == "Accepted" or ms == "1"',
        "| parse kind=regex Message with outcome",
        "| extend outcome",
        "| extend s = ms * 2",
        "| summarize count() by outcome",
        "| summarize n = avg(ms) by outcome",
        "| summarize n = count(), avg(ms) by outcome",
        "| summarize n = count() by bin(TimeGenerated, 1w)",
        "| order by ms",
    ],
)
def test_what_it_does_not_know_is_an_error(line: str) -> None:
    with pytest.raises(UnknownKql):
        after(line)


def test_another_table_is_an_error() -> None:
    with pytest.raises(UnknownKql, match="AppTraces"):
        run("AppRequests", [])
