"""What must stay the same from release to release: the publisher, and each connector's name and id.

`api` is what a connector is called at runtime. Each environment makes one of its own when the connector is imported
(`shared_ptm-5fwhatsapp-5f` and 16 hexadecimal digits), so the one here is a placeholder that the import replaces by
the connector's id; where it does not, `dev.py package solutions --api` writes the real one into the flows.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ConnectorIdentity:
    folder: str  # under infra/power_platform/connectors/
    name: str
    id: str
    api: str


@dataclass(frozen=True, slots=True)
class Identities:
    publisher: str
    prefix: str
    connectors: tuple[ConnectorIdentity, ...]

    def by_api(self) -> Mapping[str, ConnectorIdentity]:
        return {one.api: one for one in self.connectors}


def read_identities(path: Path) -> Identities:
    written = json.loads(path.read_text(encoding="utf-8"))
    connectors = [
        ConnectorIdentity(folder, one["name"], one["id"], one["api"]) for folder, one in written["connectors"].items()
    ]
    return Identities(written["publisher"]["uniqueName"], written["publisher"]["prefix"], tuple(connectors))
