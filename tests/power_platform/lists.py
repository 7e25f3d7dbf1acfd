"""A SharePoint list as two of its connector's actions know it: rows are numbered as they come, and there at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_COLUMN = "item/"
_FILTER = re.compile(r"(\w+) eq '([^']*)'")


@dataclass
class SharePointList:
    rows: list[Mapping[str, Any]] = field(default_factory=list)

    def post(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """PostItem."""
        row = {name.removeprefix(_COLUMN): value for name, value in given.items() if name.startswith(_COLUMN)}
        self.rows.append({"ID": len(self.rows) + 1, **row})
        return self.rows[-1]

    def get(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """GetItems: one comparison, in the order of the ids."""
        asked = _FILTER.fullmatch(given["$filter"])
        assert asked is not None, given["$filter"]
        assert given.get("$orderby", "ID asc") == "ID asc"
        found = [row for row in self.rows if row[asked[1]] == asked[2]]
        return {"value": found[: given["$top"]]}
