"""Is a callback from Meta? Compared in constant time, on the raw bytes (Webhooks, Validating payloads)."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence

from shared.channels.contract import CallbackAnswer
from shared.errors import BodyTooLarge, CallbackRefused, ConfigurationError

MAX_BODY = 3 * 1024 * 1024  # bytes; Meta: payloads can be up to 3 MB
MAX_CHALLENGE = 256
_HEADER = "x-hub-signature-256"
_SCHEME = b"sha256="


def check_signature(secrets: Sequence[bytes], headers: Mapping[str, str], body: bytes) -> None:
    """Raises BodyTooLarge, CallbackRefused, or ConfigurationError when there is no secret to check with."""
    if len(body) > MAX_BODY:
        raise BodyTooLarge("The callback is larger than Meta sends.")
    if not secrets:
        raise ConfigurationError("WHATSAPP_WEBHOOK_SECRET is missing: no callback can be checked.")
    given = headers.get(_HEADER, "").encode("utf-8", "replace")
    valid = False
    for secret in secrets:  # all of them, whichever fits: the time tells nothing
        expected = _SCHEME + hmac.new(secret, body, hashlib.sha256).hexdigest().encode()
        valid |= hmac.compare_digest(expected, given)
    if not valid:
        raise CallbackRefused("The callback's signature is missing or wrong.")


def answer_handshake(verify_tokens: Sequence[bytes], query: Mapping[str, str]) -> CallbackAnswer:
    """Echoes Meta's challenge if it knows our verify token. Raises CallbackRefused."""
    given = query.get("hub.verify_token", "").encode("utf-8", "replace")
    known = False
    for token in verify_tokens:
        known |= hmac.compare_digest(token, given)
    challenge = query.get("hub.challenge", "")
    if not known or query.get("hub.mode") != "subscribe" or not 0 < len(challenge) <= MAX_CHALLENGE:
        raise CallbackRefused("The verification request does not carry our token.")
    return CallbackAnswer(200, challenge)
