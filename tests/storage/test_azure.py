"""What is Azure's own: connections, errors, retries, identity."""

from __future__ import annotations

import asyncio
import base64
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace

import pytest
from azure.core.exceptions import HttpResponseError
from azure.data.tables.aio import TableServiceClient

from shared.errors import (
    ConfigurationError,
    RowChanged,
    RowExists,
    RowMissing,
    RowTooLarge,
    StorageError,
    StorageNotSetUp,
    StorageUnavailable,
)
from shared.storage import azure
from shared.storage.azure.account import Account
from shared.storage.azure.faults import QUICK_S, refusal
from shared.storage.opened import OpenStorage
from shared.storage.rows import Change, Row, Value, Verb
from tests.storage.samples import CLINIC, ENCRYPTION_KEYS, INDEX_KEY, entry, planned

KEY = base64.b64encode(b"k" * 64).decode()
ON_AZURE = f"DefaultEndpointsProtocol=https;AccountName=clinicdata;AccountKey={KEY};EndpointSuffix=core.windows.net"


def open_at(connection_string: str, prefix: str = "") -> OpenStorage:
    return azure.open_storage(
        encryption_keys=ENCRYPTION_KEYS, index_key=INDEX_KEY, connection_string=connection_string, prefix=prefix
    )


# ------------------------------------------------------------------ connections


def test_an_account_never_shows_its_key() -> None:
    assert KEY not in repr(Account(ON_AZURE))


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        f"AccountName=a;AccountKey={KEY};DefaultEndpointsProtocol=http",
        f"AccountName=a;AccountKey={KEY};TableEndpoint=ftp://x",
        f"AccountName=a;AccountKey={KEY};TableEndpoint=http://tables.example;BlobEndpoint=http://blobs.example",
        "AccountName=a;SharedAccessSignature=sv=2024",
    ],
)
def test_a_connection_string_that_cannot_work_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        Account(text)
    assert KEY not in str(raised.value)


@pytest.mark.parametrize("endpoint", ["", "clinicdata", "http://127.0.0.1:10002/x"])
def test_an_endpoint_for_an_identity_is_an_https_address(endpoint: str) -> None:
    with pytest.raises(ConfigurationError):
        Account("", endpoint, "https://clinicdata.blob.core.windows.net")


@pytest.mark.parametrize("prefix", ["A", "1a", "a-b", "a" * 31])
def test_a_prefix_that_no_table_can_have_is_refused(prefix: str) -> None:
    with pytest.raises(ConfigurationError):
        open_at(ON_AZURE, prefix)


async def test_without_a_connection_string_the_apps_identity_is_used() -> None:
    """The emulator knows no identities, so the credential is all that can be shown here."""
    account = Account("", "https://c.table.core.windows.net", "https://c.blob.core.windows.net", "0000")
    credential = account.credential()
    assert type(credential).__name__ == "DefaultAzureCredential"
    await credential.close()


# ------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (404, "ResourceNotFound", RowMissing),
        (404, "TableNotFound", StorageNotSetUp),
        (404, "ContainerNotFound", StorageNotSetUp),
        (409, "EntityAlreadyExists", RowExists),
        (409, "TableBeingDeleted", StorageUnavailable),
        (412, "UpdateConditionNotSatisfied", RowChanged),
        (413, "RequestBodyTooLarge", RowTooLarge),
        (400, "EntityTooLarge", RowTooLarge),
        (400, "PropertyValueTooLarge", RowTooLarge),
        (400, "InvalidInput", StorageError),
        (401, "NoAuthenticationInformation", ConfigurationError),
        (403, "AuthorizationPermissionMismatch", ConfigurationError),
        (429, "", StorageUnavailable),
        (500, "InternalError", StorageUnavailable),
        (503, "ServerBusy", StorageUnavailable),
    ],
)
def test_every_answer_has_its_error(status: int, code: str, error: type[Exception]) -> None:
    said = HttpResponseError("secret +447700900123", response=SimpleNamespace(status_code=status, reason="X"))
    said.error_code = code  # type: ignore[attr-defined]  # as the SDK sets it
    raised = refusal(said)
    assert type(raised) is error
    assert "secret" not in str(raised)


async def test_a_wrong_key_is_a_matter_for_the_operator(connection_string: str) -> None:
    parts = [f"AccountKey={KEY}" if p.startswith("AccountKey=") else p for p in connection_string.split(";")]
    storage = open_at(";".join(parts))
    with pytest.raises(ConfigurationError):
        await storage.rows.get("messages", "p", "k")
    with pytest.raises(ConfigurationError):
        await storage.blobs.put("callbacks", "x", b"x")
    await storage.aclose()


async def test_tables_that_were_never_made_are_a_matter_for_the_operator(connection_string: str) -> None:
    storage = open_at(connection_string, "nevermade")
    with pytest.raises(ConfigurationError):
        await storage.clinics.all()
    with pytest.raises(ConfigurationError):
        await storage.messages.read(planned().id)
    with pytest.raises(ConfigurationError):
        await storage.plans.write(CLINIC, [entry()])
    await storage.aclose()


# ------------------------------------------------------------------ a service in trouble


class Trouble:
    """A service that answers each request with the next of its answers; the last one stands for all that follow."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.requests.append(head)
                length = next((int(h[15:]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length:")), 0)
                await reader.readexactly(length)
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if answer == b"silence":
                    await asyncio.sleep(30)
                if answer == b"hang up":
                    break
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def says(status: int, body: str = "", headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return (head + body).encode()


@pytest.fixture
async def start_trouble() -> AsyncIterator[Callable[..., object]]:
    servers, stores = [], []

    async def start(*answers: bytes) -> tuple[Trouble, OpenStorage]:
        trouble = Trouble(*answers)
        server = await asyncio.start_server(trouble.serve, "127.0.0.1", 0)
        servers.append(server)
        at = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/a"
        storage = open_at(f"AccountName=a;AccountKey={KEY};TableEndpoint={at};BlobEndpoint={at}")
        stores.append(storage)
        return trouble, storage

    yield start
    for storage in stores:
        await storage.aclose()
    for server in servers:
        server.close()


BUSY = says(503, '{"odata.error":{"code":"ServerBusy","message":{"lang":"en","value":"x"}}}')
CREATED = says(204, headers="ETag: x\r\n")
EXISTS = says(409, '{"odata.error":{"code":"EntityAlreadyExists","message":{"lang":"en","value":"x"}}}')
INSERT = Change(Verb.INSERT, Row("p", "k", {"a": "1"}))


@pytest.mark.parametrize("first", [BUSY, says(500), says(429, headers="Retry-After: 0\r\n"), b"hang up"])
async def test_a_passing_trouble_is_not_seen(start_trouble: Callable[..., object], first: bytes) -> None:
    trouble, storage = await start_trouble(first, CREATED)  # type: ignore[misc]
    assert await storage.rows.write("messages", INSERT) == "x"
    assert len(trouble.requests) == 2


@pytest.mark.parametrize("answer", [BUSY, b"hang up", says(503, headers="Retry-After: 600\r\n"), b"silence"])
async def test_a_lasting_trouble_is_told_in_time_for_a_provider(
    start_trouble: Callable[..., object], answer: bytes
) -> None:
    """WeChat waits 5 s for the answer to a callback (providers.md 2)."""
    trouble, storage = await start_trouble(answer)  # type: ignore[misc]
    began = asyncio.get_running_loop().time()
    with pytest.raises(StorageUnavailable) as raised:
        await storage.rows.write("messages", INSERT)
    assert asyncio.get_running_loop().time() - began < QUICK_S + 0.5 < 5.1
    assert raised.value.retryable
    assert trouble.requests


async def test_a_store_that_is_not_there_is_told() -> None:
    nobody = "http://127.0.0.1:9/a"
    storage = open_at(f"AccountName=a;AccountKey={KEY};TableEndpoint={nobody};BlobEndpoint={nobody}")
    with pytest.raises(StorageUnavailable):
        await storage.blobs.put("callbacks", "x", b"x")
    await storage.aclose()


async def test_an_insert_whose_first_answer_was_lost_finds_its_own_row(start_trouble: Callable[..., object]) -> None:
    """The first try was done and its answer lost; the second one is told that the row exists."""
    trouble, storage = await start_trouble(b"hang up", EXISTS)  # type: ignore[misc]
    with pytest.raises(RowExists):
        await storage.rows.write("messages", INSERT)
    assert len(trouble.requests) == 2


async def test_another_client_reads_what_we_write(connection_string: str) -> None:
    storage = open_at(connection_string, "sdkcheck")
    await storage.create_tables()
    columns: dict[str, Value] = {"text": "Ärztin 醫院 '\"", "number": 7, "flag": True, "octets": b"\x00\xff"}
    await storage.rows.apply("messages", [Change(Verb.INSERT, Row("p", f"k{n}", columns)) for n in range(3)])
    async with TableServiceClient.from_connection_string(connection_string) as service:
        table = service.get_table_client("sdkcheckmessages")
        assert dict(await table.get_entity("p", "k1")) == {"PartitionKey": "p", "RowKey": "k1", **columns}
        await table.close()
    await storage.aclose()


def test_opening_storage_imports_neither_identity_nor_blobs() -> None:
    """The app's cold start must not pay for what a callback may not need (azure.md 4.5)."""
    program = (
        "import sys, shared.storage.azure; "
        "print([m for m in ('azure.storage.blob', 'azure.identity', 'aiohttp') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
