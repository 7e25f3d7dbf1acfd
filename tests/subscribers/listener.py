"""A subscriber out on the internet: a real TLS server on 127.0.0.1, and the way from a public address to it.

The guard is whole: names are resolved to public addresses (by a resolver of the test), certificates are checked for the
name (against an authority of the test), and only the last step, from the checked address to a socket, leads here.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpcore
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.clock import SystemClock
from shared.subscribers.callback_url import read_domains
from shared.subscribers.poster import Poster

HOST = "prod-01.westeurope.logic.azure.com"
URL = f"https://{HOST}/workflows/made-up/invoke?sig=made-up-signature"
ADDRESS = "20.37.110.1"
DOMAINS = read_domains("logic.azure.com")


class Authority:
    """A certificate authority of a test's own."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._signed(self._name, self._key.public_key(), ca=True)

    @property
    def trusting(self) -> ssl.SSLContext:
        """Trusts this authority alone."""
        pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=pem)

    def serving(self, host: str, folder: Path) -> ssl.SSLContext:
        """For a server of that name."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a subscriber")])
        certificate = self._signed(name, key.public_key(), host=host)
        path = folder / "server.pem"
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(path)
        return context

    def _signed(self, name: x509.Name, key: Any, *, host: str = "", ca: bool = False) -> x509.Certificate:
        now = SystemClock().now()
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if ca:
            usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
            builder = builder.add_extension(usage, critical=True)
        if host:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return builder.sign(self._key, hashes.SHA256())


@dataclass
class Asked:
    """One request as it came."""

    line: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Listener:
    """Answers every request with `answer`, or with nothing at all."""

    answer: bytes = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    silent: bool = False
    port: int = 0
    asked_once: asyncio.Event = field(default_factory=asyncio.Event)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.asked.append(Asked(line, headers, body))
            self.asked_once.set()
            if not self.silent:
                writer.write(self.answer)
                await writer.drain()
            await reader.read()  # until the other side closes
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.transport.abort()


class Street(httpcore.AsyncNetworkBackend):
    """From addresses on the internet to ports on this machine. `met`: where somebody wanted to go."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        self._ports = ports
        self._real = httpcore.AnyIOBackend()
        self.met: list[tuple[str, int]] = []

    async def connect_tcp(self, host: str, port: int, *options: Any, **more: Any) -> httpcore.AsyncNetworkStream:
        self.met.append((host, port))
        if host not in self._ports:
            raise httpcore.ConnectError("nobody there")
        assert not ipaddress.ip_address(host).is_loopback
        return await self._real.connect_tcp("127.0.0.1", self._ports[host], *options, **more)

    async def sleep(self, seconds: float) -> None:
        await self._real.sleep(seconds)


class Names:
    """A resolver: each look-up of a host gets the next of its answers, and then the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        found = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if not found:
            raise OSError("no such name")
        return found


@dataclass
class Internet:
    """One subscriber, and a poster whose way leads there."""

    listener: Listener
    authority: Authority
    street: Street
    names: Names
    poster: Poster


@asynccontextmanager
async def internet(
    folder: Path,
    *answers: Sequence[str],
    certified_for: str = HOST,
    trusts: Authority | None = None,
    domains: Any = DOMAINS,
) -> AsyncGenerator[Internet]:
    """`answers`: of the resolver, look-up by look-up. `trusts`: another authority than the one that signed."""
    authority, listener = Authority("the subscriber's authority"), Listener()
    server = await asyncio.start_server(
        listener.connected, "127.0.0.1", 0, ssl=authority.serving(certified_for, folder)
    )
    listener.port = server.sockets[0].getsockname()[1]
    street, names = Street({ADDRESS: listener.port}), Names(*(answers or ([ADDRESS],)))
    poster = Poster(domains, (trusts or authority).trusting, SystemClock(), names, street)
    try:
        yield Internet(listener, authority, street, names, poster)
    finally:
        await poster.aclose()
        server.close()
        server.close_clients()
        await server.wait_closed()
