"""Faults on command: for the next sends, or the next sends to one number."""

from dataclasses import dataclass
from enum import StrEnum

from shared.channels.whatsapp.simulator.graph_answer import GraphAnswer, NoAnswer, Refused, Silence


class FaultKind(StrEnum):
    """`…_before`: the message was not accepted; `…_after`: it was, and the patient gets it."""

    ERROR = "error"  # Meta's error body with `code`: 130429, 131056, 131000, 2, 190, 131042 …
    CONNECTION_REFUSED = "connection_refused"
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER = "timeout_after"
    GATEWAY_BEFORE = "gateway_before"  # a 502 page of a proxy
    GATEWAY_AFTER = "gateway_after"
    GATEWAY_TIMEOUT_AFTER = "gateway_timeout_after"  # 504
    SERVER_ERROR_AFTER = "server_error_after"  # a bare 500
    NO_ID_AFTER = "no_id_after"  # 200 without a message id
    HELD = "held"  # 200, but held for a quality assessment
    SLOW = "slow"  # answered after `delay_s`


@dataclass(frozen=True, slots=True)
class Fault:
    """`times` sends (to `to`, if given) meet it. `retry_after_s` and `usage_minutes` become Meta's headers."""

    kind: FaultKind
    times: int = 1
    to: str = ""
    code: int = 131000
    delay_s: float = 0.2
    retry_after_s: int = 0
    usage_minutes: int = 0

    def strike_before(self) -> None:
        """Raises what keeps the message from being accepted, if this fault does."""
        if self.kind is FaultKind.ERROR:
            raise Refused(self.code, "Ordered fault.", headers=self._headers())
        if self.kind in _SILENT_BEFORE:
            raise NoAnswer(_SILENT_BEFORE[self.kind])

    def answer_before(self) -> GraphAnswer | None:
        return _page(502) if self.kind is FaultKind.GATEWAY_BEFORE else None

    def answer_after(self, regular: GraphAnswer) -> GraphAnswer:
        """What is answered for a message that was accepted; raises NoAnswer."""
        if self.kind in _SILENT_AFTER:
            raise NoAnswer(_SILENT_AFTER[self.kind])
        if self.kind in _PAGES:
            return _page(_PAGES[self.kind])
        if self.kind is FaultKind.NO_ID_AFTER:
            return GraphAnswer(200, {"messaging_product": "whatsapp", "contacts": [], "messages": []})
        return regular

    def _headers(self) -> dict[str, str]:
        headers = {"Retry-After": str(self.retry_after_s)} if self.retry_after_s else {}
        if self.usage_minutes:
            headers["x-business-use-case-usage"] = (
                '{"0":[{"type":"whatsapp","call_count":100,"total_cputime":1,"total_time":1,'
                f'"estimated_time_to_regain_access":{self.usage_minutes}}}]}}'
            )
        return headers


class FaultPlan:
    """The faults that are still to strike."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Fault, int]] = []

    def order(self, fault: Fault) -> None:
        self._waiting.append((fault, fault.times))

    def clear(self) -> None:
        self._waiting.clear()

    def take(self, to: str) -> Fault | None:
        """The first that is meant for a send to `to`, used up by one."""
        for position, (fault, left) in enumerate(self._waiting):
            if fault.to in ("", to):
                self._waiting[position : position + 1] = [(fault, left - 1)] if left > 1 else []
                return fault
        return None

    def waiting(self) -> list[tuple[str, int]]:
        return [(fault.kind.value, left) for fault, left in self._waiting]


_SILENT_BEFORE = {
    FaultKind.CONNECTION_REFUSED: Silence.REFUSED,
    FaultKind.RESET_BEFORE: Silence.RESET,
    FaultKind.TIMEOUT_BEFORE: Silence.TIMEOUT,
}
_SILENT_AFTER = {FaultKind.RESET_AFTER: Silence.RESET, FaultKind.TIMEOUT_AFTER: Silence.TIMEOUT}
_PAGES = {
    FaultKind.GATEWAY_AFTER: 502,
    FaultKind.GATEWAY_TIMEOUT_AFTER: 504,
    FaultKind.SERVER_ERROR_AFTER: 500,
}


def _page(status: int) -> GraphAnswer:
    return GraphAnswer(status, f"<html><title>{status}</title></html>", {"Content-Type": "text/html"})
