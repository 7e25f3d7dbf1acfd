"""What a person reads while the local run starts and works. Light to import, so that a first line stands early."""

from __future__ import annotations

import time
from collections.abc import Callable


class RunStoppedError(RuntimeError):
    """The local run cannot go on: the text names the part, what happened and what to do."""

    def __init__(self, name: str, what: str, to_do: str) -> None:
        super().__init__(f"{name}: {what}. {to_do}")


class Progress:
    """Lines for a person, with the seconds since the beginning."""

    def __init__(self, write: Callable[[str], None] = lambda text: print(text, flush=True)) -> None:
        self._write = write
        self._began = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._began

    def say(self, text: str) -> None:
        self._write(f"[{self.elapsed_s:5.1f} s] {text}")
