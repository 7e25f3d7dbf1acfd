"""Reads the XML of a callback: UTF-8, one `<xml>` element, no document type and so no entities."""

import re
from xml.etree import ElementTree as ET

# Nothing but an XML declaration may stand before the root: so no DOCTYPE, and expat never meets an entity declaration.
_START = re.compile(r"\ufeff?\s*(?:<\?xml[^<>?]*\?>\s*)?<xml[\s>]")
_NOT_XML = dict.fromkeys(c for c in range(32) if chr(c) not in "\t\n\r") | dict.fromkeys((0xFFFE, 0xFFFF))
_ENCRYPT = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?\s*</Encrypt>")


class UnreadableXml(ValueError):
    """Not the XML that WeChat sends. The text is a reason, never a part of the body."""


def read_root(body: bytes) -> ET.Element:
    """The `<xml>` element. Raises UnreadableXml."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableXml("not UTF-8") from None
    if _START.match(text) is None:
        raise UnreadableXml("not an <xml> document")
    text = text.lstrip("\ufeff \t\r\n")
    try:
        return ET.fromstring(text)  # noqa: S314
    except ET.ParseError:
        pass
    # Patients' phones can put control characters into a text; losing the message would be worse than losing those.
    try:
        return ET.fromstring(text.translate(_NOT_XML))  # noqa: S314
    except (ET.ParseError, ValueError):
        raise UnreadableXml("not well-formed") from None


def encrypted_part(body: bytes) -> str:
    """The text of `Encrypt`, empty where there is none. Never raises.

    Found by its tags where that is unambiguous, which spares a parse; a patient who writes `<Encrypt>` costs one.
    """
    found = _ENCRYPT.findall(body, 0)
    if len(found) == 1:
        return str(found[0], "ascii")
    if not found and b"<Encrypt" not in body:
        return ""
    try:
        return (read_root(body).findtext("Encrypt") or "").strip()
    except UnreadableXml:
        return ""
