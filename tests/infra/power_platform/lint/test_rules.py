"""Every rule sees what it is there for, and nothing else."""

import pytest

from infra.power_platform.lint import ConnectorFiles, Publisher, lint_connector
from infra.power_platform.lint.rules import RULES
from tests.infra.power_platform.lint.broken_connectors import BROKEN
from tests.infra.power_platform.lint.changes import Broken
from tests.infra.power_platform.lint.good_connector import good_connector

SEVERITIES = {rule.name: rule.severity for rule in RULES}


@pytest.mark.parametrize("publisher", list(Publisher))
@pytest.mark.parametrize("variant", ["", "apiKey"])
def test_a_good_connector_has_no_finding(publisher: Publisher, variant: str) -> None:
    assert lint_connector(good_connector(publisher, variant)) == []


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.rule)
def test_one_change_breaks_one_rule_at_its_place(broken: Broken) -> None:
    findings = lint_connector(broken.connector())
    expected = {(broken.rule, SEVERITIES[broken.rule], place) for place in broken.places}
    assert {(finding.rule, finding.severity, finding.place) for finding in findings} == expected
    assert all(finding.message.endswith(".") for finding in findings)


def test_every_rule_has_a_connector_that_breaks_it() -> None:
    assert {rule.name for rule in RULES} == {broken.rule for broken in BROKEN}


def test_no_rule_stands_there_twice() -> None:
    assert len(SEVERITIES) == len(RULES)


def test_an_empty_connector_is_found_wanting_without_a_crash() -> None:
    rules = {finding.rule for finding in lint_connector(ConnectorFiles({}, {}, "", None))}
    assert {"RequiredPropertyMissing", "ReadmeMissing", "IconMissing", "HostNameNotValid"} <= rules
