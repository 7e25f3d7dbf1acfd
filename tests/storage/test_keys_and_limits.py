"""The order of keys, and the limits that the emulator does not keep."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import RowTooLarge
from shared.storage.instants import latest_day_first, newest_first, to_instant, to_text
from shared.storage.limits import BATCH_BYTES, check_batch, check_row, wire_bytes
from shared.storage.rows import Change, Row, Verb

ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(1970, 1, 2), datetime(2286, 11, 19), timezones=ZONES)  # noqa: DTZ001
MILLISECOND = timedelta(milliseconds=1)


@given(INSTANTS, INSTANTS)
def test_later_instants_have_smaller_keys_of_one_width(one: datetime, other: datetime) -> None:
    a, b = newest_first(one), newest_first(other)
    assert len(a) == len(b) == 13
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    if (one - epoch) // MILLISECOND != (other - epoch) // MILLISECOND:
        assert (a < b) == (one > other)
    else:
        assert a == b


@given(st.dates(), st.dates())
def test_later_days_have_smaller_keys_of_one_width(one: date, other: date) -> None:
    a, b = latest_day_first(one), latest_day_first(other)
    assert len(a) == len(b) == 8
    assert (a < b) == (one > other)


@pytest.mark.parametrize("instant", [datetime(1969, 12, 31, tzinfo=UTC), datetime(2287, 1, 1, tzinfo=UTC)])
def test_an_instant_whose_key_would_sort_wrongly_is_refused(instant: datetime) -> None:
    with pytest.raises(ValueError, match="between 1970 and 2286"):
        newest_first(instant)


@given(INSTANTS)
def test_an_instant_comes_back_as_the_same_instant_in_utc(instant: datetime) -> None:
    text = to_text(instant)
    assert text.endswith("+00:00")
    assert to_instant(text) == instant


def test_an_instant_without_a_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="needs a zone"):
        to_text(datetime(2026, 11, 20))  # noqa: DTZ001


def row(**columns: str | bytes | int) -> Row:
    return Row("p", "k", columns)


@pytest.mark.parametrize(
    ("fits", "does_not"),
    [
        (row(a="x" * 32_768), row(a="x" * 32_769)),
        (row(a="中" * 32_768), row(a="中" * 32_769)),
        (row(a="😀" * 16_384), row(a="😀" * 16_385)),
        (row(a=b"x" * 65_536), row(a=b"x" * 65_537)),
        (row(**{f"c{n}": 1 for n in range(252)}), row(**{f"c{n}": 1 for n in range(253)})),
        (row(a=2**31 - 1, b=-(2**31)), row(a=2**31)),
        (
            row(**{f"c{n:02d}": b"x" * 65_000 for n in range(16)}),
            row(**{f"c{n:02d}": b"x" * 65_536 for n in range(16)}),
        ),
    ],
)
def test_a_row_at_the_limit_fits_and_one_beyond_does_not(fits: Row, does_not: Row) -> None:
    check_row(fits)
    with pytest.raises(RowTooLarge):
        check_row(does_not)


def test_a_row_is_counted_as_the_service_counts() -> None:
    """4 + 2 × (1 + 1) for the keys, 34 for Timestamp; a column of one character's name 10, and its value."""
    overhead = 4 + 4 + 34
    columns: dict[str, str | bytes | int] = {chr(97 + n): b"x" * 65_536 for n in range(15)}
    left = 1_048_576 - overhead - 15 * (10 + 4 + 65_536) - (10 + 4)
    check_row(row(**columns, z=b"x" * left))
    with pytest.raises(RowTooLarge):
        check_row(row(**columns, z=b"x" * (left + 1)))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.dictionaries(st.from_regex(r"[a-z][a-z_]{0,20}", fullmatch=True), TEXTS | st.binary(max_size=60)))
def test_the_size_of_a_change_is_never_guessed_too_small(columns: dict[str, str | bytes]) -> None:
    written = Row("p" * 40, "k" * 90, columns)
    entity: dict[str, str] = {"PartitionKey": written.partition, "RowKey": written.key}
    for name, value in columns.items():  # as the service's JSON has it, with the type beside each value
        entity[f"{name}@odata.type"] = "Edm.Binary" if isinstance(value, bytes) else "Edm.String"
        entity[name] = base64.b64encode(value).decode() if isinstance(value, bytes) else value
    assert len(json.dumps(entity, separators=(",", ":"))) + 700 <= wire_bytes(Change(Verb.UPSERT, written))


def test_a_batch_of_more_than_four_mebibytes_is_refused() -> None:
    part = {f"c{n}": b"x" * 60_000 for n in range(10)}
    changes = [Change(Verb.UPSERT, Row("p", f"k{n}", part)) for n in range(8)]
    assert sum(map(wire_bytes, changes)) > BATCH_BYTES
    with pytest.raises(RowTooLarge):
        check_batch(changes)
    check_batch(changes[:5])
