"""A solution as one zip, and back.

In the zip, solution.xml and customizations.xml stand at the top; the records of flows and connectors are merged into
the latter; `Connectors/` is called `Connector/`. The same source is the same bytes: order, times and rights are fixed.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from xml.etree import ElementTree as ET

from infra.power_platform.solutions.derive import PACKED, UNPACKED
from infra.power_platform.solutions.finding import SolutionUnreadable
from infra.power_platform.solutions.source import Unpacked
from infra.power_platform.solutions.view import CUSTOMIZATIONS, MANIFEST, RECORD_END
from infra.power_platform.solutions.xml_files import element, parsed, serialised

TYPES, PACKED_MANIFEST, PACKED_CUSTOMIZATIONS = "[Content_Types].xml", "solution.xml", "customizations.xml"
_CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_ANY_TYPE = "application/octet-stream"
_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can name
_RIGHTS = 0o644 << 16


def pack(files: Unpacked) -> bytes:
    """Of a whole unpacked solution."""
    parts = dict(_packed(files))
    parts[TYPES] = _content_types(parts)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(parts):
            entry = zipfile.ZipInfo(path, _TIME)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, _RIGHTS, 3
            archive.writestr(entry, parts[path])
    return written.getvalue()


def unpack(archive: bytes) -> Unpacked:
    """The unpacked solution that a zip was made of. Raises SolutionUnreadable."""
    parts = entries(archive)
    if not {PACKED_MANIFEST, PACKED_CUSTOMIZATIONS} <= parts.keys():
        raise SolutionUnreadable("The zip has no solution.xml or no customizations.xml.")
    root = parsed(parts[PACKED_CUSTOMIZATIONS], PACKED_CUSTOMIZATIONS)
    found = {MANIFEST: parts[PACKED_MANIFEST]}
    for path, written in parts.items():
        if "/" in path:
            head, _, rest = path.partition("/")
            found[f"{UNPACKED if head == PACKED else head}/{rest}"] = written
    for record in list(root.iterfind("Workflows/Workflow")):
        name = (record.findtext("JsonFileName") or "").removeprefix("/")
        found[name.removesuffix(".json") + RECORD_END] = serialised(record)
    for connector in list(root.iterfind("Connectors/Connector")):
        found[f"{UNPACKED}/{connector.findtext('name')}.xml"] = serialised(connector)
    for name in ("Workflows", "Connectors"):
        for merged in root.iterfind(name):
            merged[:] = []
            merged.text = None
    found[CUSTOMIZATIONS] = serialised(root)
    return found


def entries(archive: bytes) -> Mapping[str, bytes]:
    """Raises SolutionUnreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            return {one.filename: opened.read(one) for one in opened.infolist() if not one.is_dir()}
    except zipfile.BadZipFile as error:
        raise SolutionUnreadable("It is not a zip file.") from error


def _packed(files: Unpacked) -> Iterator[tuple[str, bytes]]:
    root = parsed(files[CUSTOMIZATIONS], CUSTOMIZATIONS)
    for path, written in sorted(files.items()):
        folder, name = PurePosixPath(path).parts[0], PurePosixPath(path).name
        if path == MANIFEST:
            yield PACKED_MANIFEST, written
        elif name.endswith(RECORD_END):
            _into(root, "Workflows").append(parsed(written, path))
        elif folder == UNPACKED and name.endswith(".xml"):
            _into(root, "Connectors").append(parsed(written, path))
        elif path != CUSTOMIZATIONS:
            yield path.replace(f"{UNPACKED}/", f"{PACKED}/", 1) if folder == UNPACKED else path, written
    yield PACKED_CUSTOMIZATIONS, serialised(root)


def _into(root: ET.Element, name: str) -> ET.Element:
    found = root.find(name)
    if found is None:
        raise SolutionUnreadable(f"{CUSTOMIZATIONS} has no {name}.")
    return found


def _content_types(parts: Mapping[str, bytes]) -> bytes:
    """Of every ending; of what has none, by its own name."""
    root = element("Types", xmlns=_CONTENT_TYPES)
    for ending in sorted({PurePosixPath(path).suffix.lstrip(".") for path in parts} - {""} | {"xml"}):
        root.append(element("Default", Extension=ending, ContentType=_ANY_TYPE))
    for path in sorted(path for path in parts if not PurePosixPath(path).suffix):
        root.append(element("Override", PartName=f"/{path}", ContentType=_ANY_TYPE))
    return serialised(root)
