"""Insights: figures of some days, by day, channel and language, and the rates that they come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, ClassVar, TypedDict

from annotated_types import MaxLen

from functions.interface.fields import AT, Channel, ClinicId, one_day
from functions.interface.operation import CONFIG, Method, Nothing, Operation
from functions.interface.times import STATE_REASONS, Explain, time_text
from functions.interface.words import Words
from shared.domain.clinic import Clinic
from shared.domain.tally import Figure, Figures
from shared.services.callers import Permission

if TYPE_CHECKING:
    from shared.services.staff.insights import Insight, Rate

LONGEST_LANGUAGE = 20
TOTAL = "total"
_BY_DEFAULT = "left empty, the last 28 days and the week ahead"


@dataclass(frozen=True, slots=True)
class InsightsQuery:
    __pydantic_config__: ClassVar = CONFIG

    clinic_id: ClinicId = ""
    channel: Channel = ""
    from_: Annotated[
        date | None,
        *one_day("From", f"The first local day of the appointments; {_BY_DEFAULT}. At most 92 days at once."),
    ] = None
    to: Annotated[date | None, *one_day("To", "The last local day of the appointments.")] = None
    language: Annotated[
        str, MaxLen(LONGEST_LANGUAGE), Words("Language", "Only what went in this language, such as en or zh-Hans.")
    ] = ""


class FiguresAnswer(TypedDict):
    """Figures of a day, a channel, a language, or all together. Appointments count on their own day."""

    name: Annotated[str, Words("Name", "The day, channel or language; empty where something has none.")]
    appointments: Annotated[int, Words("Appointments", "Appointments of the list, whether or not a reminder goes.")]
    unreachable: Annotated[int, Words("Unreachable", "Appointments whose patient cannot be written to.")]
    asked: Annotated[int, Words("Asked", "Appointments of which a reminder was handed over.")]
    reached: Annotated[int, Words("Reached", "Appointments of which a reminder has arrived.")]
    confirmed: Annotated[int, Words("Confirmed", "Appointments whose patient will come, by their latest answer.")]
    cancellationAsked: Annotated[int, Words("Cannot come", "Appointments whose patient cannot come.")]
    rescheduleAsked: Annotated[int, Words("Another time", "Appointments whose patient asks for another time.")]
    noAnswer: Annotated[int, Words("No answer", "Appointments of which we asked and heard nothing so far.")]
    slotsFreed: Annotated[int, Words("Slots freed", "Given back at least 48 hours before, by the patient's answer.")]
    planned: Annotated[int, Words("Planned", "Reminders that were planned.")]
    skipped: Annotated[int, Words("Skipped", "Reminders that will not go, with a reason each.")]
    messages: Annotated[int, Words("Messages", "Messages of every kind.")]
    waiting: Annotated[int, Words("To be sent", "Messages that are still to be sent.")]
    handedOver: Annotated[int, Words("Handed over", "Messages that a provider took.")]
    delivered: Annotated[int, Words("Delivered", "Messages that arrived, read ones too.")]
    read: Annotated[int, Words("Read", "Messages that were read.")]
    failed: Annotated[int, Words("Failed", "Messages that did not arrive.")]
    unknown: Annotated[int, Words("Unknown", "Messages of which nobody knows whether they arrived.")]
    cancelled: Annotated[int, Words("Cancelled", "Messages that a person stopped.")]
    dropped: Annotated[int, Words("Dropped", "Messages that were not sent any more, with a reason each.")]
    standIns: Annotated[int, Words("By another channel", "Messages that went where another channel had failed.")]
    optedOut: Annotated[int, Words("Opted out", "Messages after which the patient wanted no more of them.")]


class RateAnswer(TypedDict):
    """How many of how many."""

    name: Annotated[str, Words("Name", "What was counted; of opt-outs, the template.")]
    count: Annotated[int, Words("Count", "How many.")]
    of: Annotated[int, Words("Of", "Of how many.")]
    rate: Annotated[float | None, Words("Rate", "One divided by the other, 0 to 1; empty where there are none.")]


class PartAnswer(TypedDict):
    """How many for one reason."""

    name: Annotated[str, Words("Name", "The reason or kind, as a code.")]
    text: Annotated[str, Words("In words", "What it means and what to do; empty for a code nobody has put into words.")]
    count: Annotated[int, Words("Count", "How many.")]


class InsightsAnswer(TypedDict):
    """Figures of some days of a clinic."""

    clinicId: Annotated[str, Words("Clinic", "The clinic whose figures they are.")]
    firstDay: Annotated[str, Words("First day", "The first local day.")]
    lastDay: Annotated[str, Words("Last day", "The last local day.")]
    channel: Annotated[str, Words("Channel", "The one channel that is looked at, or any.")]
    language: Annotated[str, Words("Language", "The one language that is looked at; empty: all.")]
    asOf: Annotated[str | None, Words("As of", f"What happened before is in; empty: a day was never counted yet. {AT}")]
    complete: Annotated[bool, Words("Complete", "False while something may be missing, for some minutes.")]
    stillCounting: Annotated[list[str], Words("Still counting", "The days of which something may be missing.")]
    totals: Annotated[FiguresAnswer, Words("Totals", "All together.")]
    rates: Annotated[list[RateAnswer], Words("Rates", "Shares, each with what it was divided by.")]
    byDay: Annotated[list[FiguresAnswer], Words("By day", "The days with figures, earliest first.")]
    byChannel: Annotated[list[FiguresAnswer], Words("By channel", "Each channel; empty: what has gone by none.")]
    byLanguage: Annotated[list[FiguresAnswer], Words("By language", "Each language; empty: what has none.")]
    skippedBy: Annotated[list[PartAnswer], Words("Skipped by reason", "Reminders that will not go, by reason.")]
    failedBy: Annotated[list[PartAnswer], Words("Failed by reason", "What did not arrive, by the provider's code.")]
    droppedBy: Annotated[list[PartAnswer], Words("Dropped by reason", "What was not sent any more, by reason.")]
    handedOverBy: Annotated[list[PartAnswer], Words("Handed over by kind", "What a provider took, by kind.")]
    optOuts: Annotated[list[RateAnswer], Words("Opt-outs by template", "Who wanted no more, by the last template.")]


INSIGHTS = Operation(
    id="GetAppointmentInsights",
    method=Method.GET,
    path="insights",
    summary="Get insights",
    description="Gets what the reminders of some days came to: figures by day, channel and language, and rates.",
    permission=Permission.READ,
    query=InsightsQuery,
    body=Nothing,
    answer=InsightsAnswer,
    errors=(404,),
    any_channel=True,
)
OPERATIONS = (INSIGHTS,)


def insights_answer(found: Insight, clinic: Clinic, channel: str, language: str, explain: Explain) -> InsightsAnswer:
    def parts(figure: Figure, *kinds: str) -> list[PartAnswer]:
        return [
            {"name": code, "text": explain(kinds, code, clinic) if kinds else "", "count": count}
            for code, count in found.parts(figure)
        ]

    return {
        "clinicId": found.clinic_id,
        "firstDay": found.span.first.isoformat(),
        "lastDay": found.span.last.isoformat(),
        "channel": channel,
        "language": language,
        "asOf": time_text(found.as_of, clinic),
        "complete": not found.still_counting,
        "stillCounting": [day.isoformat() for day in found.still_counting],
        "totals": _figures(TOTAL, found.totals),
        "rates": _rates(found.rates()),
        "byDay": [_figures(day.isoformat(), figures) for day, figures in found.by_day],
        "byChannel": [_figures(name, figures) for name, figures in sorted(found.by_channel.items())],
        "byLanguage": [_figures(name, figures) for name, figures in sorted(found.by_language.items())],
        "skippedBy": parts(Figure.SKIPPED, "skip_reason"),
        "failedBy": parts(Figure.FAILED, *STATE_REASONS),
        "droppedBy": parts(Figure.DROPPED, *STATE_REASONS),
        "handedOverBy": parts(Figure.HANDED_OVER),
        "optOuts": _rates(found.opt_outs()),
    }


def _figures(name: str, figures: Figures) -> FiguresAnswer:
    return {
        "name": name,
        "appointments": figures[Figure.APPOINTMENTS],
        "unreachable": figures[Figure.UNREACHABLE],
        "asked": figures[Figure.ASKED],
        "reached": figures[Figure.REACHED],
        "confirmed": figures[Figure.CONFIRMED],
        "cancellationAsked": figures[Figure.CANCELLATION_ASKED],
        "rescheduleAsked": figures[Figure.RESCHEDULE_ASKED],
        "noAnswer": figures[Figure.NO_ANSWER],
        "slotsFreed": figures[Figure.SLOTS_FREED],
        "planned": figures[Figure.PLANNED],
        "skipped": figures[Figure.SKIPPED],
        "messages": figures[Figure.MESSAGES],
        "waiting": figures[Figure.WAITING],
        "handedOver": figures[Figure.HANDED_OVER],
        "delivered": figures[Figure.DELIVERED],
        "read": figures[Figure.READ],
        "failed": figures[Figure.FAILED],
        "unknown": figures[Figure.UNKNOWN],
        "cancelled": figures[Figure.CANCELLED],
        "dropped": figures[Figure.DROPPED],
        "standIns": figures[Figure.STAND_INS],
        "optedOut": figures[Figure.OPTED_OUT],
    }


def _rates(rates: Sequence[Rate]) -> list[RateAnswer]:
    return [{"name": one.name, "count": one.count, "of": one.of, "rate": one.rate} for one in rates]
