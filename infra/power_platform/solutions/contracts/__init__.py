"""What operations take and answer, whoever's they are."""

from infra.power_platform.solutions.contracts.contract import Connector, Contract, Kind
from infra.power_platform.solutions.contracts.microsoft import microsoft_connectors
from infra.power_platform.solutions.contracts.shape import ANY, Shape, list_of, record, scalar, shape_of
from infra.power_platform.solutions.contracts.swagger import connector_of

__all__ = [
    "ANY",
    "Connector",
    "Contract",
    "Kind",
    "Shape",
    "connector_of",
    "list_of",
    "microsoft_connectors",
    "record",
    "scalar",
    "shape_of",
]
