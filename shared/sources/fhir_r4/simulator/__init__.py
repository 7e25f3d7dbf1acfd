"""A FHIR R4 server to develop and test against: in-process or on 127.0.0.1, with faults on command."""

from shared.sources.fhir_r4.simulator.faults import Failure, Faults
from shared.sources.fhir_r4.simulator.simulator import FhirSimulator

__all__ = ["Failure", "Faults", "FhirSimulator"]
