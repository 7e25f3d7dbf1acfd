"""A clinic: who sends, when, on which channels, in which languages. Valid once it exists."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from shared.domain.plain_text import same_words
from shared.domain.prescription.rules import PrescriptionRules

FARTHEST = 366  # days ahead that anybody books


class AddressKind(StrEnum):
    """What a channel needs to reach a patient."""

    PHONE = "phone"  # E.164 with +
    OPENID = "openid"  # a WeChat user as one official account sees them


class OptInRule(StrEnum):
    """Whether a patient must have said yes before a channel is used for them."""

    REQUIRED = "required"  # no opt-in row: skipped, with that reason
    OPT_OUT = "opt_out"  # allowed unless the patient objected (UK: preference and objection, not consent)


@dataclass(frozen=True, slots=True)
class ClinicChannel:
    """One way to a clinic's patients, in the clinic's order of preference."""

    channel: str
    account: str  # the provider account that sends; "default" is the one of the app settings
    address_kind: AddressKind
    opt_in: OptInRule
    templates: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """purpose -> language -> the provider's template name or id, where it differs from the shipped one"""
    per_minute: int | None = None  # messages at the most; None: the channel's own pace
    per_day: int | None = None  # messages at the most (Meta's messaging limit); None: the channel's own limit


@dataclass(frozen=True, slots=True)
class Step:
    """One reminder of an appointment: `days` before its local day, at `hour` local time.

    The id is made of the days, so that a changed hour is the same step and another day is another step.
    """

    days: int
    hour: time

    @property
    def id(self) -> str:
        return f"{self.days}d"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """No reminder leaves between `start` and `end`, local; `start` after `end` spans midnight; equal: never quiet."""

    start: time
    end: time

    def holds(self, local: time) -> bool:
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Whom and what this clinic never reminds automatically (health.md 1.6, Wayfinder producer standard)."""

    under_age: int = 16  # years on the day of the appointment; 0 switches the rule off
    specialties: frozenset[str] = frozenset()
    locations: frozenset[str] = frozenset()
    appointment_types: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """Where this clinic's appointments come from: the kind of source and that kind's own options."""

    kind: str
    options: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Clinic:
    """Everything that deciding and sending need to know of a clinic."""

    id: str  # [a-z0-9-], 2 to 30 characters: stands in table keys
    name: Mapping[str, str]  # language -> name as patients read it
    phone: str  # what a patient may dial, as it is to be shown
    zone: ZoneInfo
    region: str  # ISO 3166 alpha-2: how national phone numbers are read
    languages: tuple[str, ...]  # first is the default
    steps: tuple[Step, ...]
    quiet_hours: QuietHours
    plan_at: time  # local time after which the daily planning runs
    channels: tuple[ClinicChannel, ...]
    source: SourceChoice
    exclusions: Exclusions = Exclusions()
    show_appointment_type: bool = False
    show_practitioner: bool = False
    public_locations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """source's location name -> language -> what a patient may read ("HIV clinic" -> "Outpatients, level 2")"""
    allow_pending: bool = False  # FHIR `pending` appointments are reminded too
    window_days: int = 7
    fallback_after: timedelta = timedelta(hours=4)
    """A reminder that was accepted and not delivered for so long goes by another channel; zero: it does not."""
    unsent_at: time = time(15)  # local time after which staff are told what of the next day could not be sent
    prescriptions: PrescriptionRules = field(default_factory=PrescriptionRules)

    def local(self, instant: datetime) -> datetime:
        """`instant` on the clinic's wall clock."""
        return instant.astimezone(self.zone)

    def local_day(self, instant: datetime) -> date:
        return self.local(instant).date()

    def public_location(self, location: str) -> Mapping[str, str] | None:
        """What patients may read for a location of the source, by language; None: nothing (health.md 8, H17)."""
        found = self.public_locations.get(location)
        if found is None and location:
            wanted = same_words(location)
            found = next((names for key, names in self.public_locations.items() if same_words(key) == wanted), None)
        return found

    def only(self, channel: str) -> "Clinic":
        """The clinic as it looks at one appointment for one channel, however far ahead that is."""
        return replace(self, channels=tuple(c for c in self.channels if c.channel == channel), window_days=FARTHEST)

    def channel(self, name: str) -> ClinicChannel | None:
        return next((c for c in self.channels if c.channel == name), None)
