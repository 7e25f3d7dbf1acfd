"""What the columns of an extract mean. Nothing is guessed: formats, encoding, zone and codes are stated."""

import codecs
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from shared.domain.appointment import AppointmentStatus
from shared.errors import ConfigurationError
from shared.sources.options import Options, parse_options

FALSE = ("", "n", "no", "0", "false", "f", "否", "नहीं")
TRUE = ("y", "yes", "1", "true", "t", "是", "हाँ")

type Folded = Annotated[tuple[str, ...], Field(min_length=1)]


class TableFormat(Options):
    """How a file is written, whatever it lists."""

    format: Literal["csv", "xlsx", ""] = ""  # empty: as the file's name ends
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', min_length=1, max_length=1)
    skip_lines: int = Field(default=0, ge=0)  # lines above the header
    sheet: str = ""  # of a workbook; empty: the first
    short_rows: Literal["refuse", "pad"] = "refuse"  # pad: this writer leaves out empty cells at a row's end
    zone: ZoneInfo  # what the file's local times mean

    @field_validator("zone", mode="before")
    @classmethod
    def _zone_exists(cls, value: object) -> object:
        try:
            return ZoneInfo(value) if isinstance(value, str) else value
        except (KeyError, ValueError, OSError):
            raise ValueError("write an IANA time zone such as Asia/Hong_Kong") from None

    @field_validator("encoding")
    @classmethod
    def _encoding_exists(cls, value: str) -> str:
        try:
            return codecs.lookup(value).name
        except LookupError:
            raise ValueError("there is no such encoding; common ones are utf-8, gb18030, big5, cp1252") from None


class PhoneColumn(Options):
    """One column with a phone number, and what FHIR calls its use (mobile, home, work, temp, old)."""

    column: str = Field(min_length=1)
    use: Literal["", "mobile", "home", "work", "temp", "old"] = ""


class Columns(Options):
    """Our field -> the file's column. Empty: the file has none."""

    appointment_id: str | Folded  # several columns together where no single one names the appointment
    patient_id: str = Field(min_length=1)
    date: str = ""
    time: str = ""
    start: str = ""  # date and time in one column, instead of the two
    status: str = ""
    type: str = ""
    specialty: str = ""
    location: str = ""
    practitioner: str = ""
    hidden: str = ""  # set: the patient is not expected
    family_name: str = ""
    given_name: str = ""
    full_name: str = ""
    name_prefix: str = ""
    birth_date: str = ""
    language: str = ""
    phones: tuple[PhoneColumn, ...] = ()
    openid: str = ""
    patient_zone: str = ""  # the time zone where the patient lives, as the IANA database names it
    deceased: str = ""  # set, or a date: the patient has died
    restricted: str = ""
    no_messages: str = ""  # set: opted out in the source system
    messages_allowed: str = ""  # the other way round; empty counts as no
    interpreter: str = ""

    @model_validator(mode="after")
    def _when_is_known(self) -> Self:
        if bool(self.start) == bool(self.date):
            raise ValueError("name either `start`, or `date` (and `time`)")
        return self

    @property
    def id_columns(self) -> tuple[str, ...]:
        return (self.appointment_id,) if isinstance(self.appointment_id, str) else self.appointment_id


class Defaults(Options):
    """What holds where a cell is empty or the file has no such column."""

    status: AppointmentStatus | None = None
    type: str = ""
    specialty: str = ""
    location: str = ""
    practitioner: str = ""
    language: str = ""


class ExtractMapping(TableFormat):
    """One kind of extract. Formats are those of Python's strptime: %d/%m/%Y is 29/03/2026, %H:%M is 09:30."""

    columns: Columns
    date_format: str = ""
    time_format: str = "%H:%M"
    start_format: str = ""
    birth_date_format: str = ""  # empty: as date_format
    excel_serial_dates: bool = False  # dates may stand as a number of days: 46230 is 2026-07-27
    day_only: bool = False  # an empty time means: the day is known, the time is not
    midnight_means_no_time: bool = False
    status_map: Mapping[str, AppointmentStatus] = Field(default_factory=dict)  # empty: FHIR's own words
    language_map: Mapping[str, str] = Field(default_factory=dict)
    false_values: tuple[str, ...] = FALSE
    true_values: tuple[str, ...] = TRUE
    defaults: Defaults = Defaults()
    extra: Mapping[str, str] = Field(default_factory=dict)  # name -> column, passed on as it is

    @field_validator("status_map", "language_map")
    @classmethod
    def _folded_keys[Value](cls, values: Mapping[str, Value]) -> Mapping[str, Value]:
        return {key.strip().casefold(): value for key, value in values.items()}

    @field_validator("false_values", "true_values")
    @classmethod
    def _folded(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(value.strip().casefold() for value in values)

    @field_validator("date_format", "start_format", "birth_date_format")
    @classmethod
    def _whole_date(cls, value: str) -> str:
        """A format with day, month and four-digit year: %y would be a guess between two centuries."""
        if value and not (re.search("%Y", value) and re.search("%d", value) and re.search("%[mbB]", value)):
            raise ValueError("needs day (%d), month (%m) and four-digit year (%Y)")
        return value

    @field_validator("time_format")
    @classmethod
    def _whole_time(cls, value: str) -> str:
        if "%M" not in value or not ("%H" in value or ("%I" in value and "%p" in value)):
            raise ValueError("needs minutes (%M) and hours (%H, or %I with %p)")
        return value

    @model_validator(mode="after")
    def _formats_are_stated(self) -> Self:
        if self.columns.date and not (self.date_format or self.excel_serial_dates):
            raise ValueError("state date_format: 03/04 is never guessed")
        if self.columns.start and not (self.start_format or self.excel_serial_dates):
            raise ValueError("state start_format: 03/04 is never guessed")
        if self.columns.date and not self.columns.time and not (self.day_only or self.excel_serial_dates):
            raise ValueError("name the time column, or state day_only")
        if self.columns.birth_date and not (self.birth_date_format or self.date_format or self.excel_serial_dates):
            raise ValueError("state birth_date_format: 03/04 is never guessed")
        if not self.columns.status and self.defaults.status is None:
            raise ValueError("name the status column, or state defaults.status")
        return self


class ExtractOptions(Options):
    """One clinic's extract: the file, and its mapping (in place, or in a JSON file of its own)."""

    path: str = Field(min_length=1)
    mapping: Mapping[str, object] = Field(default_factory=dict)
    mapping_path: str = ""
    max_age_hours: float | None = Field(default=None, gt=0)  # an older file is yesterday's: not read

    @model_validator(mode="after")
    def _one_mapping(self) -> Self:
        if bool(self.mapping) == bool(self.mapping_path):
            raise ValueError("give either mapping or mapping_path")
        return self


def mapping_of(options: ExtractOptions, root: Path) -> ExtractMapping:
    """The mapping of `options`; relative paths begin at `root`. Raises ConfigurationError that names file and field."""
    if options.mapping:
        return parse_options(ExtractMapping, options.mapping, "source.options.mapping")
    path = root / options.mapping_path
    try:
        content = json.loads(path.read_text("utf-8-sig"))
    except OSError:
        raise ConfigurationError(f"The mapping file {path.name} cannot be read.") from None
    except ValueError:
        raise ConfigurationError(f"The mapping file {path.name} is not JSON in UTF-8.") from None
    if not isinstance(content, dict):
        raise ConfigurationError(f"The mapping file {path.name} does not hold a JSON object.")
    return parse_options(ExtractMapping, content, path.name)
