"""Every rule of the source, by subject. A new subject is a file with `RULES` and one line here."""

from infra.power_platform.solutions.rules import (
    calls,
    expressions,
    literals,
    order,
    package,
    resilience,
    secrecy,
    skeleton,
)
from infra.power_platform.solutions.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    *skeleton.RULES,
    *calls.RULES,
    *order.RULES,
    *expressions.RULES,
    *secrecy.RULES,
    *literals.RULES,
    *resilience.RULES,
    *package.RULES,
)
