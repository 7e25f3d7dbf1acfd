"""The kinds of source that exist. A new kind is one file or folder and one line in SOURCES."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from shared import settings as app_settings
from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.errors import ConfigurationError
from shared.services.ports import OpenSource
from shared.sources.contract import Source
from shared.wiring.providers import Network

if TYPE_CHECKING:
    import httpx


def _fhir_r4(options: Mapping[str, object], http: "httpx.AsyncClient", clock: Clock) -> Source:
    from shared.sources.fhir_r4 import FhirR4Source

    return FhirR4Source(options, http, clock)


def _extract(options: Mapping[str, object], _http: "httpx.AsyncClient", clock: Clock) -> Source:
    from shared.sources.extract import ExtractSource

    return ExtractSource(options, clock)


SOURCES: "Mapping[str, Callable[[Mapping[str, object], httpx.AsyncClient, Clock], Source]]" = {
    "fhir_r4": _fhir_r4,
    "extract": _extract,
}
"""A new kind of source is one file or folder and one line here."""


def source_opener(network: Network, clock: Clock) -> OpenSource:
    async def open_source(clinic: Clinic) -> Source:
        kind = SOURCES.get(clinic.source.kind)
        if kind is None:
            raise ConfigurationError(f"Clinic {clinic.id}: there is no kind of source {clinic.source.kind!r}.")
        return kind(_resolved(clinic.source.options), network.http(), clock)

    return open_source


def _resolved(options: Mapping[str, object]) -> Mapping[str, object]:
    """Options with `{"setting": "SOURCE_…"}` replaced by that setting: secrets never stand in a clinic file."""
    return {key: _resolve(value) for key, value in options.items()}


def _resolve(value: object) -> object:
    if isinstance(value, dict):
        if set(value) == {"setting"}:
            return app_settings.source_secret(str(value["setting"]))
        return _resolved(value)
    return [_resolve(one) for one in value] if isinstance(value, list) else value
