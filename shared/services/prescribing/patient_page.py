"""The patient's page of a prescription reference: what it shows to whoever opens the link.

    GET   a page with a button, or with the question for the birthday; a link preview that fetches it sees no more
    POST  the button, or the answer ─▶ the code, and `viewed` is recorded
    unknown, run out, called back, closed: one and the same page in words, 404 or 410

The token stands in the path and is never logged; in storage there is only a keyed digest of it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.identity import MessageId, Pseudonyms
from shared.domain.language import best_language
from shared.domain.prescription.life import (
    Prescription,
    PrescriptionEvent,
    PrescriptionEventName,
    is_over,
    is_revoked,
)
from shared.errors import ConfigurationError, NotFound
from shared.services.clinics import ClinicBook
from shared.services.prescribing.birthday import AskBirthday, Verdict, is_closed, is_locked
from shared.services.prescribing.dispatch import page_key
from shared.services.prescribing.signed import Signed, Standing
from shared.storage.contract import PatientPage, Prescriptions
from shared.wording import Wording

PROOF_LASTS = timedelta(minutes=10)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
_NUMBER = re.compile(r"[0-9]{1,2}")


class PageKind(StrEnum):
    COVER = "cover"  # a button
    QUESTION = "question"  # the day and month of birth
    CODE = "code"
    LOCKED = "locked"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class PageView:
    """What the page shows, in which language. Patient data where `kind` is CODE: never log one."""

    kind: PageKind
    language: str
    languages: tuple[str, ...]
    status: int = 200
    clinic: Clinic | None = None
    prescription: Prescription | None = None  # on CODE alone
    wrong: bool = False  # the last answer did not match
    proof: str = ""  # lets the reader change the language without answering again


@dataclass(frozen=True, slots=True)
class Reader:
    """`chosen`: the language they pressed; `prefers`: their browser's, which count after the patient's own."""

    chosen: str = ""
    prefers: tuple[str, ...] = ()

    def languages(self, own: str = "") -> list[str]:
        return [language for language in (self.chosen, own, *self.prefers) if language]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the patient sent with the button."""

    day: str = ""
    month: str = ""
    proof: str = ""


@dataclass(frozen=True, slots=True)
class _Open:
    """A page that leads to a code that holds."""

    page: PatientPage
    clinic: Clinic
    prescription: Prescription
    language: str
    languages: tuple[str, ...]

    def view(self, kind: PageKind, status: int = 200, *, wrong: bool = False) -> PageView:
        return PageView(kind, self.language, self.languages, status, self.clinic, wrong=wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPage:
    """`GET`, `HEAD` and `POST /api/p/{token}`."""

    prescriptions: Prescriptions
    clinics: ClinicBook
    ask_birthday: AskBirthday
    proofs: Signed
    pseudonyms: Pseudonyms
    wording: Wording
    clock: Clock

    async def look(self, token: str, reader: Reader) -> PageView:
        """What a GET shows: no code, nothing recorded."""
        found = await self._found(token, reader)
        return found if isinstance(found, PageView) else self._front(found)

    async def press(self, token: str, reader: Reader, answer: Answer) -> PageView:
        """What a POST shows. Raises TooManyRequests."""
        found = await self._found(token, reader)
        if isinstance(found, PageView):
            return found
        if self._asks(found) and not self._proven(found, answer):
            refused = await self._judged(found, answer)
            if refused is not None:
                return refused
        now, one = self.clock.now(), found.prescription
        viewed = PrescriptionEvent(PrescriptionEventName.VIEWED, now, MessageId.parse(found.page.message_id))
        await self.prescriptions.append(one.clinic_id, one.id, viewed)
        proof = self.proofs.issue(now + PROOF_LASTS, found.page.key) if self._asks(found) else ""
        return PageView(PageKind.CODE, found.language, found.languages, 200, found.clinic, one, proof=proof)

    def _gone(self, wanted: Sequence[str], status: int, clinic: Clinic | None = None) -> PageView:
        """The one page for all that leads nowhere."""
        languages = self._offered(clinic)
        language = best_language(wanted, languages) or languages[0]
        return PageView(PageKind.GONE, language, languages, status, clinic)

    def _front(self, found: _Open) -> PageView:
        if not self._asks(found):
            return found.view(PageKind.COVER)
        if is_locked(found.page, self.clock.now()):
            return found.view(PageKind.LOCKED, 429)
        return found.view(PageKind.QUESTION)

    async def _judged(self, found: _Open, answer: Answer) -> PageView | None:
        """None: the answer was right. What is no day and month is not counted: it tells nothing."""
        now = self.clock.now()
        if is_locked(found.page, now):
            return found.view(PageKind.LOCKED, 429)
        day, month = (part.strip() for part in (answer.day, answer.month))
        if not (_NUMBER.fullmatch(day) and _NUMBER.fullmatch(month)):
            return found.view(PageKind.QUESTION, 422, wrong=True)
        verdict = await self.ask_birthday(found.page, found.prescription, int(day), int(month), now)
        match verdict:
            case Verdict.RIGHT:
                return None
            case Verdict.WRONG:
                return found.view(PageKind.QUESTION, 422, wrong=True)
            case Verdict.LOCKED:
                return found.view(PageKind.LOCKED, 429)

    def _asks(self, found: _Open) -> bool:
        return found.clinic.prescriptions.ask_birthday

    def _proven(self, found: _Open, answer: Answer) -> bool:
        """Whether this reader gave the right answer a moment ago."""
        standing = self.proofs.standing(answer.proof, self.clock.now(), found.page.key)
        return bool(answer.proof) and standing is Standing.GOOD

    async def _found(self, token: str, reader: Reader) -> _Open | PageView:
        now, page = self.clock.now(), None
        if _TOKEN.fullmatch(token):
            page = await self.prescriptions.page(page_key(self.pseudonyms, token))
        log = await self.prescriptions.whole(page.clinic_id, page.prescription_id) if page else None
        if page is None or log is None:
            return self._gone(reader.languages(), 404)
        clinic = await self._clinic(page.clinic_id)
        if clinic is None:
            return self._gone(reader.languages(), 410)
        one = log.prescription
        mine = reader.languages(one.language)
        if is_revoked(log.events) or is_closed(page) or _run_out(page, one, clinic, now):
            return self._gone(mine, 410, clinic)
        if clinic.prescriptions.ask_birthday and one.birth_on is None:
            return self._gone(mine, 410, clinic)  # sent before the clinic asked, and there is nothing to ask for
        languages = self._offered(clinic, one.language)
        return _Open(page, clinic, one, best_language(mine, languages) or languages[0], languages)

    async def _clinic(self, clinic_id: str) -> Clinic | None:
        try:
            return await self.clinics.get(clinic_id)
        except (NotFound, ConfigurationError):
            return None

    def _offered(self, clinic: Clinic | None, first: str = "") -> tuple[str, ...]:
        """The patient's own first."""
        offered = (clinic.prescriptions.page_languages if clinic else ()) or self.wording.languages
        return tuple(dict.fromkeys(([first] if first in offered else []) + list(offered)))


def _run_out(page: PatientPage, one: Prescription, clinic: Clinic, now: datetime) -> bool:
    return now >= page.until or is_over(one, clinic, now)
