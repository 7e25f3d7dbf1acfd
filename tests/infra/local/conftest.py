"""A session to call hosts with, and where the sample apps lie."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest


@pytest.fixture
def apps() -> Path:
    return Path(__file__).parent / "apps"


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(auto_decompress=False) as client:
        yield client
