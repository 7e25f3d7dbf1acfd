"""The patient's page: nothing before the button, the birthday where the clinic asks, closed to who guesses."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from shared.domain.appointment import Telecom, TelecomSystem
from shared.services.prescribing.birthday import LOCKED_FOR
from shared.services.prescribing.patient_page import Answer, PageKind, Reader
from tests.services.prescribing.desk import NURSE, Desk, desk
from tests.services.rows import every_row
from tests.world import appointment, patient

ASKS = {"prescriptions": {"ask_birthday": True}}
BORN = date(1980, 3, 31)
PERSON = patient(1, birth_on=BORN)
WRONG, RIGHT = ("1", "1"), ("31", "3")


def html(at: Desk, view: object) -> str:
    return at.prescribing.html(view)  # type: ignore[arg-type]


async def told(at: Desk) -> list[str]:
    items = (await at.w.storage.worklist.open_items("riverside", frozenset(), 20, "")).items
    return [item.reason for item in items if item.reason.startswith("page_")]


async def test_what_a_link_preview_fetches_shows_no_code_and_records_nothing() -> None:
    async with desk() as at:
        sent, token = await at.delivered()
        before = await every_row(at.w.storage.rows)
        view = await at.open(token)
        page = html(at, view)
        assert (view.kind, view.status) == (PageKind.COVER, 200)
        assert not any(secret in page for secret in ("24F5DA", "7EFE6Z", "Robin", "2027", "<svg"))
        assert await every_row(at.w.storage.rows) == before
        assert "viewed" not in await at.life(sent)


async def test_the_button_shows_the_code_and_is_recorded_once() -> None:
    async with desk() as at:
        sent, token = await at.delivered(pharmacy="Quill Lane Pharmacy")
        for _ in range(2):
            view = await at.show(token)
            assert (view.kind, view.status) == (PageKind.CODE, 200)
            at.w.clock.advance(minutes=1)
        page = html(at, view)
        for part in ("<span>24F5DA</span>-<wbr><span>A83008</span>", "Robin Example 1", "Wednesday 19 May 2027"):
            assert part in page
        assert "Quill Lane Pharmacy" in page
        assert await at.life(sent) == ["sent", "delivered", "viewed"]


@pytest.mark.parametrize("token", ["", "x", "A" * 32, "A" * 31, "../../../etc/passwd", "é" * 32, "A" * 5_000])
async def test_a_token_that_nobody_gave_leads_to_the_one_friendly_page(token: str) -> None:
    async with desk() as at:
        await at.delivered()
        for view in (await at.open(token), await at.show(token)):
            assert (view.kind, view.status, view.clinic) == (PageKind.GONE, 404, None)
            assert "cannot be used" in html(at, view)


async def test_a_called_back_and_a_run_out_code_read_the_same() -> None:
    async with desk() as at:
        sent, token = await at.delivered(last_valid_day=date(2026, 11, 21))
        await at.prescribing.revoke(NURSE, sent.view.prescription.public_id)
        revoked = html(at, await at.open(token))
    async with desk() as at:
        _, token = await at.delivered(last_valid_day=date(2026, 11, 21))
        at.w.clock.advance(days=2)
        assert html(at, await at.open(token)) == revoked
    assert "01632 960001" in revoked, "whom to phone"
    assert "Robin" not in revoked


async def test_no_token_stands_in_the_tables() -> None:
    async with desk() as at:
        _, token = await at.delivered()
        for (_, partition, key), row in (await every_row(at.w.storage.rows)).items():
            assert token not in "".join(map(str, (partition, key, *row.columns.values())))
        assert len(token) == 32, "192 bits"


@pytest.mark.parametrize(
    ("chosen", "language", "words"),
    [
        ("", "hi", "प्रिस्क्रिप्शन"),
        ("en", "en", "Your prescription"),
        ("zh-Hant", "zh-Hant", "您的處方"),
        ("zh-CN", "zh-Hans", "您的处方"),
        ("xx", "hi", "प्रिस्क्रिप्शन"),
    ],
)
async def test_the_page_is_in_the_patients_language_until_another_is_pressed(
    chosen: str, language: str, words: str
) -> None:
    names = {"en": "Riverside Clinic", "hi": "रिवरसाइड"}
    person = patient(1, languages=("hi",))
    async with desk(appointment(1, of=person), clinic={"languages": ["en", "hi"], "name": names}) as at:
        _, token = await at.delivered()
        view = await at.open(token, chosen)
        assert (view.language, view.languages[0]) == (language, "hi")
        page = html(at, view)
        assert f'<html lang="{language}">' in page
        assert words in page


async def test_a_clinic_chooses_the_languages_of_its_page() -> None:
    async with desk(clinic={"prescriptions": {"page_languages": ["hi"]}}) as at:
        _, token = await at.delivered()
        view = await at.open(token, "zh-Hans")
        assert (view.language, view.languages) == ("hi", ("hi",))


async def test_a_browsers_language_counts_only_where_nothing_is_known_of_the_patient() -> None:
    async with desk() as at:
        _, token = await at.delivered()
        reader = Reader("", ("hi",))
        assert (await at.prescribing.page.look(token, reader)).language == "en"
        assert (await at.prescribing.page.look("A" * 32, reader)).language == "hi"


async def test_where_the_clinic_asks_the_message_holds_no_code_and_the_page_asks_first() -> None:
    async with desk(appointment(1, of=PERSON), clinic=ASKS) as at:
        sent, token = await at.delivered()
        assert "24F5DA" not in at.received[-1].text
        view = await at.open(token)
        assert view.kind is PageKind.QUESTION
        assert (await at.show(token)).kind is PageKind.QUESTION, "the button alone is no answer"
        wrong = await at.show(token, *WRONG)
        assert (wrong.kind, wrong.status, wrong.wrong) == (PageKind.QUESTION, 422, True)
        assert "24F5DA" not in html(at, wrong)
        assert "viewed" not in await at.life(sent)
        right = await at.show(token, *RIGHT)
        assert (right.kind, right.status) == (PageKind.CODE, 200)
        assert "viewed" in await at.life(sent)


@pytest.mark.parametrize(("day", "month"), [("31", "3"), ("31", "03"), (" 31 ", "3")])
async def test_the_answer_may_be_written_with_or_without_a_zero(day: str, month: str) -> None:
    async with desk(appointment(1, of=PERSON), clinic=ASKS) as at:
        _, token = await at.delivered()
        assert (await at.show(token, day, month)).kind is PageKind.CODE


@pytest.mark.parametrize("answer", [("", ""), ("x", "y"), ("31", ""), ("३१", "३"), ("310", "3"), ("-1", "3")])
async def test_what_is_no_day_is_not_counted(answer: tuple[str, str]) -> None:
    async with desk(appointment(1, of=PERSON), clinic=ASKS) as at:
        _, token = await at.delivered()
        for _ in range(7):
            assert (await at.show(token, *answer)).status == 422
        assert (await at.show(token, *RIGHT)).kind is PageKind.CODE


async def test_five_wrong_answers_lock_the_page_for_an_hour_and_staff_are_told_once() -> None:
    async with desk(appointment(1, of=PERSON), clinic=ASKS) as at:
        _, token = await at.delivered()
        statuses = [(await at.show(token, *WRONG)).status for _ in range(5)]
        assert statuses == [422] * 4 + [429]
        for view in (await at.open(token), await at.show(token, *RIGHT)):
            assert (view.kind, view.status) == (PageKind.LOCKED, 429)
            assert "24F5DA" not in html(at, view)
        assert await told(at) == ["page_locked"]
        at.w.clock.advance(seconds=LOCKED_FOR.total_seconds())
        assert (await at.show(token, *RIGHT)).kind is PageKind.CODE


async def test_a_right_answer_forgets_the_wrong_ones_before_it() -> None:
    async with desk(appointment(1, of=PERSON), clinic=ASKS) as at:
        _, token = await at.delivered()
        for _ in range(3):
            for _ in range(4):
                await at.show(token, *WRONG)
            assert (await at.show(token, *RIGHT)).kind is PageKind.CODE
        assert await told(at) == []


async def test_fifteen_wrong_answers_close_it_for_good() -> None:
    async with desk(appointment(1, of=PERSON), clinic=ASKS) as at:
        _, token = await at.delivered()
        for _ in range(3):
            for _ in range(5):
                await at.show(token, *WRONG)
            at.w.clock.advance(seconds=LOCKED_FOR.total_seconds())
        view = await at.show(token, *RIGHT)
        assert (view.kind, view.status) == (PageKind.GONE, 410)
        assert sorted(await told(at)) == ["page_closed", "page_locked", "page_locked"]


async def test_guesses_at_once_are_no_more_than_five() -> None:
    """Every day of the year asked for in one instant: the right one is among them, and is not found."""
    async with desk(appointment(1, of=PERSON), clinic=ASKS) as at:
        sent, token = await at.delivered()
        guesses = [(str(day), str(month)) for month in range(4, 13) for day in range(1, 29)] + [RIGHT]
        views = await asyncio.gather(*(at.show(token, *guess) for guess in guesses), return_exceptions=True)
        judged = [view for view in views if getattr(view, "status", 0) == 422]
        assert len(judged) <= 5
        assert "viewed" not in await at.life(sent)


async def test_a_reader_who_has_answered_changes_the_language_without_answering_again() -> None:
    async with desk(appointment(1, of=PERSON), clinic=ASKS) as at:
        _, token = await at.delivered()
        proof = (await at.show(token, *RIGHT)).proof
        page = at.prescribing.page
        view = await page.press(token, Reader("hi"), Answer(proof=proof))
        assert (view.kind, view.language) == (PageKind.CODE, "hi")
        for other in ("", "x", proof[:-1] + ("A" if proof[-1] != "A" else "B")):
            assert (await page.press(token, Reader(), Answer(proof=other))).kind is PageKind.QUESTION
        at.w.clock.advance(minutes=11)
        assert (await page.press(token, Reader(), Answer(proof=proof))).kind is PageKind.QUESTION


async def test_a_proof_opens_its_own_page_only() -> None:
    people = [appointment(n, of=patient(n, birth_on=BORN)) for n in (1, 2)]
    async with desk(*people, clinic=ASKS) as at:
        _, first = await at.delivered()
        proof = (await at.show(first, *RIGHT)).proof
        _, second = await at.delivered(number=2, digits="002")
        assert (await at.show(second, proof=proof)).kind is PageKind.QUESTION


async def test_who_cannot_be_asked_is_sent_nothing() -> None:
    clinic = {**ASKS, "exclusions": {"under_age": 0}}
    async with desk(appointment(1, of=patient(1, birth_on=None)), clinic=clinic) as at:
        with pytest.raises(Exception, match="birth date is not known"):
            await at.send()
    async with desk(appointment(1, of=PERSON), clinic=clinic, public_url="") as at:
        with pytest.raises(Exception, match="PUBLIC_URL"):
            await at.send()


async def test_what_a_source_says_of_a_patient_is_shown_as_text() -> None:
    from shared.domain.appointment import HumanName

    mean = patient(1, name=HumanName(text="<script>alert(1)</script> & Co"), telecoms=(
        Telecom(TelecomSystem.PHONE, "07700 900001", "mobile"),
    ))  # fmt: skip
    async with desk(appointment(1, of=mean)) as at:
        _, token = await at.delivered(pharmacy='"><img src=x>')
        page = html(at, await at.show(token))
        assert "<script" not in page
        assert "<img" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co" in page
