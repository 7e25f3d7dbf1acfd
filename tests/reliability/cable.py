"""A cable between us and the store, on 127.0.0.1, that can be cut in several ways."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from enum import StrEnum

_CHUNK = 65_536
_TABLE_ENDPOINT = re.compile(r"(?<=TableEndpoint=http://127\.0\.0\.1:)\d+")


class Cut(StrEnum):
    STALLS = "stalls"  # these requests do not pass, and nobody says so; others do
    RESETS = "resets"  # connections break before a request has passed
    DROPS = "drops"  # requests pass, and connections break before their answers have


class Cable:
    """Passes bytes on. Once it is cut it does as the cut says, from the first request with certain bytes on, until it
    heals."""

    def __init__(self, port_behind: int) -> None:
        self.struck = 0  # requests that met the cut
        self._port_behind = port_behind
        self._cut: Cut | None = None
        self._at = b""
        self._passing = 0
        self._is_cut = False
        self._healed = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()

    def cut(self, how: Cut, at: bytes, after: int = 0) -> None:
        """Strikes when `after` requests with these bytes have passed."""
        self._cut, self._at, self._passing, self.struck = how, at, after, 0
        self._healed.clear()

    def heal(self) -> None:
        self._cut, self._is_cut = None, False
        self._healed.set()
        self.break_connections()

    def break_connections(self) -> None:
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its first byte to its last."""
        behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", self._port_behind)
        self._writers |= {writer, behind_writer}
        try:
            ways = (self._requests(reader, behind_writer, writer), self._answers(behind_reader, writer))
            await asyncio.gather(*ways)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            for end in (writer, behind_writer):
                self._writers.discard(end)
                end.transport.abort()

    async def _requests(
        self, reader: asyncio.StreamReader, behind: asyncio.StreamWriter, client: asyncio.StreamWriter
    ) -> None:
        while chunk := await reader.read(_CHUNK):
            if self._meets_the_cut(chunk):
                self.struck += 1
                if self._cut is Cut.RESETS:
                    client.transport.abort()
                    return
                if self._cut is Cut.STALLS:
                    await self._healed.wait()
                    return
            behind.write(chunk)
            await behind.drain()
        behind.close()

    async def _answers(self, behind: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        while chunk := await behind.read(_CHUNK):
            if self._is_cut:
                client.transport.abort()
                return
            client.write(chunk)
            await client.drain()
        client.close()

    def _meets_the_cut(self, chunk: bytes) -> bool:
        if self._cut is None:
            return False
        meant = self._at in chunk
        if meant and self._passing > 0:
            self._passing -= 1
            meant = False
        if self._cut is Cut.STALLS:
            return meant
        self._is_cut = self._is_cut or meant
        return self._is_cut


@asynccontextmanager
async def cable_to(connection_string: str) -> AsyncGenerator[tuple[Cable, str]]:
    """A cable to the tables of an account on this machine, and the connection string that leads through it."""
    found = _TABLE_ENDPOINT.search(connection_string)
    assert found is not None
    cable = Cable(int(found[0]))
    server = await asyncio.start_server(cable.connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield cable, _TABLE_ENDPOINT.sub(str(port), connection_string)
    finally:
        server.close()
        cable.heal()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                await server.wait_closed()
