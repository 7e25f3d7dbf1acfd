"""What is in sight where a formula stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from infra.power_platform.app.judging.formulas import Formula
from infra.power_platform.app.kinds import NUMBER, TEXT, Kind, record

FIRST_ERROR = record(
    {
        "Message": TEXT,
        "Source": TEXT,
        "Observed": TEXT,
        "Kind": NUMBER,
        "Details": record({"HttpStatusCode": NUMBER, "HttpResponse": TEXT}),
    }
)


@dataclass(frozen=True, slots=True)
class Scope:
    """`item`: ThisItem of the gallery around; `rows`: what Filter, With and their like add, the innermost last."""

    formula: Formula
    item: Kind | None = None
    rows: tuple[Mapping[str, Kind], ...] = ()
    failed: bool = False  # inside IfError: FirstError is there
    unsure: bool = False  # inside rows of which nobody knows the columns: a name may be one of them

    def inside(self, rows: Kind) -> Scope:
        return replace(self, rows=(*self.rows, rows.fields), unsure=self.unsure or rows.open)

    def after_an_error(self) -> Scope:
        return replace(self, failed=True)

    @property
    def screen(self) -> str:
        owner = self.formula.owner
        return "" if owner is None or owner.is_component else owner.name

    @property
    def component(self) -> str:
        owner = self.formula.owner
        return owner.name if owner and owner.is_component else ""
