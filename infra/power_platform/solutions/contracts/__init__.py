"""What operations take and answer, whoever's they are."""

from infra.power_platform.solutions.contracts.contract import Connector, Contract, Kind
from infra.power_platform.solutions.contracts.microsoft import microsoft_connectors
from infra.power_platform.solutions.contracts.patient_data import exceptions, patient_fields, with_patient_data
from infra.power_platform.solutions.contracts.shape import ANY, SECRET, Shape, list_of, record, scalar, shape_of
from infra.power_platform.solutions.contracts.swagger import connector_of

__all__ = [
    "ANY",
    "SECRET",
    "Connector",
    "Contract",
    "Kind",
    "Shape",
    "connector_of",
    "exceptions",
    "list_of",
    "microsoft_connectors",
    "patient_fields",
    "record",
    "scalar",
    "shape_of",
    "with_patient_data",
]
