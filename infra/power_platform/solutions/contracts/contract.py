"""One operation of a connector, as a flow sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from infra.power_platform.solutions.contracts.shape import ANY, Shape


class Kind(StrEnum):
    """The type of the action or trigger that calls it."""

    ACTION = "OpenApiConnection"
    WAITING = "OpenApiConnectionWebhook"  # a trigger, or an action that waits until it is called back


@dataclass(frozen=True, slots=True)
class Contract:
    """Parameters are named as flows name them: `clinicId` in path or query, `body/note` within the body.

    `filled`: the platform fills them itself. `open`: beginnings of names that stand for columns of a table.
    `answers_202`: the platform would otherwise wait for the end of a long-running operation.
    """

    id: str
    kind: Kind
    trigger: bool = False
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    filled: frozenset[str] = frozenset()
    open: tuple[str, ...] = ()
    answer: Shape = ANY
    answers_202: bool = False

    def takes(self, parameter: str) -> bool:
        """The platform's own ones are not a flow's to give."""
        return parameter in self.required | self.optional or parameter.startswith(self.open or ("\0",))

    @property
    def parameters(self) -> frozenset[str]:
        return self.required | self.optional


@dataclass(frozen=True, slots=True)
class Connector:
    """`api`: its id at runtime, `shared_…`. `ours`: made of this project's swagger file."""

    api: str
    contracts: Mapping[str, Contract]
    ours: bool = False
