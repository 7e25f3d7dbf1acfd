"""Every route of the app, and by what a caller passes. A test walks them all.

A new family is one file here, one file of triggers, and one name in FAMILIES.
"""

from collections.abc import Mapping
from typing import Any

from functions.interface import (
    appointments,
    diagnostics,
    dropdowns,
    insights,
    messages,
    patients,
    prescriptions,
    previews,
    reminders,
    replies,
    runs,
    schedules,
    subscriptions,
    worklist,
)
from functions.interface.operation import Guard, Operation
from shared.wiring import WEBHOOK_CHANNELS

FAMILIES = (
    messages,
    reminders,
    replies,
    previews,
    prescriptions,
    schedules,
    appointments,
    runs,
    worklist,
    insights,
    patients,
    dropdowns,
    subscriptions,
    diagnostics,
)

OPERATIONS: Mapping[str, Operation[Any, Any]] = {
    operation.id: operation for family in FAMILIES for operation in family.OPERATIONS
}
"""By id: what callers with a key or a token may do."""

OTHER_ROUTES: Mapping[str, Guard] = {
    **{f"webhooks/{channel}/{{account?}}": Guard.SIGNATURE for channel in WEBHOOK_CHANNELS},
    "p/{token}": Guard.LINK,
    "health": Guard.NOBODY,
}
"""Routes that are nobody's operation."""
