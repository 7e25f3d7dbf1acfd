"""Files that a person names."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from infra.ops.command import CommandRefusedError

LARGEST = 4 * 1024 * 1024  # bytes; a clinic's file has some thousand


def text_of(path: Path, *, as_it_is: bool = False) -> str:
    """`as_it_is`: with its own ends of lines, and the mark that some editors put first. Raises CommandRefusedError
    where it is no text that can be read."""
    try:
        if path.stat().st_size > LARGEST:
            raise CommandRefusedError(f"{path} is larger than {LARGEST // 1024**2} MiB: is it the right file?")
        return path.read_text("utf-8", newline="") if as_it_is else path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandRefusedError(f"{path} is not written in UTF-8: save it as UTF-8 and try again.") from None
    except OSError as error:
        raise CommandRefusedError(f"{path} cannot be read: {error.strerror}.") from None


@contextmanager
def private_file(path: Path) -> Iterator[TextIO]:
    """A new file that only its owner may read; it has its name when it is whole. Raises CommandRefusedError."""
    if path.exists():
        raise CommandRefusedError(f"{path} is there already. Name a new file.")
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                yield file
                file.flush()
                os.fsync(descriptor)
            Path(name).rename(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise CommandRefusedError(f"{path} cannot be written: {error.strerror}.") from None
