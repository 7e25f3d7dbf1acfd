"""What is to be said, before any channel gives it its wire form. Holds patient data: never log one."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TemplateContent:
    """A purpose (`appointment_reminder`) filled with values; each channel has its own template for it.

    `values` are channel-neutral: patient_name, date, time, appointment_type, location, clinic, clinic_phone,
    answer_line, appointment_reference, practitioner (the last two only where there is one). `starts_at` is there for
    typed time fields: RFC 3339 with the local offset, or the bare date where the source gives a day without a time.
    """

    purpose: str
    language: str
    values: Mapping[str, str]
    provider_template: str = ""  # the clinic's own template name or id; empty: the shipped one


@dataclass(frozen=True, slots=True)
class TextContent:
    """Free text, allowed where the channel's customer-service window is open."""

    body: str


@dataclass(frozen=True, slots=True)
class RawContent:
    """The body of the proposals' `POST /v1/messages`, unchanged."""

    payload: Mapping[str, object]


Content = TemplateContent | TextContent | RawContent
