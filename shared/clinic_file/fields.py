"""What the fields of a clinic file are made of."""

import re
from collections.abc import Callable
from datetime import time
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def _local_time(value: object) -> time:
    if isinstance(value, time):
        return value
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("write a time such as 10:00")
    return time(int(match[1]), int(match[2]))


def matching(pattern: re.Pattern[str], hint: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if pattern.fullmatch(value) is None:
            raise ValueError(hint)
        return value

    return check


def _shown(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("write some text, on one line")
    return value.strip()


LocalTime = Annotated[
    time,
    BeforeValidator(_local_time),
    PlainSerializer(lambda t: f"{t:%H:%M}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{_TIME.pattern}$", "examples": ["10:00"]}),
]
Shown = Annotated[str, AfterValidator(_shown)]
Code = Annotated[str, AfterValidator(matching(_CODE, "write a short name of a-z, 0-9, - and _"))]
ByLanguage = dict[str, Shown]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
