"""Blobs in Azure Blob Storage, or in its emulator, through azure-storage-blob."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from shared.storage.azure.account import Account
from shared.storage.azure.faults import QUICK_S, THOROUGH_S, code_of, mapped
from shared.storage.rows import PAGE_ROWS, Blob, BlobPage

if TYPE_CHECKING:
    from azure.storage.blob.aio import BlobClient, BlobServiceClient


class AzureBlobs:
    """Implements `rows.Blobs`. `prefix` stands before every container's name."""

    def __init__(self, account: Account, prefix: str = "") -> None:
        self._account = account
        self._prefix = prefix
        self._opened: BlobServiceClient | None = None

    async def put(self, container: str, name: str, content: bytes) -> None:
        async with mapped(QUICK_S):
            await self._blob(container, name).upload_blob(content, overwrite=True)

    async def get(self, container: str, name: str) -> bytes | None:
        async with mapped(QUICK_S):
            try:
                return await (await self._blob(container, name).download_blob()).readall()
            except ResourceNotFoundError as error:
                if code_of(error) == "ContainerNotFound":
                    raise
                return None

    async def delete(self, container: str, name: str) -> None:
        async with mapped(QUICK_S):
            try:
                await self._blob(container, name).delete_blob()
            except ResourceNotFoundError:
                return

    async def names(self, container: str, *, prefix: str = "", top: int = PAGE_ROWS, resume: str = "") -> BlobPage:
        async with mapped(THOROUGH_S):
            client = self._service().get_container_client(self._prefix + container)
            pages = client.list_blob_names(name_starts_with=prefix or None, results_per_page=top).by_page(
                resume or None
            )
            found = [name async for name in await anext(pages)]
        return BlobPage(found, pages.continuation_token or "")  # type: ignore[attr-defined]  # untyped in the SDK

    async def read(self, container: str, name: str) -> Blob | None:
        async with mapped(THOROUGH_S):
            try:
                found = await self._blob(container, name).download_blob()
                return Blob(await found.readall(), str(found.properties.etag))
            except ResourceNotFoundError as error:
                if code_of(error) == "ContainerNotFound":
                    raise
                return None

    async def replace(self, container: str, name: str, content: bytes, etag: str) -> None:
        version: dict[str, Any] = {"etag": etag, "match_condition": MatchConditions.IfNotModified}
        async with mapped(THOROUGH_S):
            await self._blob(container, name).upload_blob(content, overwrite=True, **version)

    async def create_containers(self, containers: Sequence[str]) -> None:
        async with mapped(THOROUGH_S):
            for container in containers:
                try:
                    await self._service().create_container(self._prefix + container)
                except ResourceExistsError:
                    continue

    async def aclose(self) -> None:
        service, self._opened = self._opened, None
        if service is not None:
            await service.close()

    def _blob(self, container: str, name: str) -> "BlobClient":
        return self._service().get_blob_client(self._prefix + container, name)

    def _service(self) -> "BlobServiceClient":
        if self._opened is None:
            from azure.storage.blob.aio import BlobServiceClient  # 0.2 s of import: at the first callback

            account = self._account
            self._opened = (
                BlobServiceClient.from_connection_string(account.connection_string, **account.options())
                if account.connection_string
                else BlobServiceClient(account.blob_endpoint, credential=account.credential(), **account.options())
            )
        return self._opened
