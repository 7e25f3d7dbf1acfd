"""What patients would really have received: the truth that tests compare with."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Entry:
    """One message that WeChat took. `reached`: the patient has it; `repeats`: calls that client_msg_id absorbed."""

    to: str
    kind: str  # template, text, or reply (the passive answer to a callback)
    text: str
    at: datetime
    msgid: str = ""
    template_id: str = ""
    client_msg_id: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    url: str = ""  # where it leads when it is tapped
    reached: bool = True
    repeats: int = 0

    def shown(self) -> dict[str, object]:
        return {**asdict(self), "at": self.at.isoformat()}


class Ledger:
    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        self._entries.append(entry)

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def received(self, openid: str) -> list[Entry]:
        """What this patient has, oldest first."""
        return [entry for entry in self._entries if entry.to == openid and entry.reached]

    def clear(self) -> None:
        self._entries.clear()
