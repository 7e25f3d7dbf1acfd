"""Files that a person names."""

from __future__ import annotations

from pathlib import Path

from infra.ops.command import CommandRefusedError

LARGEST = 4 * 1024 * 1024  # bytes; a clinic's file has some thousand


def text_of(path: Path) -> str:
    """Raises CommandRefusedError where it is no text that can be read."""
    try:
        if path.stat().st_size > LARGEST:
            raise CommandRefusedError(f"{path} is larger than {LARGEST // 1024**2} MiB: is it the right file?")
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandRefusedError(f"{path} is not written in UTF-8: save it as UTF-8 and try again.") from None
    except OSError as error:
        raise CommandRefusedError(f"{path} cannot be read: {error.strerror}.") from None
