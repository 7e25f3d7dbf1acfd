"""Places in the good connector that changes go to, and short ways to write a change down."""

from typing import Any

from infra.power_platform.lint import Publisher
from tests.infra.power_platform.lint.changes import Broken, Change, drop, in_definition, in_properties, put

REMIND = "paths|/v1/reminders|post"
REMIND_BODY = f"{REMIND}|parameters|0|schema|properties"
PERIOD = f"{REMIND_BODY}|period"
TEMPLATED = "paths|/v1/templated|post"
VARIABLES = f"{TEMPLATED}|parameters|1|schema|properties|variables"
LIST = "paths|/v1/messages|get"
GET = "paths|/v1/messages/{messageId}|get"
OLD, NEW = "paths|/v1/insights|get", "paths|/v2/insights|get"
CLINICS = "paths|/v1/clinics|get"
TRIGGER_PATH = "paths|/v1/triggers/patient-reply/subscriptions"
TRIGGER = f"{TRIGGER_PATH}|post"
CALLBACK = f"{TRIGGER}|parameters|0|schema|properties|callbackUrl"
CALLBACK_REQUIRED = f"{TRIGGER}|parameters|0|schema|required"
CONTENT = f"{TRIGGER_PATH}|x-ms-notification-content"
DELETE = "paths|/v1/subscriptions/{subscriptionId}/{token}|delete"
METADATA = "x-ms-connector-metadata"


def defined(rule: str, change: Change, *places: str) -> Broken:
    """Broken in the definition."""
    return Broken(rule, change, tuple(map(in_definition, places)))


def set_to(rule: str, place: str, value: Any) -> Broken:
    """Broken at the place that is changed."""
    return defined(rule, put(place, value), place)


def dropped(rule: str, place: str) -> Broken:
    return defined(rule, drop(place), place)


def propertied(rule: str, change: Change, place: str, publisher: Publisher = Publisher.VERIFIED) -> Broken:
    return Broken(rule, change, (in_properties(place),), publisher)
