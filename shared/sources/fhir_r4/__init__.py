"""Appointments of a FHIR R4 server."""

from shared.sources.fhir_r4.options import FhirOptions
from shared.sources.fhir_r4.source import FhirR4Source

__all__ = ["FhirOptions", "FhirR4Source"]
