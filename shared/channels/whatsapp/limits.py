"""Meta's limits on what a message may hold, as pure checks. Source: Cloud API reference, Messages and Templates."""

import re

MAX_TEXT = 4096
MAX_TEMPLATE_BODY = 1024
MAX_CAPTION = 1024
MAX_INTERACTIVE_BODY = 1024
MAX_FOOTER = 60
MAX_HEADER = 60
MAX_REFERENCE = 512  # biz_opaque_callback_data
MAX_BUTTON_PAYLOAD = 128

_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
_MARKUP = re.compile(r"[*_~`]")
_LONG_GAP = " " * 5


def is_e164(text: str) -> bool:
    """A number with + and country code. Without the + Meta may prepend the business's own code and reach a stranger."""
    return _E164.fullmatch(text) is not None


def is_user_id(text: str) -> bool:
    """A BSUID, which stands for a patient whose number is not visible (Meta, Business-scoped user IDs)."""
    return _USER_ID.fullmatch(text) is not None


def parameter_problem(value: str) -> str:
    """Why `value` cannot fill a template variable (codes 132018, 132007, 100); empty if it can."""
    if not value.strip():
        return "must not be empty"
    if "\n" in value or "\r" in value or "\t" in value:
        return "must not hold a line break or a tab"
    if _LONG_GAP in value:
        return "must not hold more than four spaces in a row"
    if not is_encodable(value):
        return "holds a broken character"
    return ""


def text_problem(value: str, longest: int) -> str:
    """Why `value` cannot be a text of at most `longest` characters; empty if it can."""
    if not value.strip():
        return "must not be empty"
    if len(value) > longest:
        return f"must not be longer than {longest} characters"
    if not is_encodable(value):
        return "holds a broken character"
    return ""


def holds_markup(value: str) -> bool:
    """WhatsApp reads star, underscore, tilde and backtick as formatting, also inside variables."""
    return _MARKUP.search(value) is not None


def is_encodable(value: str) -> bool:
    """JSON can carry half of a surrogate pair, which no provider takes."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
