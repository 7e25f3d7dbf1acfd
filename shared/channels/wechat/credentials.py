"""Who we are to WeChat: one Official Account's credentials, valid once they exist."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from shared.errors import ConfigurationError, FieldProblem

DEFAULT_API_URL = "https://api.weixin.qq.com"
_UNRESOLVED = "@Microsoft.KeyVault("


class CallbackMode(StrEnum):
    """What the account's callbacks must look like (console: Settings, Message encryption)."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"  # only while switching: a body without Encrypt passes by the weaker plain signature
    SECURE = "secure"  # a body without Encrypt is refused


@dataclass(frozen=True, slots=True)
class WeChatCredentials:
    """One account. `tokens` and `aes_keys` hold the current value first and, while they rotate, the other one.

    `aes_keys` are the 32 bytes that an EncodingAESKey stands for.
    """

    app_id: str
    app_secret: str = field(repr=False)
    tokens: tuple[str, ...] = field(repr=False)
    aes_keys: tuple[bytes, ...] = field(repr=False, default=())
    api_url: str = DEFAULT_API_URL
    callback_mode: CallbackMode = CallbackMode.PLAIN

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> "WeChatCredentials":
        """Reads app_id, app_secret, token, encoding_aes_key, api_url and callback_mode; the last three may be missing.

        `token` and `encoding_aes_key` may each hold two values with a comma between. Without a callback_mode, an
        EncodingAESKey means `secure` and none means `plain`. Raises ConfigurationError that names every wrong setting.
        """
        reader = _Reader(mapping)
        tokens = reader.several("token", required=True)
        keys = tuple(_aes_key(text, reader) for text in reader.several("encoding_aes_key"))
        mode = _mode(reader, has_key=bool(keys))
        credentials = cls(
            app_id=reader.text("app_id"),
            app_secret=reader.text("app_secret"),
            tokens=tokens,
            aes_keys=keys,
            api_url=_api_url(reader),
            callback_mode=mode,
        )
        reader.raise_problems()
        return credentials


class _Reader:
    """Reads text settings and gathers what is wrong with them, never with a value."""

    def __init__(self, mapping: Mapping[str, object]) -> None:
        self._mapping = mapping
        self._problems: list[FieldProblem] = []

    def problem(self, name: str, message: str) -> None:
        self._problems.append(FieldProblem(name, message))

    def text(self, name: str, *, required: bool = True) -> str:
        value = self._mapping.get(name)
        text = value.strip() if isinstance(value, str) else ""
        if text.startswith(_UNRESOLVED):
            self.problem(name, "is an unresolved Key Vault reference")
        elif required and not text:
            self.problem(name, "is not set")
        return text

    def several(self, name: str, *, required: bool = False) -> tuple[str, ...]:
        parts = tuple(part.strip() for part in self.text(name, required=required).split(",") if part.strip())
        if len(parts) > 2:
            self.problem(name, "may hold two values, the current one and the one that it replaces")
        return parts

    def raise_problems(self) -> None:
        if self._problems:
            listed = "; ".join(f"WECHAT_{p.field.upper()} {p.message}" for p in self._problems)
            raise ConfigurationError(f"WeChat settings to correct: {listed}", self._problems)


def _aes_key(text: str, reader: _Reader) -> bytes:
    """43 characters of base64 without their `=` (WeChat: EncodingAESKey)."""
    try:
        key = base64.b64decode(text + "=", validate=True) if len(text) == 43 else b""
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        reader.problem("encoding_aes_key", "is not an EncodingAESKey of 43 letters and digits")
    return key


def _mode(reader: _Reader, *, has_key: bool) -> CallbackMode:
    text = reader.text("callback_mode", required=False).lower()
    if not text:
        return CallbackMode.SECURE if has_key else CallbackMode.PLAIN
    if text not in CallbackMode:
        reader.problem("callback_mode", "is none of plain, compatible, secure")
        return CallbackMode.SECURE
    mode = CallbackMode(text)
    if mode is not CallbackMode.PLAIN and not has_key:
        reader.problem("encoding_aes_key", f"is needed for callback mode {mode}")
    return mode


def _api_url(reader: _Reader) -> str:
    url = (reader.text("api_url", required=False) or DEFAULT_API_URL).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        reader.problem("api_url", "is not an address such as https://api.weixin.qq.com")
    return url
