"""Rules between the fields of a clinic file, and against what exists here."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import timedelta

from shared.clinic_file.models import ClinicFile
from shared.clinic_file.problems import Problem, path
from shared.domain.clinic import AddressKind, QuietHours
from shared.domain.prescription.reference import PrescriptionKind
from shared.wording import Wording

_LEAST_OPEN = timedelta(hours=1)
_DAY_MIN = 24 * 60
_TAKEN_IDS = frozenset({"unassigned"})  # where we keep what no clinic could be found for


def broken_rules(
    file: ClinicFile, channels: Mapping[str, AddressKind], sources: Collection[str] | None
) -> Iterator[Problem]:
    """Every problem of a file whose fields are right one by one."""
    if file.id in _TAKEN_IDS:
        yield Problem("id", "this word means no clinic; choose another one")
    yield from _languages(file)
    yield from _steps(file)
    yield from _quiet_hours(file)
    yield from _channels(file, channels)
    yield from _prescriptions(file)
    if sources is not None and file.source.kind not in sources:
        yield Problem("source.kind", f"write one of: {', '.join(sorted(sources))}")


def _languages(file: ClinicFile) -> Iterator[Problem]:
    shipped = Wording.load().languages
    for i, language in enumerate(file.languages):
        if language not in shipped:
            yield Problem(path("languages", i), f"write one of: {', '.join(shipped)}")
    yield from _repeats("languages", file.languages)
    yield from _in_every_language(file, ("name",), file.name)
    for location, names in file.public_locations.items():
        yield from _in_every_language(file, ("public_locations", location), names)


def _in_every_language(file: ClinicFile, place: tuple[str, ...], names: Mapping[str, str]) -> Iterator[Problem]:
    """A message is in one language: none of its parts may be missing there."""
    for language in file.languages:
        if language not in names:
            yield Problem(path(*place), f"this is missing in {language}, a language of the clinic")
    for language in names:
        if language not in file.languages:
            yield Problem(path(*place, language), "this language is not one of the clinic's languages")


def _steps(file: ClinicFile) -> Iterator[Problem]:
    yield from _repeats("steps", [part.days for part in file.steps], "another step has the same number of days")
    quiet = QuietHours(file.quiet_hours.start, file.quiet_hours.end)
    for i, part in enumerate(file.steps):
        if part.days > file.window_days:
            yield Problem(
                path("steps", i, "days"), f"appointments are looked at only {file.window_days} days ahead (window_days)"
            )
        # refused, not moved: who writes 22:00 expects 22:00, and finds out from patients otherwise
        if quiet.holds(part.hour):
            yield Problem(path("steps", i, "hour"), "this time lies in the quiet hours; write another one")


def _quiet_hours(file: ClinicFile) -> Iterator[Problem]:
    start, end = (t.hour * 60 + t.minute for t in (file.quiet_hours.start, file.quiet_hours.end))
    open_min = (start - end) % _DAY_MIN or _DAY_MIN
    if timedelta(minutes=open_min) < _LEAST_OPEN:
        yield Problem("quiet_hours", "leave at least one hour of the day for sending")


def _channels(file: ClinicFile, channels: Mapping[str, AddressKind]) -> Iterator[Problem]:
    yield from _repeats("channels", [part.channel for part in file.channels], "another entry has the same channel")
    for i, part in enumerate(file.channels):
        if part.channel not in channels:
            yield Problem(path("channels", i, "channel"), f"write one of: {', '.join(sorted(channels))}")
        for purpose, names in part.templates.items():
            for language in names:
                if language not in file.languages:
                    yield Problem(
                        path("channels", i, "templates", purpose, language),
                        "this language is not one of the clinic's languages",
                    )


def _prescriptions(file: ClinicFile) -> Iterator[Problem]:
    part, shipped = file.prescriptions, Wording.load().languages
    yield from _repeats("prescriptions.kinds", part.kinds or ())
    yield from _repeats("prescriptions.page_languages", part.page_languages)
    for i, language in enumerate(part.page_languages):
        if language not in shipped:
            yield Problem(path("prescriptions", "page_languages", i), f"write one of: {', '.join(shipped)}")
    if part.pharmacy_text:
        yield from _in_every_language(file, ("prescriptions", "pharmacy_text"), part.pharmacy_text)
    if PrescriptionKind.NHS_EPS in (part.kinds or ()) and file.region != "GB":
        yield Problem(path("prescriptions", "kinds"), "nhs_eps is for clinics in GB")


def _repeats(name: str, values: Iterable[object], message: str = "this stands in the list twice") -> Iterator[Problem]:
    seen: set[object] = set()
    for i, value in enumerate(values):
        if value in seen:
            yield Problem(path(name, i), message)
        seen.add(value)
