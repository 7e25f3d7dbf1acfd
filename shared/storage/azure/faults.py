"""The SDK's exceptions as ours, in one place. No text of the SDK goes on: it may quote rows and addresses."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from azure.core.exceptions import AzureError, HttpResponseError

from shared.errors import (
    ConfigurationError,
    PatientMessagingError,
    RowChanged,
    RowExists,
    RowMissing,
    RowTooLarge,
    StorageError,
    StorageNotSetUp,
    StorageUnavailable,
)

QUICK_S = 4.5  # one row or blob, all tries together: a provider waits for it (WeChat 5 s)
THOROUGH_S = 30.0  # batches and ranges: the service allows itself 5 s for a query

_NOT_NOW = frozenset({"TableBeingDeleted", "ContainerBeingDeleted", "OperationTimedOut", "ServerBusy"})
_NOT_SET_UP = frozenset({"TableNotFound", "ContainerNotFound"})
_TOO_LARGE = frozenset(
    {"EntityTooLarge", "PropertyValueTooLarge", "TooManyProperties", "KeyValueTooLarge", "RequestBodyTooLarge"}
)
_BY_STATUS: Mapping[int, tuple[type[StorageError], str]] = {
    404: (RowMissing, "There is no row with this key."),
    409: (RowExists, "There is a row with this key."),
    412: (RowChanged, "The row has another version."),
    413: (RowTooLarge, "A row or batch is over a limit of the store."),
}


@asynccontextmanager
async def mapped(patience_s: float) -> AsyncGenerator[None]:
    """What the SDK raises inside becomes an error of ours; no answer in `patience_s` seconds is StorageUnavailable."""
    try:
        async with asyncio.timeout(patience_s):
            yield
    except HttpResponseError as error:
        raise refusal(error) from None
    except (AzureError, TimeoutError):
        raise StorageUnavailable("The store did not answer.") from None


def code_of(error: HttpResponseError) -> str:
    """The service's own code for what went wrong; empty if it gave none."""
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code) or "")


def refusal(error: HttpResponseError) -> PatientMessagingError:
    """Our error for an answer that is not a success."""
    code, status = code_of(error), error.status_code or 0
    if not status or status in (408, 429) or status >= 500 or code in _NOT_NOW:
        return StorageUnavailable(f"The store says not now ({status}).")
    if status in (401, 403):
        return ConfigurationError("The store does not let this app in: check the connection or the app's roles.")
    if code in _NOT_SET_UP:
        return StorageNotSetUp("A table or container is missing: they are made when the app is set up.")
    kind, words = _BY_STATUS.get(413 if code in _TOO_LARGE else status, (StorageError, "The store refused a request."))
    return kind(words)
