"""The patient's page of a prescription reference as HTML (WCAG 2.2 AA; no scripts, nothing from elsewhere).

Every value is escaped by markupsafe where it is put in. The templates hold no words: those are `shared/wording`'s.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markupsafe import Markup

from shared.domain.clinic import Clinic
from shared.domain.prescription.life import Prescription
from shared.pages.scannable import bars, qr
from shared.services.prescribing.patient_page import PageKind, PageView, Reader
from shared.services.prescribing.words import PrescriptionWords, PublicAddress, clinic_name
from shared.wording import Wording

_HERE = Path(__file__).parent
_NOT_DIALLED = re.compile(r"[^0-9+]")


@dataclass(frozen=True, slots=True)
class PrescriptionPage:
    """Fills the templates."""

    wording: Wording
    words: PrescriptionWords

    def __call__(self, view: PageView) -> str:
        """The whole page."""
        say = _speaker(self.wording, view.language)
        title = say("gone") if view.kind is PageKind.GONE else say("title")
        footer = self._footer(view.clinic, view.language, say) if view.clinic else Markup()
        return self._layout(view, title, self._main(view, say), footer)

    def busy(self, language: str) -> str:
        """Where the page cannot be shown at this moment."""
        say = _speaker(self.wording, language)
        view = PageView(PageKind.GONE, language, ())
        notice = _template("notice").format(heading=say("busy"), text=say("busy_why"))
        return self._layout(view, say("busy"), notice, Markup())

    def _layout(self, view: PageView, title: str, main: Markup, footer: Markup) -> str:
        languages = self._languages(view)
        style = Markup(_style())  # noqa: S704 - a file of ours
        return _template("layout").format(
            language=view.language, title=title, style=style, languages=languages, main=main, footer=footer
        )

    def _main(self, view: PageView, say: Callable[[str], str]) -> Markup:
        match view.kind:
            case PageKind.CODE if view.prescription and view.clinic:
                return self._code(view.prescription, view.clinic, view.language, say)
            case PageKind.COVER:
                return _template("cover").format(
                    from_clinic=self._from(view, say), title=say("title"), intro=say("intro"), show=say("show"),
                    language=view.language,
                )  # fmt: skip
            case PageKind.QUESTION:
                return self._question(view, say)
            case PageKind.LOCKED:
                return _template("notice").format(heading=say("locked_heading"), text=say("locked"))
            case _:
                return _template("notice").format(heading=say("gone"), text=say("gone_why"))

    def _question(self, view: PageView, say: Callable[[str], str]) -> Markup:
        problem = _template("problem").format(heading=say("wrong_heading"), text=say("wrong"))
        return _template("question").format(
            from_clinic=self._from(view, say),
            problem=problem if view.wrong else "",
            described=" problem" if view.wrong else "",
            invalid=Markup(' aria-invalid="true"') if view.wrong else "",
            question=say("question"),
            why=say("question_why"),
            day=say("day"),
            month=say("month"),
            show=say("show"),
            language=view.language,
        )

    def _code(self, one: Prescription, clinic: Clinic, language: str, say: Callable[[str], str]) -> Markup:
        code, where = one.reference, self.words.where(one, clinic, language, registration=False)
        said = one.pharmacy or clinic.prescriptions.pharmacy_text  # else it would only repeat the heading
        more = [(say("where"), where)] if said else []
        more += [(say("registration"), one.registration)] if one.registration else []
        return _template("code").format(
            from_clinic=say("from").format(clinic=clinic_name(clinic, language)),
            show_this=say("show_this"),
            code_title=say("code"),
            code=Markup("-<wbr>").join(Markup("<span>{}</span>").format(group) for group in code.shown.split("-")),
            name_title=say("name"),
            name=one.patient_name or self.wording.phrase("patient", language),
            day_title=say("last_day"),
            day=self.wording.day(one.last_day, language),
            more=Markup().join(_template("entry").format(title=title, text=text) for title, text in more),
            barcode=bars(code.code, say("barcode")),
            qr=qr(code.code, say("qr")),
            spell=say("spell"),
            spelled=Markup().join(
                Markup("<li>{}</li>").format(", ".join(_spoken(character, say) for character in group))
                for group in code.groups
            ),
            private=say("private"),
        )

    def _from(self, view: PageView, say: Callable[[str], str]) -> str:
        return say("from").format(clinic=clinic_name(view.clinic, view.language)) if view.clinic else ""

    def _footer(self, clinic: Clinic, language: str, say: Callable[[str], str]) -> Markup:
        phone_us = say("phone").format(clinic=clinic_name(clinic, language))
        dial = _NOT_DIALLED.sub("", clinic.phone)
        return _template("footer").format(phone_us=phone_us, dial=dial, phone=clinic.phone)

    def _languages(self, view: PageView) -> Markup:
        """Links where the page is a GET; buttons where going back to it would hide the code."""
        if len(view.languages) < 2:
            return Markup()
        make = self._button if view.kind is PageKind.CODE else self._link
        items = Markup().join(
            Markup("<li>{}</li>").format(make(language, self.wording.page("own_name", language), view))
            for language in view.languages
        )
        label = self.wording.page("languages", view.language)
        return Markup('<nav aria-label="{}"><ul>{}</ul></nav>').format(label, items)

    def _link(self, language: str, name: str, view: PageView) -> Markup:
        if language == view.language:
            return _current(language, name)
        return Markup('<a href="?lang={0}" lang="{0}" hreflang="{0}">{1}</a>').format(language, name)

    def _button(self, language: str, name: str, view: PageView) -> Markup:
        if language == view.language:
            return _current(language, name)
        proof = Markup('<input type="hidden" name="proof" value="{}">').format(view.proof) if view.proof else ""
        return Markup(
            '<form method="post">{2}<button type="submit" name="lang" value="{0}" lang="{0}">{1}</button></form>'
        ).format(language, name, proof)


def busy(reader: Reader) -> str:
    """For when nothing else can be shown: it needs neither settings nor storage."""
    wording = Wording.load()
    page = PrescriptionPage(wording, PrescriptionWords(wording, PublicAddress("")))
    return page.busy(wording.resolve(reader.languages(), "en"))


def headers() -> Mapping[str, str]:
    """Of every answer. What the page may do is said twice, for browsers that know only the older words."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex, nofollow",
        "X-Content-Type-Options": "nosniff",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Strict-Transport-Security": "max-age=31536000",
        "Vary": "Accept-Language",
    }


def _current(language: str, name: str) -> Markup:
    return Markup('<span lang="{}" aria-current="true">{}</span>').format(language, name)


def _speaker(wording: Wording, language: str) -> Callable[[str], str]:
    return lambda name: wording.page(name, language)


def _spoken(character: str, say: Callable[[str], str]) -> str:
    """As it is read aloud: an O is a letter, a 0 a number (health.md 2.1)."""
    if character == "+":
        return say("plus")
    return say("number" if character.isdigit() else "letter").format(character=character)


@cache
def _template(name: str) -> Markup:
    return Markup((_HERE / f"{name}.html").read_text("utf-8").strip())  # noqa: S704 - a file of ours


@cache
def _style() -> str:
    return (_HERE / "page.css").read_text("utf-8").strip()
