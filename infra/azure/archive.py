"""The deployment archive: what `.funcignore` leaves of the project, and nothing that Azure does not run."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

IGNORE = ".funcignore"
TOP = frozenset({"function_app.py", "host.json", "requirements.txt", "functions", "shared"})
KINDS = frozenset({".py", ".json", ".html", ".css", ".txt"})
_NO_TIME = (1980, 1, 1, 0, 0, 0)  # the same files make the same archive, whenever it is built


class ArchiveWrong(Exception):
    """What would be deployed is not what should be; the text names the files, a line each."""


def files_to_deploy(root: Path) -> Mapping[str, Path]:
    """Path in the archive -> file. Raises ArchiveWrong.

    `azd` sends what `.funcignore` leaves of the folder as it lies there, so a stray file (a key, an extract of
    patients) would go along: whatever is not known to belong into the archive stops it.
    """
    ignored = GitIgnoreSpec.from_lines((root / IGNORE).read_text(encoding="utf-8").splitlines())
    found = {path.relative_to(root).as_posix(): path for path in _left(root, root, ignored)}
    strays = [path for path in found if not _belongs(PurePosixPath(path))]
    missing = sorted(TOP - {PurePosixPath(path).parts[0] for path in found})
    problems = [f"{path} would be deployed: remove it, or name it in {IGNORE}" for path in strays]
    problems += [f"{path} would not be deployed" for path in missing]
    if problems:
        raise ArchiveWrong("\n".join(problems))
    return found


def _left(folder: Path, root: Path, ignored: GitIgnoreSpec) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        name = path.relative_to(root).as_posix()
        if path.is_dir():
            if not ignored.match_file(f"{name}/"):
                yield from _left(path, root, ignored)
        elif not ignored.match_file(name):
            yield path


def _belongs(path: PurePosixPath) -> bool:
    return path.parts[0] in TOP and path.suffix in KINDS


def archive_of(files: Mapping[str, Path]) -> bytes:
    """The files as a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    return out.getvalue()
