"""What patients want, as a whole: read and taken back row for row, on both stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from shared.domain.objection import Objection
from shared.storage.contract import ConsentMethod, ConsentRecord, Hold, OptIn
from shared.storage.contract.wishes import PatientsWish, SealedRecord, StandingHold, StandingObjection
from shared.storage.opened import OpenStorage
from tests.storage.conftest import OpenAnother
from tests.storage.samples import CLINIC, NOW, NUMBER, PSEUDONYMS

PATIENT = PSEUDONYMS.patient(CLINIC, "P-1")
ADDRESS = PSEUDONYMS.address(CLINIC, "whatsapp", NUMBER)
RECORD = ConsentRecord(PATIENT, "whatsapp", False, NOW, ConsentMethod.PHONE, "nurse 2", "Rang, wants no more")
HOLD = Hold(CLINIC, "whatsapp", ADDRESS, "c" * 26)
LATER = NOW + timedelta(days=1)


async def wishes(storage: OpenStorage, clinic_id: str = CLINIC) -> list[PatientsWish]:
    return [wish async for wish in storage.wishes.all(clinic_id)]


async def lived(storage: OpenStorage) -> None:
    patients = storage.patients
    await patients.opt_in(CLINIC, [OptIn(PATIENT, "whatsapp", NOW, "form")])
    await storage.consents.add(CLINIC, RECORD)
    await patients.opt_out(CLINIC, "whatsapp", ADDRESS, NOW, "stop")
    await patients.lift_opt_out(CLINIC, "whatsapp", ADDRESS, LATER)
    await patients.hold(HOLD, NOW, "wrong_person")
    await patients.lift(replace(HOLD, cause="d" * 26), LATER)  # before it was raised here
    await patients.bind(CLINIC, PATIENT, "wechat", "o-made-up-openid", NOW)
    await patients.mark_unreachable(CLINIC, "whatsapp", ADDRESS, NOW, "131026", LATER)
    await patients.wrote(CLINIC, "whatsapp", ADDRESS, NOW)


async def test_all_of_it_is_read_and_what_forbids_comes_first(storage: OpenStorage) -> None:
    await lived(storage)
    against, hold, lifted, record, yes = await wishes(storage)
    assert against == StandingObjection("whatsapp", ADDRESS, Objection(NOW, "stop", LATER))
    assert hold == StandingHold(HOLD, "wrong_person", NOW)
    assert lifted == StandingHold(replace(HOLD, cause="d" * 26), "", LATER, LATER)
    assert isinstance(record, SealedRecord)
    assert (record.patient_key, record.opted_in, b"Rang" in record.sealed) == (PATIENT, False, False)
    assert storage.wishes.opens(CLINIC, record)
    assert not storage.wishes.opens("elsewhere", record), "it is bound to its place"
    assert yes == OptIn(PATIENT, "whatsapp", NOW, "form")
    assert await wishes(storage, "elsewhere") == []


async def test_an_empty_store_has_it_all_back_and_once_more_changes_nothing(
    storage: OpenStorage, open_store: OpenAnother
) -> None:
    await lived(storage)
    empty, copied = await open_store(), await wishes(storage)
    assert [await empty.wishes.restore(CLINIC, wish, keep=False) for wish in copied] == [True] * 5
    assert await wishes(empty) == []
    assert [await empty.wishes.restore(CLINIC, wish) for wish in copied] == [True] * 5
    assert await wishes(empty) == copied
    assert [await empty.wishes.restore(CLINIC, wish) for wish in copied] == [False] * 5
    assert list(await empty.consents.latest(CLINIC, PATIENT, 5)) == [RECORD]


async def test_a_hold_that_counts_is_not_lifted_by_a_copy_nor_raised_again_by_one(storage: OpenStorage) -> None:
    await storage.patients.hold(HOLD, NOW, "wrong_person")
    assert not await storage.wishes.restore(CLINIC, StandingHold(HOLD, "wrong_person", NOW, LATER))
    assert (await storage.patients.standing(CLINIC, "whatsapp", ADDRESS, LATER)).held == {"wrong_person"}
    await storage.patients.lift(HOLD, LATER)
    assert not await storage.wishes.restore(CLINIC, StandingHold(HOLD, "wrong_person", NOW))
    assert (await storage.patients.standing(CLINIC, "whatsapp", ADDRESS, LATER + timedelta(days=1))).held == set()
