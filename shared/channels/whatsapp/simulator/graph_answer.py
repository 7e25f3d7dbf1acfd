"""What the simulated Graph API answers, its refusals in Meta's form, and the ways in which it does not answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.channels.whatsapp.codes import lookup


@dataclass(frozen=True, slots=True)
class GraphAnswer:
    """`body` is sent as JSON, or as it is where it is text (a gateway's error page)."""

    status: int
    body: Mapping[str, object] | str
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """Meta says no: `code` of its table, `details` in its words."""

    def __init__(self, code: int, details: str, *, headers: Mapping[str, str] | None = None, http: int = 0) -> None:
        super().__init__(f"code {code}")
        self.code = code
        self.details = details
        self.headers = dict(headers or {})
        self.http = http

    def answer(self) -> GraphAnswer:
        known = lookup(self.code)
        error = {
            "message": f"(#{self.code}) {known.name}",
            "type": "OAuthException",
            "code": self.code,
            "error_data": {"messaging_product": "whatsapp", "details": self.details},
            "fbtrace_id": "SimulatedTrace",
        }
        return GraphAnswer(self.http or known.http, {"error": error}, self.headers)


class Silence(StrEnum):
    """How a call can end without an answer. The real server, to which one is already connected, resets for REFUSED."""

    REFUSED = "refused"  # no connection comes about
    RESET = "reset"
    TIMEOUT = "timeout"


class NoAnswer(Exception):
    """The simulated network breaks; the transport and the server turn it into the real thing."""

    def __init__(self, silence: Silence) -> None:
        super().__init__(silence.value)
        self.silence = silence
