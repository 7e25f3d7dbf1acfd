"""Asking an account: patient within limits, and honest where that did not do.

Azure's own repetition is switched off: it waits as long as the service says, and it begins a page that broke off in the
middle of a list from the start of the list. Here a request that fails is made again as it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from azure.core.exceptions import AzureError, HttpResponseError

_PASSES = frozenset({408, 429, 500, 502, 503, 504})


class NotReadError(Exception):
    """It could not be read, however often it was tried. The text says why, and quotes nothing that is stored.

    `code`: the service's word for it, where it answered.
    """

    def __init__(self, words: str, code: str = "") -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class Patience:
    """How often one request is tried, and how long is waited between: twice as long each time."""

    tries: int = 6
    first_wait_s: float = 0.5
    longest_wait_s: float = 20.0
    connect_s: float = 5.0
    read_s: float = 35.0  # the service allows itself 30 s for a page (Table service, query timeout)
    wait: Callable[[float], None] = time.sleep


@dataclass(slots=True, kw_only=True)
class Asking:
    """What every reader of an account has."""

    patience: Patience = field(default_factory=Patience)
    repeated: int = 0  # requests that were asked again

    def asked[T](self, ask: Callable[[], T]) -> T:
        """What `ask` answers. Raises NotReadError."""
        wait_s, patience = self.patience.first_wait_s, self.patience
        for turn in range(1, patience.tries + 1):
            try:
                return ask()
            except AzureError as error:
                asked_for_s = _retry_after(error)
                if not _passes(error) or turn == patience.tries or asked_for_s > patience.longest_wait_s:
                    raise NotReadError(_words(error, turn), _code(error)) from None
            self.repeated += 1
            patience.wait(max(min(wait_s, patience.longest_wait_s), asked_for_s))
            wait_s *= 2
        raise NotReadError("it was never tried")

    def asked_or_gone[T](self, ask: Callable[[], T], gone: str) -> T | None:
        """The same; None where the service says by this code that there is no such thing."""
        try:
            return self.asked(ask)
        except NotReadError as error:
            if error.code == gone:
                return None
            raise

    def options(self) -> dict[str, Any]:
        """Of every client."""
        return {
            "retry_total": 0,
            "connection_timeout": self.patience.connect_s,
            "read_timeout": self.patience.read_s,
        }


def credential(client_id: str) -> Any:
    """Whoever is signed in, or the identity that is named."""
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential(managed_identity_client_id=client_id or None)


def _passes(error: AzureError) -> bool:
    """Whether it may be better next time: throttled, out of time, cut off. A refusal is not."""
    status = _status(error)
    return status is None or status in _PASSES or status < 300  # an answer that broke off has the status of a whole one


def _status(error: AzureError) -> int | None:
    return error.status_code if isinstance(error, HttpResponseError) else None


def _code(error: AzureError) -> str:
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code) or "")


def _retry_after(error: AzureError) -> float:
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return float(headers.get("Retry-After", 0))
    except ValueError:  # a date
        return 0.0


def _words(error: AzureError, tries: int) -> str:
    status, code = _status(error), _code(error)
    tried = f", tried {tries} times" if tries > 1 else ""
    if status is not None and status >= 300:
        wish = f", asks to wait {_retry_after(error):.0f} s" if _retry_after(error) else ""
        return f"the account answers {status}{f' ({code})' if code else ''}{wish}{tried}"
    return f"the account does not answer, or its answer breaks off{tried}"
