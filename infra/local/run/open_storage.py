"""Where the data of a local run is open. Two Azurites on one folder would spoil it, so the first one leaves a note."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from infra.local.azurite import Azurite

NOTE = "storage.json"


@contextmanager
def noted(folder: Path, azurite: Azurite) -> Iterator[None]:
    """While this lasts, others find that the data of `folder` is open in this Azurite."""
    path = folder / NOTE
    note = {"connection": azurite.connection_string, "process": azurite.process_id}
    path.write_text(json.dumps(note), encoding="utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def open_connection(folder: Path) -> str | None:
    """Connection string of the Azurite that has the data of `folder` open now. A note of one that has gone is none."""
    try:
        note = json.loads((folder / NOTE).read_text("utf-8"))
        connection, process = str(note["connection"]), int(note["process"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return connection if _is_alive(process) and _answers(connection) else None


def _is_alive(process: int) -> bool:
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _answers(connection: str) -> bool:
    parts = dict(part.split("=", 1) for part in connection.split(";") if "=" in part)
    address = urlsplit(parts.get("TableEndpoint", ""))
    try:
        with socket.create_connection((address.hostname or "", address.port or 0), timeout=1):
            return True
    except (OSError, ValueError):
        return False
