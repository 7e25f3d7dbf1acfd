"""All rules over one connector."""

from infra.power_platform.lint.connector_files import ConnectorFiles
from infra.power_platform.lint.finding import Finding
from infra.power_platform.lint.rules import RULES
from infra.power_platform.lint.view import ConnectorView


def lint_connector(connector: ConnectorFiles) -> list[Finding]:
    """Everything that any rule has against `connector`, errors first."""
    view = ConnectorView.of(connector)
    return sorted(finding for rule in RULES for finding in rule.findings(view))
