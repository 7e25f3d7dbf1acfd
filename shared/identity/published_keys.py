"""Reads the keys that an authority publishes: its OpenID configuration names the place, the place holds the keys."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from shared.errors import DirectoryUnavailable
from shared.identity.authority import Authority

if TYPE_CHECKING:
    import httpx
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

TIMEOUT_S, CONNECT_S = 5, 3
WHOLE_S = 10  # httpx's limits are for each read: an answer that drips must end too
LEAST_BITS = 2048  # RFC 7518, 3.3

log = logging.getLogger(__name__)


class PublishedKeys:
    """Gives all keys by their id. Only https, only from the authority's own host, no redirect followed."""

    def __init__(self, authority: Authority, http: "Callable[[], httpx.AsyncClient]", whole_s: float = WHOLE_S) -> None:
        self._authority = authority
        self._http = http
        self._whole_s = whole_s

    async def __call__(self) -> "Mapping[str, RSAPublicKey]":
        """Raises DirectoryUnavailable for whatever is no list of keys."""
        import httpx

        try:
            async with asyncio.timeout(self._whole_s):
                configuration = await self._get(self._authority.configuration_url)
                keys = _keys(await self._get(self._place(configuration)))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, RecursionError):
            raise _unavailable() from None
        if not keys:
            raise _unavailable()
        return keys

    async def _get(self, url: str) -> Mapping[str, Any]:
        """Raises ValueError, and what httpx raises."""
        import httpx

        timeout = httpx.Timeout(TIMEOUT_S, connect=CONNECT_S)
        answer = await self._http().get(url, timeout=timeout, follow_redirects=False)
        if answer.status_code != 200:
            raise ValueError("not answered")
        body = json.loads(answer.content)
        if not isinstance(body, dict):
            raise ValueError("not an object")  # noqa: TRY004 - what every caller here catches
        return body

    def _place(self, configuration: Mapping[str, Any]) -> str:
        """Raises ValueError where the configuration is another's, or sends us elsewhere."""
        import httpx

        place, own = httpx.URL(str(configuration.get("jwks_uri"))), httpx.URL(self._authority.url)
        elsewhere = (place.scheme, place.host, place.port) != ("https", own.host, own.port)
        if elsewhere or configuration.get("issuer") != self._authority.issuers["2.0"]:
            raise ValueError("not this authority's configuration")
        return str(place)


def _unavailable() -> DirectoryUnavailable:
    return DirectoryUnavailable(
        "The sign-in service does not answer at the moment. Please try again.", retry_after_s=10
    )


def _keys(body: Mapping[str, Any]) -> "Mapping[str, RSAPublicKey]":
    listed = body.get("keys")
    entries = listed if isinstance(listed, list) else []
    found = ((entry.get("kid"), _key(entry)) for entry in entries if isinstance(entry, dict))
    return {kid: key for kid, key in found if isinstance(kid, str) and key is not None}


def _key(entry: Mapping[str, Any]) -> "RSAPublicKey | None":
    """An RSA key for signatures; None for any other entry, which another program may need."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from jwt import InvalidKeyError
    from jwt.algorithms import RSAAlgorithm

    if entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig" or "d" in entry:
        return None
    try:
        key = RSAAlgorithm.from_jwk(dict(entry))
    except (InvalidKeyError, ValueError, TypeError, KeyError, AttributeError):
        log.warning("signing_key_unreadable")
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= LEAST_BITS else None
