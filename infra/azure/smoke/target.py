"""The app that is asked, and what it answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

PATIENCE_S = 60.0  # an instance that sleeps needs some seconds to answer
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Answer:
    """What came back. `code` and `message` are those of our own error shape, empty where it is none."""

    status: int
    headers: Mapping[str, str]  # names without case
    text: str

    @property
    def json(self) -> Any:
        """None: it is no JSON."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    @property
    def code(self) -> str:
        return self._of_error("code")

    @property
    def message(self) -> str:
        return self._of_error("message")

    def _of_error(self, field: str) -> str:
        content = self.json
        error = content.get("error") if isinstance(content, dict) else None
        return str(error.get(field, "")) if isinstance(error, dict) else ""

    def __str__(self) -> str:
        """Its status, and our words where they are ours; never another body, whatever may stand in that."""
        return f"{self.status} {self.code} {self.message}".strip()


class Target:
    """An app by its address. `key`: an API key of it, or empty; `local`: a development host, which has doors of its
    own and no certificate; `plain`: where the same app would be reached without TLS; `named`: channels that it must
    have, or empty."""

    def __init__(
        self,
        url: str,
        key: str = "",
        *,
        local: bool | None = None,
        plain: str = "",
        named: frozenset[str] = frozenset(),
    ) -> None:
        self.url = httpx.URL(url)
        self.key = key
        self.local = self.url.host in LOOPBACK if local is None else local
        self.plain = plain or str(self.url.copy_with(scheme="http", port=None))
        self.named = named
        self._client = httpx.Client(follow_redirects=False, timeout=PATIENCE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """`path` begins with a slash. Raises httpx.HTTPError."""
        return self._ask(method, str(self.url.join(path)), query, headers, body)

    def ask_plainly(self, path: str) -> Answer:
        """Without TLS. Raises httpx.HTTPError."""
        return self._ask("GET", str(httpx.URL(self.plain).join(path)), None, None, None)

    def _ask(
        self,
        method: str,
        url: str,
        query: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        body: bytes | None,
    ) -> Answer:
        answer = self._client.request(method, url, params=query, headers=headers, content=body)
        return Answer(answer.status_code, answer.headers, answer.text)
