"""The simulator's own token endpoint: SMART backend services and client secrets."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.clock import Clock
from shared.sources.fhir_r4.elements import Json

LONGEST_ASSERTION = timedelta(minutes=5)  # SMART backend services
TOKEN_LIFE_S = 300


@dataclass(frozen=True, slots=True)
class _Client:
    algorithm: str = ""
    public_key: str = ""  # PEM
    secret: str = ""


class TokenDesk:
    """Who may read. Open to everybody until a token or a client is registered."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._fixed: set[str] = set()
        self._clients: dict[str, _Client] = {}
        self._issued: dict[str, datetime] = {}
        self._seen: set[str] = set()
        self.exchanges = 0

    def require_bearer(self, token: str) -> None:
        self._fixed.add(token)

    def register_key(self, client_id: str, public_key: str, algorithm: str) -> None:
        self._clients[client_id] = _Client(algorithm=algorithm, public_key=public_key)

    def register_secret(self, client_id: str, secret: str) -> None:
        self._clients[client_id] = _Client(secret=secret)

    def revoke_all(self) -> None:
        """Every issued token is refused from now on, before its time."""
        self._issued.clear()

    def accepts(self, header: str) -> bool:
        if not self._fixed and not self._clients:
            return True
        scheme, _, token = header.partition(" ")
        ends_at = self._issued.get(token)
        return scheme == "Bearer" and (token in self._fixed or (ends_at is not None and self._clock.now() < ends_at))

    def exchange(self, form: Mapping[str, str], token_url: str) -> tuple[int, Json]:
        """The token endpoint's answer (RFC 6749, 5): status and JSON."""
        self.exchanges += 1
        if form.get("grant_type") != "client_credentials":
            return 400, {"error": "unsupported_grant_type"}
        if not (self._knows_secret(form) or self._knows_signature(form, token_url)):
            return 401, {"error": "invalid_client"}
        token = secrets.token_urlsafe(24)
        self._issued[token] = self._clock.now() + timedelta(seconds=TOKEN_LIFE_S)
        return 200, {"access_token": token, "token_type": "bearer", "expires_in": TOKEN_LIFE_S}

    def _knows_secret(self, form: Mapping[str, str]) -> bool:
        client = self._clients.get(form.get("client_id", ""))
        return client is not None and bool(client.secret) and client.secret == form.get("client_secret")

    def _knows_signature(self, form: Mapping[str, str], token_url: str) -> bool:
        import jwt

        assertion = form.get("client_assertion", "")
        try:
            client_id = jwt.decode(assertion, options={"verify_signature": False}).get("sub")
            client = self._clients.get(str(client_id), _Client())
            claims = jwt.decode(
                assertion,
                client.public_key,
                algorithms=[client.algorithm],
                audience=token_url,
                issuer=str(client_id),
                options={"verify_exp": False, "require": ["exp", "jti", "iss", "sub", "aud"]},
            )
        except (jwt.PyJWTError, ValueError):
            return False
        now, ends_at = self._clock.now(), datetime.fromtimestamp(claims["exp"], UTC)
        fresh = now < ends_at <= now + LONGEST_ASSERTION and claims["jti"] not in self._seen
        self._seen.add(claims["jti"])
        return fresh
