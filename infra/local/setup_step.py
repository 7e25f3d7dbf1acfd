"""A step of set-up: done once, stamped with what it was made from. Standard library, Python 3.9."""

from __future__ import annotations

import hashlib
import subprocess
import time
from pathlib import Path
from typing import Callable  # noqa: UP035 - 3.9 is meant


class SetupError(RuntimeError):
    """Set-up cannot go on; the text says what a person can do."""


class Step:
    """One part of set-up: what it depends on, where its stamp lies, how it is done."""

    def __init__(
        self,
        title: str,
        stamp: Path,
        made_from: Callable[[], str],
        action: Callable[[], None],
        proof: Callable[[], bool] = lambda: True,
    ) -> None:
        self._title = title
        self._stamp = stamp
        self._made_from = made_from
        self._action = action
        self._proof = proof

    def is_done(self) -> bool:
        """Whether the stamp matches what the step would be made from now."""
        return self._stamp.is_file() and self._stamp.read_text() == self._made_from() and self._proof()

    def run(self, number: str) -> None:
        """Do it, saying so before and after."""
        started = time.monotonic()
        print(f"{number} {self._title} …", flush=True)
        self._action()
        self._stamp.parent.mkdir(parents=True, exist_ok=True)
        self._stamp.write_text(self._made_from())
        print(f"{number} {self._title}: done in {time.monotonic() - started:.0f} s", flush=True)


def run(command: list[str], failure: str, folder: Path | None = None, environment: dict | None = None) -> None:
    """Run a program quietly. Raises SetupError with `failure` and the program's last lines."""
    try:
        done = subprocess.run(
            command,
            cwd=None if folder is None else str(folder),
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except OSError as error:
        raise SetupError(f"{failure}: {error}") from None
    if done.returncode:
        last_lines = done.stdout.decode(errors="replace").strip().splitlines()[-12:]
        raise SetupError("{}:\n{}".format(failure, "\n".join(last_lines)))


def hash_of(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
