"""The pace of a channel as a clinic file writes it: a word, or messages per minute."""

from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

STANDARD = "standard"
SMALL_CLINIC = "small_clinic"
SMALL_CLINIC_PER_MINUTE = 20
MOST_PER_MINUTE = 60_000  # 1,000 a second, the most that Meta gives a number (Cloud API, Throughput)


def _pace(value: object) -> str | int:
    if value in (STANDARD, SMALL_CLINIC):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_PER_MINUTE:
        return value
    raise ValueError(f"write standard, small_clinic, or a number of messages per minute from 1 to {MOST_PER_MINUTE}")


Pace = Annotated[
    str | int,
    PlainValidator(_pace),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": [STANDARD, SMALL_CLINIC]},
                {"type": "integer", "minimum": 1, "maximum": MOST_PER_MINUTE},
            ],
            "default": STANDARD,
        }
    ),
]


def per_minute(pace: str | int) -> int | None:
    """Messages per minute; None: the channel's own pace."""
    if isinstance(pace, int):
        return pace
    return SMALL_CLINIC_PER_MINUTE if pace == SMALL_CLINIC else None
