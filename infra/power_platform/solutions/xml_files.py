"""The XML of solutions: our own files, read and written the same way each time."""

from xml.etree import ElementTree as ET

from infra.power_platform.solutions.finding import SolutionUnreadable

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
ET.register_namespace("xsi", _XSI)


def parsed(written: bytes, name: str) -> ET.Element:
    """Raises SolutionUnreadable. Nothing here comes from anybody else, but an archive might."""
    if b"<!DOCTYPE" in written:
        raise SolutionUnreadable(f"{name} holds a document type")
    try:
        return ET.fromstring(written)  # noqa: S314 - without a document type there are no entities
    except ET.ParseError as error:
        raise SolutionUnreadable(f"{name} is not XML: {error}") from error


def serialised(root: ET.Element) -> bytes:
    """Indented by two spaces, so that the same tree is the same bytes."""
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'.encode()


def canonical(written: bytes) -> str:
    """Two files that say the same are the same text."""
    return ET.canonicalize(written.decode("utf-8-sig"), strip_text=True)


def element(name: str, text: str = "", **attributes: str) -> ET.Element:
    made = ET.Element(name, attributes)
    made.text = text or None
    return made


def text_of(root: ET.Element, path: str) -> str:
    """Of an element below `root`; empty where it is missing."""
    return (root.findtext(path) or "").strip()
