"""Everything that the product logs during a simulation, looked through for what no log may hold."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Set
from contextlib import contextmanager

_WORDS = re.compile(r"[0-9]{7,}|[\w@-]{8,}")


def patient_data_in(text: str, told: Set[str]) -> list[str]:
    """What a line says of a patient: names, numbers, openids, ids of the source, words that they wrote."""
    return [word for word in _WORDS.findall(text) if word in told]


class LogReader(logging.Handler):
    """Formats every record as a log would show it, tracebacks included."""

    def __init__(self, told: Set[str]) -> None:
        super().__init__(logging.INFO)
        self.lines = 0
        self.wrong: list[str] = []
        self._told = told
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += 1
        if patient_data_in(self.format(record), self._told):
            self.wrong.append(f"patient data in a log line of {record.name}:{record.lineno}")


@contextmanager
def read_logs(told: Set[str]) -> Iterator[LogReader]:
    """Of the product, at INFO; nothing of it goes anywhere else meanwhile."""
    reader, log = LogReader(told), logging.getLogger("shared")
    level, propagate = log.level, log.propagate
    log.addHandler(reader)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield reader
    finally:
        log.removeHandler(reader)
        log.setLevel(level)
        log.propagate = propagate
