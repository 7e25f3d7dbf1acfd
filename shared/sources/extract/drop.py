"""Where a file comes from: the one seam behind which a share or a blob container can stand."""

from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from shared.errors import SourceRefused, SourceUnavailable


class Drop(Protocol):
    """One file that is replaced from time to time. Its methods block; they are called in a thread."""

    @property
    def name(self) -> str:
        """What the file is called, for its format and for messages."""
        ...

    def open(self) -> BinaryIO:
        """The file as it is now, seekable. Raises SourceUnavailable if there is none, SourceRefused if it is shut."""
        ...

    def changed_at(self) -> datetime:
        """When it was last written. Raises as `open`."""
        ...


class LocalDrop:
    """A file on this machine or a mounted share."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        return self._path.name

    def open(self) -> BinaryIO:
        try:
            return self._path.open("rb")
        except OSError as error:
            raise _unreadable(self.name, error) from None

    def changed_at(self) -> datetime:
        try:
            return datetime.fromtimestamp(self._path.stat().st_mtime, UTC)
        except OSError as error:
            raise _unreadable(self.name, error) from None


def _unreadable(name: str, error: OSError) -> SourceRefused | SourceUnavailable:
    if isinstance(error, PermissionError):
        return SourceRefused(f"The extract {name} may not be read by this app.")
    return SourceUnavailable(f"The extract {name} is not there, or its folder does not answer.")
