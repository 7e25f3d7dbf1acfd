"""Which addresses belong to the FHIR server that we were told to ask: only they may see its token."""

import re
from collections.abc import Iterable
from urllib.parse import quote

import httpx

RESOURCE_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")  # FHIR R4, datatypes.html#id
_TYPE_AND_ID = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?$")
_PORTS = {"http": 80, "https": 443}

type Origin = tuple[str, str, int | None]


def origin(url: httpx.URL) -> Origin:
    return url.scheme, url.host, url.port or _PORTS.get(url.scheme)


class ServerAddress:
    """The base address of a server, and the origins trusted beside its own."""

    def __init__(self, base_url: str, allowed_origins: Iterable[str] = ()) -> None:
        self.base_url = base_url.rstrip("/")
        self._base_path = httpx.URL(self.base_url).path.rstrip("/")
        self._trusted = {origin(httpx.URL(address)) for address in (self.base_url, *allowed_origins)}

    def trusts(self, url: str) -> bool:
        """Whether a request to `url` may carry the token. False for what is no URL at all."""
        try:
            return origin(httpx.URL(url)) in self._trusted
        except httpx.InvalidURL:
            return False

    def joined(self, current: str, link: str) -> str:
        """A link of a page as it came; resolved against the page only where it is relative."""
        try:
            return link if httpx.URL(link).is_absolute_url else str(httpx.URL(current).join(link))
        except httpx.InvalidURL:
            return link

    def resource(self, kind: str, resource_id: str) -> str:
        return f"{self.base_url}/{kind}/{quote(resource_id, safe='')}"

    def search(self, kind: str, parameters: Iterable[tuple[str, str]]) -> str:
        return f"{self.base_url}/{kind}?{encoded(parameters)}"

    def own_resource(self, reference: str) -> tuple[str, str] | None:
        """(type, id) of a reference into this server: relative, or absolute under a trusted origin; else None."""
        found = _TYPE_AND_ID.search(reference)
        if found is None:
            return None
        if "://" in reference and not self.trusts(reference):
            return None
        return found[1], found[2]


def encoded(parameters: Iterable[tuple[str, str]]) -> str:
    """A query in which `+` of an offset is %2B: a bare one would arrive as a space (health.md 1.1)."""
    return "&".join(f"{name}={quote(value, safe=',')}" for name, value in parameters)
