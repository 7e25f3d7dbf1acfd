"""What there is to know of one operation: where it stands, who may call it, what it takes and answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from functions.interface.words import Visibility, Words
from shared.services.callers import Permission


class Guard(StrEnum):
    """By what a caller passes."""

    CALLER = "caller"  # a clinic's API key, or an Entra ID token
    SIGNATURE = "signature"  # a provider's, on the raw bytes
    LINK = "link"  # an unguessable token in the path
    NOBODY = "nobody"  # it tells nothing


class Method(StrEnum):
    GET = "GET"
    POST = "POST"
    DELETE = "DELETE"


def camel(name: str) -> str:
    """`clinic_id` -> `clinicId`; `from_` -> `from`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


CONFIG: Mapping[str, Any] = {"extra": "forbid", "alias_generator": camel}
"""`__pydantic_config__` of every dataclass that is read from a request: what we do not know is refused, by name."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No parameters, or no body."""


class Raw:
    """A channel's own body, read by that channel: `Call.raw`."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a subscription brings: makers start flows with it."""

    event: str
    hint: str  # how to make it happen while building a flow
    notification: Any  # the typed dictionary of what is posted


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation[Q, B]:
    """`id` is its name in connectors; `path` stands below `/api/{channel}/v1/`.

    `answer`: the typed dictionary of the body where all went well, with `status`. `errors`: what else may be answered,
    beside 400, 401, 403, 429 and 503, which always may. `any_channel`: `any` may stand for the channel; `auto_channel`:
    `auto` may, and one is chosen.
    """

    id: str
    method: Method
    path: str
    summary: str
    description: str
    permission: Permission
    query: type[Q]
    body: type[B]
    answer: Any
    status: int = HTTPStatus.OK
    errors: tuple[int, ...] = ()
    any_channel: bool = False
    auto_channel: bool = False
    visibility: Visibility = Visibility.IMPORTANT
    path_words: Mapping[str, Words] = field(default_factory=dict)
    guard: Guard = Guard.CALLER
    trigger: Trigger | None = None
    connector: bool = True  # offered to makers

    @property
    def route(self) -> str:
        """As the host knows it, below /api/."""
        return f"{{channel}}/v1/{self.path}"

    @property
    def function(self) -> str:
        """The function's name: the id in snake case, told apart from triggers that no caller calls."""
        return "api" + "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in self.id)
