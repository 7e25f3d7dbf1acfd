"""Where a file comes from: the one seam behind which a share or a blob container can stand."""

import os
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

    @property
    def place(self) -> str:
        """Where it is: two drops of one place are one file. Holds folder names, so it is for no message."""
        ...

    def version(self) -> str:
        """Another one whenever the file is another. Raises as `open`."""
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

    @property
    def place(self) -> str:
        return str(self._path.absolute())

    def version(self) -> str:
        stat = self._stat()
        return f"{stat.st_mtime_ns} {stat.st_size} {stat.st_ino}"

    def open(self) -> BinaryIO:
        try:
            return self._path.open("rb")
        except OSError as error:
            raise _unreadable(self.name, error) from None

    def changed_at(self) -> datetime:
        return datetime.fromtimestamp(self._stat().st_mtime, UTC)

    def _stat(self) -> os.stat_result:
        try:
            return self._path.stat()
        except OSError as error:
            raise _unreadable(self.name, error) from None


def _unreadable(name: str, error: OSError) -> SourceRefused | SourceUnavailable:
    if isinstance(error, PermissionError):
        return SourceRefused(f"The extract {name} may not be read by this app.")
    return SourceUnavailable(f"The extract {name} is not there, or its folder does not answer.")
