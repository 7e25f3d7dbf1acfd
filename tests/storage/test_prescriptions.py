"""Prescription references and the patient's pages: facts once, events once, newest first, counted without a gap."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.prescription.life import PrescriptionEvent, PrescriptionEventName
from shared.errors import InvalidCursor
from shared.storage.contract import PatientPage
from shared.storage.opened import OpenStorage
from tests.storage.conftest import OpenAnother
from tests.storage.samples import CLINIC, NOW, PSEUDONYMS, planned, prescription
from tests.storage.wrappers import RepeatingRows, TinyPages

ONE = prescription()
MESSAGE = planned().id
PAGE = PatientPage(PSEUDONYMS.digest("patient-page", "token"), CLINIC, ONE.id, str(MESSAGE), NOW + timedelta(days=28))


def happened(name: PrescriptionEventName, minutes: int = 0, **changes: object) -> PrescriptionEvent:
    return replace(PrescriptionEvent(name, NOW + timedelta(minutes=minutes)), **changes)  # type: ignore[arg-type]


async def test_a_prescription_comes_back_as_it_was_put(storage: OpenStorage) -> None:
    plain = prescription(
        2, birth_on=None, controlled=False, pharmacy="", nominated=False, registration="", patient_name=""
    )
    for one in (ONE, plain):
        await storage.prescriptions.put(one)
        await storage.prescriptions.put(one)
        log = await storage.prescriptions.whole(CLINIC, one.id)
        assert log is not None
        assert (log.prescription, log.events) == (one, ())
    assert await storage.prescriptions.whole("lakeside", ONE.id) is None


async def test_each_thing_happens_once_and_each_message_is_one_resend(storage: OpenStorage) -> None:
    await storage.prescriptions.put(ONE)
    other = replace(MESSAGE, digest="b" * 26)
    events = [
        happened(PrescriptionEventName.SENT, 0, message_id=MESSAGE, by="Ward 3: nurse"),
        happened(PrescriptionEventName.RESENT, 1, message_id=MESSAGE, by="Ward 3", note="lost the phone"),
        happened(PrescriptionEventName.RESENT, 2, message_id=other, by="Ward 3"),
        happened(PrescriptionEventName.VIEWED, 3, message_id=other),
        happened(PrescriptionEventName.REVOKED, 4, by="Ward 3"),
    ]
    for event in events:
        assert await storage.prescriptions.append(CLINIC, ONE.id, event)
        assert not await storage.prescriptions.append(CLINIC, ONE.id, replace(event, at=NOW + timedelta(hours=1)))
    log = await storage.prescriptions.whole(CLINIC, ONE.id)
    assert log is not None
    assert list(log.events) == events


async def test_an_event_whose_first_answer_was_lost_is_told_as_new(open_store: OpenAnother) -> None:
    storage: OpenStorage = await open_store(around_rows=RepeatingRows)
    await storage.prescriptions.put(ONE)
    assert await storage.prescriptions.append(CLINIC, ONE.id, happened(PrescriptionEventName.VIEWED))


async def test_the_newest_come_first_page_by_page(open_store: OpenAnother) -> None:
    storage: OpenStorage = await open_store(around_rows=TinyPages)
    for number in range(1, 8):
        await storage.prescriptions.put(prescription(number))
    await storage.prescriptions.put(prescription(99, clinic_id="lakeside"))
    found, cursor = [], ""
    while True:
        page = await storage.prescriptions.newest(CLINIC, 3, cursor)
        assert len(page.items) <= 3
        found += [log.prescription for log in page.items]
        if not (cursor := page.next_cursor):
            break
    assert found == [prescription(number) for number in range(7, 0, -1)]


async def test_a_cursor_of_another_clinic_is_refused(storage: OpenStorage) -> None:
    for number in (1, 2):
        await storage.prescriptions.put(prescription(number))
    cursor = (await storage.prescriptions.newest(CLINIC, 1, "")).next_cursor
    assert cursor
    with pytest.raises(InvalidCursor):
        await storage.prescriptions.newest("lakeside", 1, cursor)


async def test_a_page_is_found_by_the_digest_of_its_token_alone(storage: OpenStorage) -> None:
    await storage.prescriptions.open_page(PAGE)
    found = await storage.prescriptions.page(PAGE.key)
    assert found is not None
    assert replace(found, etag="") == PAGE
    assert await storage.prescriptions.page(PSEUDONYMS.digest("patient-page", "another")) is None


async def test_of_answers_at_once_each_is_counted(storage: OpenStorage) -> None:
    await storage.prescriptions.open_page(PAGE)
    there = await storage.prescriptions.page(PAGE.key)
    assert there is not None
    saved = await asyncio.gather(
        *(storage.prescriptions.save_page(replace(there, wrong=there.wrong + 1)) for _ in range(5))
    )
    kept = [page for page in saved if page]
    assert len(kept) == 1
    again = await storage.prescriptions.save_page(replace(kept[0], wrong=2, locks=1, locked_until=NOW))
    assert again is not None
    found = await storage.prescriptions.page(PAGE.key)
    assert found is not None
    assert (found.wrong, found.locks, found.locked_until) == (2, 1, NOW)
    assert await storage.prescriptions.save_page(there) is None
