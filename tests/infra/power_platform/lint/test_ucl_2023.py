"""The connector of 2023 passes OpenAPI's own check; our rules see every one of its faults."""

from infra.power_platform.lint import Severity, lint_connector, validate_by_specification
from tests.infra.power_platform.lint.ucl_2023 import ucl_2023

ERRORS = {
    "AccountIdInValue",  # somebody's own phone number id
    "ApiVersionAsDefault",
    "DefaultResponseHasSchema",
    "DescriptionRepeatsSummary",  # descriptions that are only names
    "DescriptionWithoutPunctuation",
    "EmptyLeftOver",
    "EmptyPath",
    "OperationShouldHaveSuccessfulResponse",  # nothing of an answer can be used
    "OperationVisibilityNotStated",
    "ParameterDescriptionRequired",
    "ParameterSummaryRequired",
    "RestrictedCharactersInSummary",
}
WARNINGS = {
    "ArrayInsideArray",  # cannot be filled in from Power Apps
    "KnownErrorsNotListed",
    "SummaryNotInSentenceCase",
    "ParameterSummaryNotInTitleCase",
}


def test_its_faults_are_found() -> None:
    findings = lint_connector(ucl_2023())
    assert {finding.rule for finding in findings if finding.severity is Severity.ERROR} == ERRORS
    assert {finding.rule for finding in findings if finding.severity is Severity.WARNING} == WARNINGS


def test_the_specification_alone_finds_nothing() -> None:
    assert validate_by_specification(ucl_2023()) == []
