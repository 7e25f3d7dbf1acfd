"""Storage to test with: every test of the contract runs in memory and on Azurite."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from shared.storage import azure, memory
from shared.storage.opened import OpenStorage
from tests.storage.samples import ENCRYPTION_KEYS, INDEX_KEY

OpenAnother = Callable[..., Any]


@pytest.fixture(params=["memory", "azurite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which store a test of the contract runs on."""
    return str(request.param)


@pytest.fixture
async def open_store(kind: str, request: pytest.FixtureRequest) -> AsyncIterator[OpenAnother]:
    """Opens an empty store of this kind: `await open_store(around_rows=…)`."""
    keys: dict[str, Any] = {"encryption_keys": ENCRYPTION_KEYS, "index_key": INDEX_KEY}
    async with AsyncExitStack() as opened:

        async def open_one(**options: Any) -> OpenStorage:
            if kind == "memory":
                storage = memory.open_storage(**keys, **options)
            else:
                text = request.getfixturevalue("connection_string")
                prefix = "t" + secrets.token_hex(6)
                storage = azure.open_storage(**keys, connection_string=text, prefix=prefix, **options)
            opened.push_async_callback(storage.aclose)
            await storage.create_tables()
            return storage

        yield open_one


@pytest.fixture
async def storage(open_store: OpenAnother) -> OpenStorage:
    opened: OpenStorage = await open_store()
    return opened


@pytest.fixture
def in_memory() -> OpenStorage:
    """Storage for tests that are not about the store."""
    return memory.open_storage(encryption_keys=ENCRYPTION_KEYS, index_key=INDEX_KEY)
