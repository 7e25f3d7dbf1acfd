"""Clinics in memory: read together, parsed when their text changes."""

import asyncio
from datetime import timedelta

import pytest

from shared.errors import ConfigurationError, Forbidden, InvalidInput, NotFound
from shared.services.callers import Caller
from shared.services.clinics import ClinicBook
from shared.wiring.services import parse_clinic
from tests.world import MovedClock, clinic_document, world


class CountedClinics:
    def __init__(self, **documents: str) -> None:
        self.documents = documents
        self.readings = 0

    async def all(self) -> dict[str, str]:
        self.readings += 1
        await asyncio.sleep(0)
        return dict(self.documents)


async def test_many_jobs_at_once_read_once_and_an_unchanged_file_is_parsed_once() -> None:
    stored, clock, parsed = CountedClinics(riverside=clinic_document()), MovedClock(), []
    book = ClinicBook(stored, lambda text, name: parsed.append(name) or parse_clinic(text, name), clock)  # type: ignore[arg-type, func-returns-value]
    for _ in range(2):
        await asyncio.gather(*(book.get("riverside") for _ in range(20)))
        clock.advance(seconds=61)
    assert (stored.readings, len(parsed)) == (2, 1)


async def test_a_changed_file_acts_within_a_minute() -> None:
    stored, clock = CountedClinics(riverside=clinic_document()), MovedClock()
    book = ClinicBook(stored, parse_clinic, clock)  # type: ignore[arg-type]
    assert (await book.get("riverside")).zone.key == "Europe/London"
    stored.documents["riverside"] = clinic_document(zone="Asia/Kolkata")
    clock.at += timedelta(seconds=61)
    assert (await book.get("riverside")).zone.key == "Asia/Kolkata"


async def test_a_stored_file_that_is_not_valid_any_more_stops_its_clinic_only() -> None:
    book = ClinicBook(CountedClinics(a="{}", riverside=clinic_document()), parse_clinic, MovedClock())  # type: ignore[arg-type]
    assert (await book.get("riverside")).id == "riverside"
    with pytest.raises(ConfigurationError):
        await book.get("a")
    with pytest.raises(NotFound):
        await book.get("b")


async def test_a_wrong_file_is_refused_and_changes_nothing() -> None:
    async with world() as w:
        await w.clinic()
        with pytest.raises(InvalidInput, match="zone"):
            await w.clinic(zone="Europe/Nowhere")
        assert (await w.services.clinics.get("riverside")).zone.key == "Europe/London"


async def test_without_an_id_the_callers_clinic_on_the_default_account_is_meant() -> None:
    own_account = [{"channel": "whatsapp", "account": "second", "opt_in": "opt_out"}]
    followers = [{"channel": "wechat", "opt_in": "opt_out"}]
    async with world() as w:
        await w.clinic(id="alder", channels=own_account)
        await w.clinic(id="birch", channels=followers)
        await w.clinic(id="cedar")
        everyone, alders = Caller("k", "all", None), Caller("k", "alder's", frozenset({"alder"}))
        clinics = w.services.clinics
        assert (await clinics.of_caller(everyone, "", "whatsapp")).id == "cedar"
        assert (await clinics.of_caller(everyone, "", "wechat")).id == "birch"
        assert (await clinics.of_caller(everyone, "")).id == "birch"
        assert (await clinics.of_caller(alders, "", "whatsapp")).id == "alder"
        with pytest.raises(NotFound):
            await clinics.of_caller(alders, "", "wechat")
        with pytest.raises(Forbidden):
            await clinics.of_caller(alders, "cedar")
