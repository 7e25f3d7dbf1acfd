"""Reading an account with Microsoft's synchronous clients: patient within limits, and honest where that did not do.

Azure's own repetition is switched off: it waits as long as the service says, and it begins a page that broke off in the
middle of a list from the start of the list. Here a page that fails is asked for again from where the last one ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import AzureError, HttpResponseError

if TYPE_CHECKING:
    from azure.data.tables import TableServiceClient
    from azure.storage.blob import BlobServiceClient

type Entity = Mapping[str, Any]

PAGE = 1_000
_PASSES = frozenset({408, 429, 500, 502, 503, 504})
_KEYS = ("PartitionKey", "RowKey")


class NotReadError(Exception):
    """It could not be read, however often it was tried. The text says why, and quotes nothing that is stored."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often one request is tried, and how long is waited between: twice as long each time."""

    tries: int = 6
    first_wait_s: float = 0.5
    longest_wait_s: float = 20.0
    connect_s: float = 5.0
    read_s: float = 35.0  # the service allows itself 30 s for a page (Table service, query timeout)
    wait: Callable[[float], None] = time.sleep


@dataclass(slots=True)
class AccountReader:
    """Tables and containers of one account. By connection string, or by endpoints and who is signed in."""

    connection_string: str = field(repr=False, default="")
    table_endpoint: str = ""
    blob_endpoint: str = ""
    client_id: str = ""
    patience: Patience = field(default_factory=Patience)
    repeated: int = 0  # requests that were asked again
    _tables: TableServiceClient | None = None
    _blobs: BlobServiceClient | None = None

    def rows(self, table: str, wanted: str = "") -> Iterator[Entity]:
        """Every row that the filter wants, in the order of the keys. Raises NotReadError, perhaps after some rows."""
        client = self._table_service().get_table_client(table)
        resume: Any = None
        while True:

            def page(resume: Any = resume) -> tuple[list[Entity], Any]:
                listed = (
                    client.query_entities(wanted, results_per_page=PAGE)
                    if wanted
                    else client.list_entities(results_per_page=PAGE)
                )
                pages: Any = listed.by_page(resume)
                return list(next(pages, ())), pages.continuation_token

            found, resume = self._asked(page)
            yield from found
            if not resume or not resume.get("PartitionKey"):
                return

    def row(self, table: str, partition: str, key: str) -> Entity | None:
        """Raises NotReadError."""
        return next(self.rows(table, f"PartitionKey eq '{partition}' and RowKey eq '{key}'"), None)

    def blobs(self, container: str) -> Iterator[tuple[str, int]]:
        """Name and size of every blob. Raises NotReadError, perhaps after some."""
        client = self._blob_service().get_container_client(container)
        resume: str | None = None
        while True:

            def page(resume: str | None = resume) -> tuple[list[tuple[str, int]], str | None]:
                pages: Any = client.list_blobs(results_per_page=PAGE).by_page(resume)
                return [(blob.name, blob.size) for blob in next(pages, ())], pages.continuation_token

            found, resume = self._asked(page)
            yield from found
            if not resume:
                return

    def content(self, container: str, name: str) -> bytes | None:
        """None: it is gone. Raises NotReadError."""
        client = self._blob_service().get_blob_client(container, name)
        return self._asked(lambda: client.download_blob().readall(), gone=None)

    def close(self) -> None:
        for service in (self._tables, self._blobs):
            if service is not None:
                service.close()

    def _asked[T](self, ask: Callable[[], T], **gone: Any) -> T:
        """What `ask` answers; where that may be `gone`, what stands for it."""
        wait_s, patience = self.patience.first_wait_s, self.patience
        for turn in range(1, patience.tries + 1):
            try:
                return ask()
            except AzureError as error:
                if gone and _code(error) == "BlobNotFound":
                    return gone["gone"]  # type: ignore[no-any-return]
                asked_for_s = _retry_after(error)
                if not _passes(error) or turn == patience.tries or asked_for_s > patience.longest_wait_s:
                    raise NotReadError(_words(error, turn)) from None
            self.repeated += 1
            patience.wait(max(min(wait_s, patience.longest_wait_s), asked_for_s))
            wait_s *= 2
        raise NotReadError("it was never tried")

    def _table_service(self) -> TableServiceClient:
        if self._tables is None:
            from azure.data.tables import TableServiceClient

            self._tables = (
                TableServiceClient.from_connection_string(self.connection_string, **self._options())
                if self.connection_string
                else TableServiceClient(self.table_endpoint, credential=self._credential(), **self._options())
            )
        return self._tables

    def _blob_service(self) -> BlobServiceClient:
        if self._blobs is None:
            from azure.storage.blob import BlobServiceClient

            self._blobs = (
                BlobServiceClient.from_connection_string(self.connection_string, **self._options())
                if self.connection_string
                else BlobServiceClient(self.blob_endpoint, credential=self._credential(), **self._options())
            )
        return self._blobs

    def _options(self) -> dict[str, Any]:
        return {
            "retry_total": 0,
            "connection_timeout": self.patience.connect_s,
            "read_timeout": self.patience.read_s,
        }

    def _credential(self) -> Any:
        from azure.identity import DefaultAzureCredential

        return DefaultAzureCredential(managed_identity_client_id=self.client_id or None)


def key_of(entity: Entity) -> tuple[str, str]:
    return str(entity["PartitionKey"]), str(entity["RowKey"])


def columns_of(entity: Entity) -> dict[str, Any]:
    return {name: value for name, value in entity.items() if name not in _KEYS and value is not None}


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
