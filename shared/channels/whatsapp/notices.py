"""News about the account, its number or its templates (every webhook field but `messages`), for operators.

Only the provider's own terms are passed on, from a fixed list of places: never free text, never a patient's address.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from shared.channels.whatsapp.reading import term
from shared.domain.inbound import AccountNotice, TemplateNews

_PLACES: Final[dict[str, tuple[str, ...]]] = {
    "message_template_status_update": (
        "event",
        "message_template_name",
        "message_template_language",
        "message_template_category",
        "reason",
        "other_info.title",
        "disable_info.disable_date",
        "rejection_info.reason",
    ),
    "message_template_quality_update": (
        "message_template_name",
        "message_template_language",
        "previous_quality_score",
        "new_quality_score",
    ),
    "message_template_components_update": ("message_template_name", "message_template_language"),
    "template_category_update": (
        "message_template_name",
        "message_template_language",
        "previous_category",
        "new_category",
        "correct_category",
    ),
    "phone_number_quality_update": ("event", "current_limit", "max_daily_conversations_per_business"),
    "phone_number_name_update": ("decision", "rejection_reason"),
    "business_capability_update": ("max_daily_conversation_per_phone", "max_daily_conversations_per_business"),
    "account_update": ("event", "ban_info.waba_ban_state", "violation_info.violation_type"),
    "account_alerts": ("alert_severity", "alert_status", "alert_type"),
    "account_review_update": ("decision",),
    "security": ("event",),
    # Known, not used yet: that they came is worth knowing, what they hold is the patient's.
    "smb_message_echoes": (),
    "smb_app_state_sync": (),
    "history": (),
    "calls": (),
    "flows": ("event",),
}


# Cloud API, message_template_status_update; what is not here (in appeal, flagged, pending) changes nothing yet.
_TEMPLATE_NEWS: Final = {
    **dict.fromkeys(("PAUSED", "DISABLED", "REJECTED", "DELETED"), TemplateNews.STOPPED),
    **dict.fromkeys(("APPROVED", "REINSTATED"), TemplateNews.WORKS),
}


def template_key(name: str, code: str) -> str:
    """One template in one language, by Meta's own words for both. Webhooks write en-GB for the API's en_GB."""
    return f"{name}/{code.replace('-', '_')}"


def is_known(field: str) -> bool:
    return field in _PLACES or field.startswith("group_")


def read_notice(field: str, value: Mapping[str, Any], at: datetime, channel: str, account: str) -> AccountNotice:
    """`detail` reads `event=PAUSED message_template_name=appointment_reminder …`."""
    found = [(place, _at_place(value, place)) for place in _PLACES.get(field, ())]
    if field == "account_update":
        found += [("restriction", kind) for kind in _restrictions(value.get("restriction_info"))]
    detail = " ".join(f"{name}={said}" for name, said in found if said)
    told = dict(found)
    if field != "message_template_status_update" or not told["message_template_name"]:
        return AccountNotice(channel, account, field, at, detail)
    template = template_key(told["message_template_name"], told["message_template_language"])
    return AccountNotice(channel, account, field, at, detail, template, _TEMPLATE_NEWS.get(told["event"]))


def read_error(error: Mapping[str, Any], at: datetime, channel: str, account: str) -> AccountNotice:
    """A system, app or account problem that belongs to no message (Errors messages webhooks reference)."""
    code = error["code"]
    if type(code) is not int:
        raise TypeError("a code is a number")
    return AccountNotice(channel, account, "error", at, str(code)[:20])


def _at_place(value: Any, place: str) -> str:
    for step in place.split("."):
        value = value.get(step) if type(value) is dict else None
    return term(value)


def _restrictions(value: Any) -> list[str]:
    items = value if type(value) is list else []
    return [term(item.get("restriction_type")) for item in items if type(item) is dict]
