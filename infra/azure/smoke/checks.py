"""Everything that a smoke test looks at, in its order. A new check is one line in one of these files."""

from infra.azure.smoke import callers, doors, page, providers
from infra.azure.smoke.check import Check

CHECKS: tuple[Check, ...] = (*doors.CHECKS, *callers.CHECKS, *providers.CHECKS, *page.CHECKS)
