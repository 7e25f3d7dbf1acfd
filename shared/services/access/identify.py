"""Tells who calls. Every HTTP route but the callbacks, the patient's page and health passes here."""

import hmac
import logging
import re
from collections import Counter

from shared.errors import InvalidInput, Unauthenticated
from shared.identity.contract import Refusal, Tokens
from shared.services.access.known_keys import KnownKeys
from shared.services.access.roles import caller_of
from shared.services.callers import Caller

LONGEST_KEY = 200  # characters; ours have 42
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +(\S+) *")  # RFC 6750, 2.1; a scheme's case does not count (RFC 9110)

NOTHING_GIVEN = "nothing_given"
WRONG_KEY = "wrong_key"
OTHER_SCHEME = "other_scheme"

log = logging.getLogger(__name__)


class Callers:
    """By API key, or by a token of the directory. Nothing that was presented is ever logged or stored."""

    def __init__(self, keys: KnownKeys, tokens: Tokens, local_key: str) -> None:
        self._keys = keys
        self._tokens = tokens
        self._local_key = local_key
        self._refused: Counter[str] = Counter()

    async def identify(self, api_key: str | None, authorization: str | None = None) -> Caller:
        """Raises Unauthenticated in the same words whatever was wrong; Forbidden for a valid token that allows nothing;
        InvalidInput for both at once; DirectoryUnavailable, StorageUnavailable."""
        if api_key and authorization:
            raise InvalidInput("Send either x-api-key or Authorization, not both: they may stand for two callers.")
        if api_key:
            return await self._by_key(api_key)
        if authorization:
            return await self._by_token(authorization)
        raise self._refusal(NOTHING_GIVEN)

    async def _by_key(self, presented: str) -> Caller:
        if self._local_key and hmac.compare_digest(_octets(presented), _octets(self._local_key)):
            return Caller("local", "local development", None)
        key = await self._keys.find(presented) if len(presented) <= LONGEST_KEY and presented.isprintable() else None
        if key is None:
            raise self._refusal(WRONG_KEY)
        return Caller(key.id, key.name, key.clinics or None, key.permissions)

    async def _by_token(self, authorization: str) -> Caller:
        found = _BEARER.fullmatch(authorization)
        if found is None:
            raise self._refusal(OTHER_SCHEME)
        holder = await self._tokens.judge(found[1])
        if isinstance(holder, Refusal):
            raise self._refusal(holder)
        return caller_of(holder)

    def _refusal(self, reason: str) -> Unauthenticated:
        self._refused[reason] += 1
        log.warning("caller_refused reason=%s count=%d", reason, self._refused[reason])
        return Unauthenticated(
            "Send a valid API key in the header x-api-key, or a valid token as Authorization: Bearer."
        )


def _octets(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
