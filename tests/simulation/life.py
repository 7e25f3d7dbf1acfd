"""What happens in a clinic's town, by chance: people book, move, cancel, change numbers, arrive and disappear."""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random

from shared.domain.appointment import (
    Appointment,
    AppointmentStatus,
    HumanName,
    Patient,
    Telecom,
    TelecomSystem,
)
from tests.simulation.jumping_time import JumpingClock
from tests.simulation.truth import Booking, Timeline, Town

FARTHEST = 20  # days ahead that people book
OPENID_ENDINGS = ("_week", "_thrice", "_early", "_silent", "_blocked", "_gone", "_lost")
DOUBTFUL = ("landline", "unreadable", "third party", "none", "shared", "two numbers")
_VOWELS, _CONSONANTS = "aeiou", "bdfgjklmnprstvz"


def word(number: int) -> str:
    """A name that nobody has and that is found again in any text: one for each number."""
    letters = "Qu"
    for _ in range(5):
        number, consonant = divmod(number, len(_CONSONANTS))
        number, vowel = divmod(number, len(_VOWELS))
        letters += _CONSONANTS[consonant] + _VOWELS[vowel]
    return letters + "x"


@dataclass
class Life:
    """One town's events. `a_day`: about how many bookings; the rest follows from them. `told`: what no log may hold."""

    town: Town
    clock: JumpingClock
    random: Random
    a_day: float
    told: set[str] = field(default_factory=set)
    people: int = 0

    def begin(self) -> None:
        """What was booked before the simulation began."""
        for _ in range(round(self.a_day * 12)):
            self.book()

    async def goes_on(self) -> None:
        """Until it is ended from outside."""
        acts = [(self.book, 1.0), (self.move, 0.18), (self.cancel, 0.12), (self.vanish, 0.03), (self.relocate, 0.04)]
        acts += [(self.change_number, 0.06), (self.leave_clinic, 0.01), (self.conclude, 0.25), (self.rename, 0.02)]
        weights = [weight for _, weight in acts]
        while True:
            await self.clock.sleep(self.random.expovariate(self.a_day * sum(weights) / 86_400))
            act: Callable[[], None] = self.random.choices([act for act, _ in acts], weights)[0]
            act()

    def book(self) -> None:
        number = len(self.town.bookings) + 1
        patient_id = self._newcomer() if self.random.random() < 0.5 else self._somebody()
        place = self.random.choice([*self.town.clinic.places, "unlisted room"])
        appointment = Appointment(
            id=f"{self.town.clinic.id}-visit-{number:05d}",
            status=AppointmentStatus.BOOKED,
            start=self._time_to_come(),
            patient=None,
            type_text="Follow-up",
            location=place,
        )
        self.told.add(appointment.id)
        self.town.bookings[appointment.id] = Timeline(self.clock.now(), Booking(patient_id, appointment))

    def move(self) -> None:
        self._change_one(lambda a: replace(a, start=self._time_to_come()))

    def cancel(self) -> None:
        self._change_one(lambda a: replace(a, status=AppointmentStatus.CANCELLED))

    def vanish(self) -> None:
        if found := self._ahead():
            found.put(self.clock.now(), None)

    def relocate(self) -> None:
        self._change_one(lambda a: replace(a, location=self.random.choice(list(self.town.clinic.places))))

    def conclude(self) -> None:
        """Somebody came, or did not."""
        now = self.clock.now()
        past = [t for t in self.town.bookings.values() if t.now and (t.now.appointment.start or now) < now]
        booked = [t for t in past if t.now and t.now.appointment.status is AppointmentStatus.BOOKED]
        if booked:
            timeline = self.random.choice(booked)
            assert timeline.now is not None
            status = self.random.choice((AppointmentStatus.FULFILLED, AppointmentStatus.NOSHOW))
            after = replace(timeline.now.appointment, status=status)
            timeline.put(now, replace(timeline.now, appointment=after))

    def change_number(self) -> None:
        """A new number, or a wrong one put right."""
        self._change_somebody(lambda p: replace(p, telecoms=self._contacts()))

    def rename(self) -> None:
        self._change_somebody(lambda p: replace(p, name=self._name()))

    def leave_clinic(self) -> None:
        self._change_somebody(lambda p: replace(p, deceased=True))

    def _change_one(self, change: Callable[[Appointment], Appointment]) -> None:
        timeline = self._ahead()
        if timeline is not None and timeline.now is not None:
            after = change(timeline.now.appointment)
            timeline.put(self.clock.now(), replace(timeline.now, appointment=after))

    def _change_somebody(self, change: Callable[[Patient], Patient]) -> None:
        timeline = self.town.patients[self._somebody()]
        timeline.put(self.clock.now(), change(timeline.now))

    def _ahead(self) -> Timeline[Booking | None] | None:
        """An appointment that is booked and still to come."""
        now, booked = self.clock.now(), AppointmentStatus.BOOKED
        found = [
            timeline
            for timeline in self.town.bookings.values()
            if (b := timeline.now) and b.appointment.status is booked and (b.appointment.start or now) > now
        ]
        return self.random.choice(found) if found else None

    def _time_to_come(self) -> datetime:
        """By the clinic's clock: mostly in its hours, now and then early in the morning or at night."""
        zone = self.town.clinic.zone
        day = self.clock.now().astimezone(zone).date() + timedelta(days=self.random.randint(0, FARTHEST))
        hour = self.random.choice((0, 1, 2, 7, 22)) if self.random.random() < 0.06 else self.random.randint(8, 17)
        start = datetime.combine(day, time(hour, self.random.choice((0, 15, 30, 45))), zone)
        start = start.astimezone(self.clock.began.tzinfo)
        return start if start > self.clock.now() else start + timedelta(days=1)

    def _somebody(self) -> str:
        return self.random.choice(list(self.town.patients)) if self.town.patients else self._newcomer()

    def _newcomer(self) -> str:
        self.people += 1
        patient_id = f"{self.town.clinic.id}-person-{self.people:05d}"
        born = date(2014, 5, 1) if self.random.random() < 0.04 else date(1975, 5, 1)
        languages = (self.random.choice((*self.town.clinic.languages, "pl")),)
        patient = Patient(patient_id, self._name(), self._contacts(), born, languages)
        self.town.patients[patient_id] = Timeline(self.clock.now(), patient)
        self.told.add(patient_id)
        return patient_id

    def _name(self) -> HumanName:
        name = word(self.random.getrandbits(24))
        self.told.add(name)
        return HumanName(text=name)

    def _contacts(self) -> tuple[Telecom, ...]:
        """Mostly one clean mobile; an openid too where the clinic is on a channel that needs one."""
        self.people += 1
        clinic, person = self.town.clinic, self.people
        doubtful = self.random.choice(DOUBTFUL) if self.random.random() < 0.12 else ""
        phones = self._doubtful_phone(doubtful) if doubtful else (clinic.phone(person),)
        for telecom in phones:
            self.told.update({telecom.value, telecom.value.replace(" ", ""), (clinic.e164(telecom.value) or "")[1:]})
        if len(clinic.channels) == 1 or self.random.random() < 0.35:
            return phones
        ending = self.random.choice(OPENID_ENDINGS) if self.random.random() < 0.3 else ""
        openid = f"oSim{''.join(self.random.choices(string.ascii_letters, k=17))}{ending}"
        self.told.add(openid)
        return (Telecom(TelecomSystem.OPENID, openid), *phones)

    def _doubtful_phone(self, kind: str) -> tuple[Telecom, ...]:
        clinic, mobile = self.town.clinic, self.town.clinic.number(self.people)
        written = {
            "landline": clinic.landline,
            "unreadable": mobile[:6],
            "third party": f"{mobile} (wife)",
            "two numbers": f"{mobile} / {clinic.number(self.people + 1)}",
            "shared": clinic.number(1),
        }
        return (Telecom(TelecomSystem.PHONE, written[kind], "mobile"),) if kind in written else ()
