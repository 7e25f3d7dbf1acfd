"""Reading an account with Microsoft's synchronous clients, page by page: one that fails is asked for again from where
the last one ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from infra.ops.audit.asking import Asking, credential

if TYPE_CHECKING:
    from azure.data.tables import TableServiceClient
    from azure.storage.blob import BlobServiceClient

type Entity = Mapping[str, Any]

PAGE = 1_000
_KEYS = ("PartitionKey", "RowKey")


@dataclass(slots=True)
class AccountReader(Asking):
    """Tables and containers of one account. By connection string, or by endpoints and who is signed in."""

    connection_string: str = field(repr=False, default="")
    table_endpoint: str = ""
    blob_endpoint: str = ""
    client_id: str = ""
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

            found, resume = self.asked(page)
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

            found, resume = self.asked(page)
            yield from found
            if not resume:
                return

    def content(self, container: str, name: str) -> bytes | None:
        """None: it is gone. Raises NotReadError."""
        client = self._blob_service().get_blob_client(container, name)
        return self.asked_or_gone(lambda: client.download_blob().readall(), "BlobNotFound")

    def has_blob(self, container: str, name: str) -> bool:
        """Raises NotReadError."""
        return self.asked(self._blob_service().get_blob_client(container, name).exists)

    def close(self) -> None:
        for service in (self._tables, self._blobs):
            if service is not None:
                service.close()

    def _table_service(self) -> TableServiceClient:
        if self._tables is None:
            from azure.data.tables import TableServiceClient

            self._tables = (
                TableServiceClient.from_connection_string(self.connection_string, **self.options())
                if self.connection_string
                else TableServiceClient(self.table_endpoint, credential=credential(self.client_id), **self.options())
            )
        return self._tables

    def _blob_service(self) -> BlobServiceClient:
        if self._blobs is None:
            from azure.storage.blob import BlobServiceClient

            self._blobs = (
                BlobServiceClient.from_connection_string(self.connection_string, **self.options())
                if self.connection_string
                else BlobServiceClient(self.blob_endpoint, credential=credential(self.client_id), **self.options())
            )
        return self._blobs


def key_of(entity: Entity) -> tuple[str, str]:
    return str(entity["PartitionKey"]), str(entity["RowKey"])


def columns_of(entity: Entity) -> dict[str, Any]:
    return {name: value for name, value in entity.items() if name not in _KEYS and value is not None}


def written_at(entity: Entity) -> datetime:
    """When the service took the row as it stands: its Timestamp."""
    metadata: Mapping[str, Any] = getattr(entity, "metadata", {})
    at = metadata.get("timestamp")
    return datetime.fromtimestamp(at.timestamp(), UTC) if at is not None else datetime.min.replace(tzinfo=UTC)
