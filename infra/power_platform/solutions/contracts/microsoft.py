"""Microsoft's own connectors: the operations that our flows use, with their parameters and where these are from."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from infra.power_platform.solutions.contracts.contract import Connector, Contract, Kind
from infra.power_platform.solutions.contracts.shape import shape_of

_FOLDER = Path(__file__).with_name("microsoft")


@cache
def microsoft_connectors() -> Mapping[str, Connector]:
    """By the id that they have everywhere, such as shared_office365."""
    written = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(_FOLDER.glob("*.json"))]
    return {one["api"]: _connector(one) for one in written}


def _connector(written: Mapping[str, Any]) -> Connector:
    contracts = {name: _contract(name, one) for name, one in written["operations"].items()}
    return Connector(written["api"], contracts)


def _contract(name: str, written: Mapping[str, Any]) -> Contract:
    return Contract(
        id=name,
        kind=Kind(written["type"]),
        required=frozenset(written["required"]),
        optional=frozenset(written["optional"]),
        open=tuple(written.get("open", ())),
        answer=shape_of(written["answer"]),
    )
