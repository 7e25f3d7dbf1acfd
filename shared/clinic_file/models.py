"""The shape of a clinic file. Unknown fields are refused, so that a misspelt one does not silently mean its default."""

import re
from collections.abc import Mapping
from datetime import time, timedelta
from functools import cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field

from shared.clinic_file.fields import ByLanguage, Code, LocalTime, Part, Shown, matching
from shared.clinic_file.pace import STANDARD, Pace, per_minute
from shared.clinic_file.prescriptions import PrescriptionsPart
from shared.domain.clinic import (
    AddressKind,
    Clinic,
    ClinicChannel,
    Exclusions,
    OptInRule,
    QuietHours,
    SourceChoice,
    Step,
)
from shared.domain.identity import CLINIC_ID

_PHONE = re.compile(r"\+?[\d\s()-]{5,24}")


def _zone(value: str) -> str:
    if value not in _zones():
        raise ValueError("write a time zone such as Europe/London (a name of the IANA time zone database)")
    return value


def _region(value: str) -> str:
    import phonenumbers  # slow to import

    if value not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("write a country code of two capital letters such as GB")
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


class StepPart(Part):
    days: int = Field(ge=0, le=60, description="Calendar days before the appointment's local day; 0 is the same day.")
    hour: LocalTime = Field(description="Local time at which the reminder is due.")


class QuietHoursPart(Part):
    start: LocalTime = Field(description="No reminder leaves from this local time on.")
    end: LocalTime = Field(description="Reminders leave again from this local time on. The same as start: never quiet.")


class ChannelPart(Part):
    channel: Code = Field(description="The channel's name.")
    account: Code = Field(
        "default", description="The provider account that sends; default is that of the app settings."
    )
    opt_in: OptInRule = Field(
        OptInRule.REQUIRED,
        strict=False,
        description="required: only patients who said yes; opt_out: all who have not objected.",
    )
    templates: dict[str, dict[str, Shown]] = Field(
        default_factory=dict,
        description="Purpose, then language, then the provider's template name or id, where it is not the shipped one.",
    )
    pace: Pace = Field(
        STANDARD,
        description="How fast messages leave: standard (the channel's own), small_clinic (20 a minute), or a number.",
    )
    per_day: int | None = Field(
        None, ge=1, description="How many messages the provider takes of the account in a day; null: the channel's own."
    )


class SourcePart(Part):
    kind: Code = Field(description="The kind of source.")
    options: dict[str, Any] = Field(
        default_factory=dict,
        description='That kind\'s own options. Never write a secret here: {"setting": "NAME"} names an app setting.',
    )


class ExclusionsPart(Part):
    under_age: int = Field(
        16, ge=0, le=120, description="Patients younger than this on the day get no message; 0 switches the rule off."
    )
    specialties: list[Shown] = Field(default_factory=list, description="Specialties without reminders.")
    locations: list[Shown] = Field(default_factory=list, description="Locations without reminders.")
    appointment_types: list[Shown] = Field(default_factory=list, description="Appointment types without reminders.")


class ClinicFile(Part):
    """A clinic."""

    id: Annotated[
        str, AfterValidator(matching(CLINIC_ID, "write 2 to 30 of a-z, 0-9 and -, not beginning or ending with -"))
    ] = Field(description="The clinic's key. Never change it: all rows of the clinic carry it.")
    name: ByLanguage = Field(description="The clinic's name as patients read it, by language.")
    phone: Annotated[str, AfterValidator(matching(_PHONE, "write a phone number as patients should read it"))] = Field(
        description="The number that patients may dial, as it is to be shown."
    )
    zone: Annotated[str, AfterValidator(_zone)] = Field(description="The clinic's time zone (IANA).")
    region: Annotated[str, AfterValidator(_region)] = Field(
        description="Country code by which phone numbers without one are read (ISO 3166 alpha-2)."
    )
    languages: list[str] = Field(min_length=1, description="Languages of messages; the first is the default.")
    steps: list[StepPart] = Field(
        default_factory=lambda: [StepPart(days=7, hour=time(10)), StepPart(days=2, hour=time(10))],
        min_length=1,
        max_length=8,
        description="The reminders of each appointment.",
    )
    quiet_hours: QuietHoursPart = Field(
        default_factory=lambda: QuietHoursPart(start=time(20), end=time(8)),
        description="When no reminder is sent, local time.",
    )
    plan_at: LocalTime = Field(time(6), description="Local time after which the daily planning runs.")
    unsent_at: LocalTime = Field(
        time(15), description="Local time after which staff are told what of the next day could not be sent."
    )
    channels: list[ChannelPart] = Field(min_length=1, description="Ways to the patients, in order of preference.")
    source: SourcePart = Field(description="Where the appointments come from.")
    exclusions: ExclusionsPart = Field(
        default_factory=lambda: ExclusionsPart(under_age=16),
        description="Whom and what the clinic never reminds automatically.",
    )
    show_appointment_type: bool = Field(False, description="Whether messages name the type of appointment.")
    show_practitioner: bool = Field(False, description="Whether messages may name the practitioner.")
    public_locations: dict[str, ByLanguage] = Field(
        default_factory=dict,
        description="The source's name of a location, then language, then what patients read.",
    )
    allow_pending: bool = Field(False, description="Whether appointments that are only pending are reminded too.")
    window_days: int = Field(7, ge=1, le=60, description="How many days ahead appointments are looked at.")
    fallback_after_hours: int = Field(
        4, ge=0, le=72, description="A reminder not delivered for so long goes by the next channel; 0: it does not."
    )

    prescriptions: PrescriptionsPart = Field(
        default_factory=lambda: PrescriptionsPart.model_validate({}),
        description="Prescription references that staff send: kinds, the patient's page, what flows may do.",
    )

    def clinic(self, channels: Mapping[str, AddressKind]) -> Clinic:
        """The domain's clinic. Raises KeyError for a channel that is not in `channels`."""
        return Clinic(
            **self.model_dump(include=set(_SAME)),
            zone=ZoneInfo(self.zone),
            languages=tuple(self.languages),
            steps=tuple(Step(part.days, part.hour) for part in self.steps),
            quiet_hours=QuietHours(self.quiet_hours.start, self.quiet_hours.end),
            plan_at=self.plan_at,
            fallback_after=timedelta(hours=self.fallback_after_hours),
            unsent_at=self.unsent_at,
            channels=tuple(
                ClinicChannel(
                    part.channel,
                    part.account,
                    channels[part.channel],
                    part.opt_in,
                    part.templates,
                    per_minute(part.pace),
                    part.per_day,
                )
                for part in self.channels
            ),
            source=SourceChoice(self.source.kind, self.source.options),
            exclusions=Exclusions(
                self.exclusions.under_age,
                frozenset(self.exclusions.specialties),
                frozenset(self.exclusions.locations),
                frozenset(self.exclusions.appointment_types),
            ),
            prescriptions=self.prescriptions.rules(self.region),
        )


_SAME = frozenset(
    {
        "id",
        "name",
        "phone",
        "region",
        "show_appointment_type",
        "show_practitioner",
        "public_locations",
        "allow_pending",
        "window_days",
    }
)
"""Fields that mean the same in the file and in the domain."""
