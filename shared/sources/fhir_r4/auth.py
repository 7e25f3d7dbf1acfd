"""How a FHIR server is convinced that we may read: nothing, a token, or a token that we get and keep until it ends."""

import asyncio
import json
import re
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlencode

import httpx

from shared.clock import Clock
from shared.errors import SourceRefused, SourceUnavailable
from shared.sources.fhir_r4.elements import Json
from shared.sources.fhir_r4.http import Answer, Ask, Http
from shared.sources.fhir_r4.options import BearerAuth, ClientSecretAuth, FhirOptions, PrivateKeyAuth

MARGIN = timedelta(seconds=60)  # signing anew costs 0.3 s, a token that ends on its way a page
UNSTATED_LIFE_S = 300  # where a server does not say `expires_in` (RFC 6749, 5.1: recommended only)
ASSERTION_LIFE = timedelta(seconds=180)  # SMART allows 5 minutes; NHS England's script uses 3
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ENTRA = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
_OAUTH_CODE = re.compile(r"[a-z_]{1,40}")


class Authorization(Protocol):
    async def header(self) -> str:
        """The value of `Authorization`, or nothing. Raises SourceRefused, SourceUnavailable."""
        ...

    def forget(self) -> bool:
        """Drops a token that the server refused; True where a new one can be got."""
        ...


@dataclass(frozen=True, slots=True)
class FixedHeader:
    """No credentials (empty), or a token that somebody else renews."""

    value: str = field(default="", repr=False)

    async def header(self) -> str:
        return self.value

    def forget(self) -> bool:
        return False


class RenewedToken:
    """A token that is got once for many requests, and again shortly before it ends."""

    def __init__(self, request_token: Callable[[], Awaitable[Ask]], http: Http, clock: Clock) -> None:
        self._request_token = request_token
        self._http = http
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._token = ""
        self._ends_at = clock.now()

    async def header(self) -> str:
        async with self._one_at_a_time:
            if not self._token or self._clock.now() >= self._ends_at - MARGIN:
                self._token, self._ends_at = await self._fresh()
            return f"Bearer {self._token}"

    def forget(self) -> bool:
        self._token = ""
        return True

    async def _fresh(self) -> tuple[str, datetime]:
        asked_at = self._clock.now()
        answer = await self._http.answer(await self._request_token())
        body = _json(answer)
        if answer.status != 200:
            code = str(body.get("error", ""))
            named = code if _OAUTH_CODE.fullmatch(code) else "no reason given"
            raise SourceRefused(f"The token server refused us (HTTP {answer.status}, {named}).")
        token, life_s = body.get("access_token"), body.get("expires_in", UNSTATED_LIFE_S)
        if not isinstance(token, str) or not token:
            raise SourceRefused("The token server answered without a token.")
        try:
            return token, asked_at + timedelta(seconds=float(life_s))
        except (TypeError, ValueError, OverflowError):
            return token, asked_at + timedelta(seconds=UNSTATED_LIFE_S)


class SignedRequest:
    """SMART backend services: we prove who we are with a key whose public half the server knows."""

    def __init__(self, auth: PrivateKeyAuth, base_url: str, http: Http, clock: Clock) -> None:
        self._auth = auth
        self._base_url = base_url
        self._http = http
        self._clock = clock
        self._token_url = auth.token_url

    async def __call__(self) -> Ask:
        url = self._token_url or await self._discovered()
        assertion = await asyncio.to_thread(self._signed, url, self._clock.now())
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": JWT_BEARER,
            "client_assertion": assertion,
        }
        if self._auth.scope:
            form["scope"] = self._auth.scope
        return Ask(url, "POST", urlencode(form), {"Accept": "application/json"})

    def _signed(self, audience: str, now: datetime) -> str:
        import jwt  # only clinics with a signed login need it

        who = self._auth.client_id
        claims = {"iss": who, "sub": who, "aud": audience, "jti": str(uuid.uuid4()), "exp": now + ASSERTION_LIFE}
        key = self._auth.private_key.get_secret_value()
        try:
            return jwt.encode(claims, key, self._auth.algorithm, headers={"kid": self._auth.key_id})
        except (jwt.PyJWTError, ValueError, TypeError):
            raise SourceRefused("The private key in the source's options cannot sign with that algorithm.") from None

    async def _discovered(self) -> str:
        answer = await self._http.answer(Ask(f"{self._base_url}/.well-known/smart-configuration"))
        found = _json(answer).get("token_endpoint")
        if answer.status != 200 or not isinstance(found, str) or not found:
            raise SourceRefused("The server does not publish its token endpoint: set auth.token_url.")
        self._token_url = found
        return found


def _json(answer: Answer) -> Json:
    try:
        body = json.loads(answer.body)
    except ValueError:
        if answer.status == 200:
            raise SourceUnavailable("The token server did not answer with JSON.") from None
        return {}
    return body if isinstance(body, dict) else {}


def _secret_request(auth: ClientSecretAuth, base_url: str) -> Callable[[], Awaitable[Ask]]:
    base = httpx.URL(base_url)
    azure_scope = f"{base.scheme}://{base.netloc.decode()}/.default" if auth.tenant else ""
    form = {
        "grant_type": "client_credentials",
        "client_id": auth.client_id,
        "client_secret": auth.client_secret.get_secret_value(),
    }
    if scope := auth.scope or azure_scope:
        form["scope"] = scope
    url = auth.token_url or ENTRA.format(tenant=auth.tenant)

    async def request_token() -> Ask:
        return Ask(url, "POST", urlencode(form), {"Accept": "application/json"})

    return request_token


def authorization(options: FhirOptions, http: Http, clock: Clock) -> Authorization:
    """The way of `options.auth`."""
    match options.auth:
        case BearerAuth(token=token):
            return FixedHeader(f"Bearer {token.get_secret_value()}")
        case PrivateKeyAuth() as auth:
            return RenewedToken(SignedRequest(auth, options.base_url, http, clock), http, clock)
        case ClientSecretAuth() as auth:
            return RenewedToken(_secret_request(auth, options.base_url), http, clock)
        case _:
            return FixedHeader()
