"""Tokens: fixed, by client secret, by signed assertion; kept until shortly before they end; never shown."""

import asyncio
import logging
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from shared.errors import SourceRefused, SourceUnavailable
from shared.sources.fhir_r4 import FhirR4Source
from shared.sources.fhir_r4.simulator import Failure
from tests.sources.clocks import StillClock
from tests.sources.fhir_r4.conftest import BASE, SUNDAY, Clinic
from tests.sources.fhir_r4.people import an_appointment


def pem_pair(algorithm: str) -> tuple[str, str]:
    key: Any = (
        ec.generate_private_key(ec.SECP384R1()) if algorithm == "ES384" else rsa.generate_private_key(65537, 2048)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def signed(clinic: Clinic, algorithm: str = "ES384", **changes: Any) -> dict[str, Any]:
    private, public = pem_pair(algorithm)
    clinic.server.tokens.register_key("reminders", public, algorithm)
    auth = {"kind": "private_key_jwt", "client_id": "reminders", "private_key": private, "key_id": "k1"}
    return auth | {"algorithm": algorithm} | changes


async def test_a_given_token_is_carried(clinic: Clinic):
    clinic.server.load([an_appointment()])
    clinic.server.tokens.require_bearer("s3cret")
    assert len(await clinic.items(auth={"kind": "bearer", "token": "s3cret"})) == 1


@pytest.mark.parametrize("auth", [{"kind": "none"}, {"kind": "bearer", "token": "wrong"}])
async def test_a_server_that_does_not_know_us_is_an_operators_matter(clinic: Clinic, auth: dict[str, str]):
    clinic.server.tokens.require_bearer("s3cret")
    with pytest.raises(SourceRefused, match="HTTP 401, login"):
        await clinic.items(auth=auth)


@pytest.mark.parametrize("algorithm", ["RS384", "ES384", "RS512"])
async def test_a_signed_assertion_gets_a_token_from_the_published_endpoint(clinic: Clinic, algorithm: str):
    clinic.server.load([an_appointment()])
    assert len(await clinic.items(auth=signed(clinic, algorithm))) == 1
    assert clinic.asked[0] == "/fhir/.well-known/smart-configuration"


async def test_a_stated_token_endpoint_is_not_searched_for(clinic: Clinic):
    await clinic.items(auth=signed(clinic, token_url=f"{BASE}/oauth2/token"))
    assert clinic.asked[0] == "/fhir/oauth2/token"


async def test_a_client_secret_gets_a_token(clinic: Clinic):
    clinic.server.tokens.register_secret("reminders", "hush")
    auth = {"kind": "client_credentials", "client_id": "reminders", "client_secret": "hush"}
    assert await clinic.items(auth=auth | {"token_url": f"{BASE}/oauth2/token"}) == []


async def test_entra_is_asked_for_the_fhir_servers_own_scope():
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.url.host == "login.microsoftonline.com":
            return httpx.Response(200, json={"access_token": "t", "expires_in": "3599"})
        return httpx.Response(200, json={"resourceType": "Bundle"})

    auth = {"kind": "entra", "tenant": "contoso.example", "client_id": "c", "client_secret": "hush"}
    options = {"base_url": "https://w-f.fhir.azurehealthcareapis.com", "auth": auth}
    source = FhirR4Source(options, httpx.AsyncClient(transport=httpx.MockTransport(answer)), StillClock())
    assert [item async for item in source.read(SUNDAY)] == []
    assert str(asked[0].url) == "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token"
    assert "scope=https%3A%2F%2Fw-f.fhir.azurehealthcareapis.com%2F.default" in asked[0].content.decode()
    assert asked[1].headers["authorization"] == "Bearer t"


async def test_a_token_is_kept_until_a_minute_before_it_ends(clinic: Clinic):
    source = clinic.source(auth=signed(clinic))
    for seconds, exchanges in [(0, 1), (239, 1), (2, 2), (100, 2)]:
        clinic.clock.forward(seconds=seconds)
        [item async for item in source.read(SUNDAY)]
        assert clinic.server.tokens.exchanges == exchanges


async def test_many_readers_at_once_ask_for_one_token(clinic: Clinic):
    source = clinic.source(auth=signed(clinic))
    await asyncio.gather(*(source.read_one(f"a{n}") for n in range(20)))
    assert clinic.server.tokens.exchanges == 1


async def test_a_token_revoked_before_its_time_is_renewed_once(clinic: Clinic):
    source = clinic.source(auth=signed(clinic))
    [item async for item in source.read(SUNDAY)]
    clinic.server.tokens.revoke_all()
    assert [item async for item in source.read(SUNDAY)] == []
    assert clinic.server.tokens.exchanges == 2


async def test_a_token_server_that_refuses_is_an_operators_matter(clinic: Clinic):
    auth = signed(clinic)
    signed(clinic)  # another key is registered now
    with pytest.raises(SourceRefused, match="HTTP 401, invalid_client"):
        await clinic.items(auth=auth)


async def test_a_key_that_cannot_sign_is_an_operators_matter_and_never_quoted(clinic: Clinic):
    with pytest.raises(SourceRefused) as refusal:
        await clinic.items(auth=signed(clinic, "ES384", private_key="-----BEGIN hush-----"))
    assert "hush" not in str(refusal.value)
    assert refusal.value.__cause__ is None


async def test_a_server_without_published_endpoint_says_what_to_set():
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(404)))
    auth = {"kind": "private_key_jwt", "client_id": "c", "private_key": "k", "key_id": "1"}
    source = FhirR4Source({"base_url": BASE, "auth": auth}, client, StillClock())
    with pytest.raises(SourceRefused, match="token_url"):
        await source.read_one("a1")


async def test_a_redirect_is_not_followed_and_the_token_stays_here():
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"Location": "https://fhir.example.org/elsewhere"})

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), follow_redirects=True)
    source = FhirR4Source({"base_url": BASE, "auth": {"kind": "bearer", "token": "s3cret"}}, client, StillClock())
    with pytest.raises(SourceRefused, match="HTTP 302"):
        await source.read_one("a1")
    assert len(asked) == 1


async def test_a_token_server_that_is_busy_is_asked_again():
    answers = [httpx.Response(503), httpx.Response(200, text="<html>")]
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answers.pop(0)))
    auth = {"kind": "client_credentials", "client_id": "c", "client_secret": "s", "token_url": f"{BASE}/token"}
    clock = StillClock()
    source = FhirR4Source({"base_url": BASE, "auth": auth}, client, clock, clock.sleep)
    with pytest.raises(SourceUnavailable, match="JSON"):
        await source.read_one("a1")
    assert len(clock.slept) == 1


async def test_nothing_of_a_patient_or_a_secret_is_logged_or_raised(clinic: Clinic, caplog: pytest.LogCaptureFixture):
    """httpx itself logs addresses at INFO; the wiring silences it (encode/httpx#2760)."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "httpx")
    clinic.server.load([an_appointment(), an_appointment("a2", status="Sparrowhawk")])
    clinic.server.faults.outcome = ("warning", "07700 900123")
    clinic.server.faults.fail_page(
        1, Failure(400, body=b'{"issue": [{"code": "Sparrowhawk", "diagnostics": "Tilly"}]}')
    )
    auth = {"kind": "bearer", "token": "s3cret"}
    with pytest.raises(SourceRefused) as refusal:
        await clinic.items(auth=auth)
    items = await clinic.items(auth=auth)
    said = caplog.text + repr(refusal.value) + repr(refusal.value.__context__) + repr(items[0])
    for secret in ("Sparrowhawk", "Tilly", "07700", "s3cret"):
        assert secret not in said
    assert "s3cret" not in repr(vars(clinic.source(auth=auth)))
