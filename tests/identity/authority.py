"""An authority for tests: makes keys, publishes them as Entra ID does, signs tokens, and fails when it is told to."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from jwt.algorithms import RSAAlgorithm

from shared.clock import Clock
from shared.identity.authority import Authority
from shared.identity.entra import EntraTokens
from shared.identity.entra_claims import EntraClaims
from shared.identity.published_keys import PublishedKeys
from shared.identity.signing_keys import SigningKeys
from tests.world import MovedClock

TENANT = "11111111-1111-4111-8111-111111111111"
OTHER_TENANT = "22222222-2222-4222-8222-222222222222"
CLIENT = "33333333-3333-4333-8333-333333333333"
CALLING_APP = "44444444-4444-4444-8444-444444444444"
NURSE = "55555555-5555-4555-8555-555555555555"
HOUR = 3600
NURSE_ROLES = ["PatientMessaging.Read", "PatientMessaging.Send", "PatientMessaging.Clinic.riverside"]


def private_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """One key for each name in a whole test run: they are slow to make."""
    return _made(name, bits)


@cache
def _made(_name: str, bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def pem_of(key: rsa.RSAPrivateKey) -> bytes:
    """The public half, as anybody can download it."""
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def encoded(part: Any) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def published(name: str, bits: int = 2048) -> dict[str, Any]:
    public = RSAAlgorithm.to_jwk(private_key(name, bits).public_key(), as_dict=True)
    return {**public, "kid": name, "use": "sig"}


@dataclass
class TestAuthority:
    """Answers as login.microsoftonline.com does. `answers`: what it says instead, by the end of the path."""

    __test__ = False

    clock: Clock
    url: str = "https://login.microsoftonline.com"
    keys: list[dict[str, Any]] = field(default_factory=lambda: [published("first")])
    answers: dict[str, Callable[[httpx.Request], httpx.Response]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def tokens(self, *audiences: str) -> EntraTokens:
        """What the app would use against this authority."""
        authority, client = Authority(self.url, TENANT), self.client()
        keys = SigningKeys(PublishedKeys(authority, lambda: client), self.clock)
        named = frozenset(audiences or (CLIENT, f"api://{CLIENT}"))
        return EntraTokens(EntraClaims(authority, named), keys, self.clock)

    def client(self) -> httpx.AsyncClient:
        """Reaches this authority, whatever the address."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def fails(self, answer: Callable[[httpx.Request], httpx.Response] | None = None) -> None:
        """From now on: a 503, or `answer`."""
        self.answers[""] = answer or (lambda _: httpx.Response(503))

    def works(self) -> None:
        self.answers.clear()

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        for ending, answer in self.answers.items():
            if request.url.path.endswith(ending):
                return answer(request)
        if request.url.path == f"/{TENANT}/v2.0/.well-known/openid-configuration":
            return httpx.Response(200, json=self.configuration)
        if request.url.path == f"/{TENANT}/discovery/v2.0/keys":
            return httpx.Response(200, json={"keys": self.keys})
        return httpx.Response(404)

    @property
    def configuration(self) -> dict[str, Any]:
        jwks = f"{self.url}/{TENANT}/discovery/v2.0/keys"
        return {"issuer": f"{self.url}/{TENANT}/v2.0", "jwks_uri": jwks, "authorization_endpoint": "unused"}

    def claims(self, **changes: Any) -> dict[str, Any]:
        """A nurse's, of version 2.0. A change to None takes the claim out."""
        now = int(self.clock.now().timestamp())
        claims = {
            "aud": CLIENT,
            "iss": f"{self.url}/{TENANT}/v2.0",
            "iat": now,
            "nbf": now,
            "exp": now + HOUR,
            "azp": CALLING_APP,
            "name": "Sam Nurse",
            "preferred_username": "sam@riverside.example",
            "oid": NURSE,
            "sub": "kv0mZ6TtVu6s1tA2example",
            "roles": NURSE_ROLES,
            "scp": "user_impersonation",
            "tid": TENANT,
            "ver": "2.0",
        }
        return {name: value for name, value in {**claims, **changes}.items() if value is not None}

    def sign(
        self,
        claims: bytes | None = None,
        *,
        key: str = "first",
        algorithm: str = "RS256",
        headers: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> str:
        """A token, correctly signed by the key of that name. Made here by hand: what judges it is a library."""
        head = {"typ": "JWT", "alg": algorithm, "kid": key, **(headers or {})}
        head = {name: value for name, value in head.items() if value is not None}
        said = f"{encoded(head)}.{encoded(self.claims(**changes) if claims is None else claims)}"
        return f"{said}.{encoded(private_key(key).sign(said.encode(), *_SCHEMES[algorithm]))}"


_PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
_SCHEMES: Mapping[str, tuple[Any, Any]] = {
    "RS256": (padding.PKCS1v15(), hashes.SHA256()),
    "RS512": (padding.PKCS1v15(), hashes.SHA512()),
    "PS256": (_PSS, hashes.SHA256()),
}


def an_authority(**changes: Any) -> TestAuthority:
    return TestAuthority(MovedClock(), **changes)
