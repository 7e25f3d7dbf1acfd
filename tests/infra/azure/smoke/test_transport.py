"""HTTPS: the certificate must hold, and without TLS nobody may be served."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from infra.azure.smoke import doors
from infra.azure.smoke.check import Ended, results
from infra.azure.smoke.target import Target
from shared.clock import SystemClock
from tests.infra.azure.smoke.conftest import LikeTheApp

TRANSPORT = [check for check in doors.CHECKS if check.name == "transport"]


def certificate(folder: Path) -> Path:
    """For 127.0.0.1, signed by itself, with its key in the same file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), SystemClock().now()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "app.example")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path = folder / "certificate.pem"
    path.write_bytes(pem + signed.public_bytes(serialization.Encoding.PEM))
    return path


@asynccontextmanager
async def serving(certificate: Path) -> AsyncIterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", LikeTheApp().answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"https://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def transport(url: str, plain: str) -> tuple[Ended, str]:
    def look() -> tuple[Ended, str]:
        with Target(url, plain=plain) as target:
            [result] = results(target, TRANSPORT)
            return result.ended, result.said

    return await asyncio.to_thread(look)


async def test_a_certificate_that_nobody_vouches_for_is_found(tmp_path: Path, server: LikeTheApp) -> None:
    async with serving(certificate(tmp_path)) as url:
        ended, said = await transport(url, server.url)
    assert (ended, "certificate verify failed" in said.lower()) == (Ended.FAILED, True)


async def test_without_tls_one_must_be_refused_or_sent_to_https(
    tmp_path: Path, server: LikeTheApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    async with serving(path) as url:
        assert await transport(url, "http://127.0.0.1:1") == (
            Ended.OK, "the certificate holds; without TLS nobody answers",
        )  # fmt: skip
        ended, said = await transport(url, server.url)
        assert (ended, said) == (Ended.FAILED, "without TLS the answer was 200")
        server.otherwise = {"": lambda _: web.Response(status=301, headers={"Location": f"{url}/api/health"})}
        assert (await transport(url, server.url))[0] is Ended.OK
        server.otherwise = {"": lambda _: web.Response(status=302, headers={"Location": "http://other.example/"})}
        assert (await transport(url, server.url))[0] is Ended.FAILED
