"""Checks the source, builds both zips, checks them, and takes them apart again."""

from collections.abc import Mapping
from dataclasses import dataclass

from infra.power_platform.solutions.archive import pack, unpack
from infra.power_platform.solutions.archive_rules import ZIP_RULES, Opened, check_archives
from infra.power_platform.solutions.assemble import CONNECTORS, FLOWS, assemble
from infra.power_platform.solutions.check import check_source
from infra.power_platform.solutions.finding import Finding, SolutionsBroken
from infra.power_platform.solutions.rules import RULES
from infra.power_platform.solutions.source import Source, Unpacked
from infra.power_platform.solutions.xml_files import canonical


@dataclass(frozen=True, slots=True)
class Built:
    """One solution. `files`: what it is unpacked."""

    name: str
    version: str
    files: Unpacked
    archive: bytes

    @property
    def file_name(self) -> str:
        """As the platform names exports."""
        return f"{self.name}_{self.version.replace('.', '_')}.zip"


@dataclass(frozen=True, slots=True)
class Build:
    """In the order of import. `rules`: how many were asked, of source and zips."""

    solutions: tuple[Built, ...]
    rules: int


def build(source: Source, apis: Mapping[str, str] | None = None) -> Build:
    """Raises SolutionsBroken with everything that is wrong, SolutionUnreadable."""
    _stop_at(check_source(source))
    made = tuple(Built(name, source.version, files, pack(files)) for name, files in assemble(source, apis).items())
    by_name = {one.name: Opened(one.name, one.archive) for one in made}
    _stop_at(check_archives(by_name[CONNECTORS], by_name[FLOWS]))
    _stop_at([finding for one in made for finding in round_trip(one)])
    return Build(made, len(RULES) + len(ZIP_RULES) + 2)


def round_trip(one: Built) -> list[Finding]:
    """Whether the zip holds what it was made of: files byte by byte, XML by what it says."""
    back = unpack(one.archive)
    differing = sorted(one.files.keys() ^ back.keys())
    differing += [path for path in one.files.keys() & back.keys() if not _same(path, one.files[path], back[path])]
    return [Finding("ZipRoundTrip", f"{one.name}.zip/{path}", "It is not what was packed.") for path in differing]


def _same(path: str, packed: bytes, unpacked: bytes) -> bool:
    return packed == unpacked or (path.endswith(".xml") and canonical(packed) == canonical(unpacked))


def _stop_at(findings: list[Finding]) -> None:
    if findings:
        raise SolutionsBroken(findings)
