"""A preview shows exactly what would be sent, to whom, and hides just what a person must type."""

from __future__ import annotations

import pytest

from shared.domain.appointment import Telecom, TelecomSystem
from shared.domain.masked import masked
from shared.domain.prescription.reference import PrescriptionKind, Reference, read_reference
from shared.errors import ConfigurationError, InvalidInput
from shared.services.prescribing.draw_code import draw_code
from shared.services.prescribing.preview import TextOrder
from shared.services.prescribing.words import PublicAddress
from tests.services.prescribing.desk import BOTH, NURSE, desk
from tests.services.rows import every_row
from tests.world import appointment, patient

OPENID = Telecom(TelecomSystem.OPENID, "oMock_follower_0001")


async def test_what_is_shown_is_what_the_patient_reads_word_for_word() -> None:
    async with desk() as at:
        seen = await at.preview(pharmacy="Quill Lane Pharmacy")
        await at.send(pharmacy="Quill Lane Pharmacy")
        await at.later()
        assert at.received[-1].text == seen.prepared.text
        assert "Show this at Quill Lane Pharmacy." in seen.prepared.text


async def test_a_nurse_sees_name_birth_date_and_number_but_not_the_digits_that_she_types() -> None:
    async with desk() as at:
        made = (await at.preview()).prepared
        assert (made.contact.name, str(made.contact.birth_on)) == ("Robin Example 1", "1980-01-01")
        assert (made.shown_to, made.asks_digits) == ("+4477••••••••", True)
        assert (made.charge.parts, made.charge.words) == (1, "1 utility message")


@pytest.mark.parametrize("number", ["+447700900001", "+85251234567", "+1202555"])
def test_a_masked_number_never_shows_its_last_three_digits(number: str) -> None:
    assert masked(number).endswith("•••")
    assert len(masked(number)) == len(number)


async def test_every_channel_that_may_be_used_shows_its_own_words_and_cost() -> None:
    both = patient(1, telecoms=(*patient(1).telecoms, OPENID))
    async with desk(appointment(1, of=both), clinic={"channels": BOTH}) as at:
        [other] = (await at.preview()).others
        assert (other.channel, other.shown_to, other.charge.words) == ("wechat", "WeChat", "1 template message, free")
        assert other.text.startswith("Prescription\nPatient：Robin Example 1")


async def test_a_preview_keeps_nothing() -> None:
    async with desk() as at:
        before = await every_row(at.w.storage.rows)
        await at.preview()
        assert await every_row(at.w.storage.rows) == before


async def test_a_pharmacy_that_has_it_already_is_said_so() -> None:
    async with desk() as at:
        said = (await at.preview(pharmacy="Quill Lane Pharmacy", nominated=True)).prepared.text
        assert "Quill Lane Pharmacy has it already" in said


async def test_the_clinics_own_words_say_where_to_go() -> None:
    words = {"en": "Show this at any pharmacy in England."}
    async with desk(clinic={"prescriptions": {"pharmacy_text": words}}) as at:
        assert words["en"] in (await at.preview()).prepared.text


async def test_a_clinics_code_is_drawn_where_none_is_given() -> None:
    person = patient(1, telecoms=(Telecom(TelecomSystem.PHONE, "+447700900001", "mobile"),))
    async with desk(appointment(1, of=person), clinic={"region": "HK", "zone": "Asia/Hong_Kong"}) as at:
        drawn = [(await at.preview(reference="")).prepared.prescription for _ in range(3)]
        codes = {one.reference.code for one in drawn if one}
        assert len(codes) == 3
        sent = await at.send(reference=next(iter(codes)).lower())
        assert sent.view.prescription.reference.code in codes


def test_every_drawn_code_is_valid_and_no_two_are_alike() -> None:
    codes = [draw_code() for _ in range(500)]
    assert len({code.code for code in codes}) == 500
    for one in codes:
        assert read_reference(PrescriptionKind.CLINIC_CODE, one.shown) == one
        assert isinstance(one, Reference)
        assert not set(one.code) & set("0O1ILU")


async def test_an_nhs_id_is_never_drawn() -> None:
    async with desk() as at:
        with pytest.raises(InvalidInput):
            await at.preview(reference="", kind="nhs_eps")


async def test_free_text_is_shown_with_what_it_counts_as() -> None:
    async with desk() as at:
        look = at.prescribing.preview
        seen = await look.text(NURSE, TextOrder(patient_id=at.patient(), text="Please phone us."))
        assert (seen.prepared.text, seen.prepared.charge.words) == ("Please phone us.", "1 service message")
        assert any("24 hours" in warning for warning in seen.prepared.warnings)
        assert seen.token
        for text in ("", "  ", "x" * 1_001):
            with pytest.raises(InvalidInput):
                await look.text(NURSE, TextOrder(patient_id=at.patient(), text=text))


@pytest.mark.parametrize("address", ["http://app.example", "app.example", "ftp://app.example", "https://"])
def test_an_address_that_could_be_read_on_its_way_is_no_public_address(address: str) -> None:
    with pytest.raises(ConfigurationError):
        PublicAddress(address)


@pytest.mark.parametrize("address", ["https://app.example", "https://app.example/", "http://127.0.0.1:7071"])
def test_a_pages_address_holds_its_token_and_nothing_else(address: str) -> None:
    assert PublicAddress(address).page("T") == f"{address.rstrip('/')}/api/p/T"
    assert PublicAddress("").page("T") == ""
