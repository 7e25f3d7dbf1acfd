"""Wishes on record, and what they do to objections and opt-ins."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from shared.storage.contract import ConsentMethod, ConsentRecord, OptIn
from shared.storage.opened import OpenStorage
from tests.storage.samples import CLINIC, NOW, PSEUDONYMS

PATIENT = PSEUDONYMS.patient(CLINIC, "P-1")
ADDRESS = PSEUDONYMS.address(CLINIC, "whatsapp", "+447700900123")
OUT = ConsentRecord(PATIENT, "whatsapp", False, NOW, ConsentMethod.PHONE, "nurse station 2", "Rang, wants letters")


async def is_stopped(storage: OpenStorage) -> bool:
    """By both who read it."""
    standing = await storage.patients.standing(CLINIC, "whatsapp", ADDRESS, NOW + timedelta(days=9))
    register = await storage.patients.register(CLINIC)
    assert register.opted_out("whatsapp", ADDRESS) is standing.opted_out
    return standing.opted_out


async def test_wishes_come_back_newest_first_and_once(storage: OpenStorage) -> None:
    back = replace(OUT, opted_in=True, at=NOW + timedelta(days=1), method=ConsentMethod.IN_PERSON, note="")
    for record in (OUT, back, OUT):
        await storage.consents.add(CLINIC, record)
    assert list(await storage.consents.latest(CLINIC, PATIENT, 5)) == [back, OUT]
    assert list(await storage.consents.latest(CLINIC, PATIENT, 1)) == [back]
    assert not await storage.consents.latest(CLINIC, PSEUDONYMS.patient(CLINIC, "P-2"), 5)
    assert not await storage.consents.latest("elsewhere", PATIENT, 5)


async def test_an_objection_that_was_taken_back_is_not_raised_again_by_the_same_stop(storage: OpenStorage) -> None:
    patients, lifted = storage.patients, NOW + timedelta(days=2)
    await patients.lift_opt_out(CLINIC, "whatsapp", ADDRESS, NOW)
    assert not await is_stopped(storage)
    await patients.opt_out(CLINIC, "whatsapp", ADDRESS, NOW, "stop")
    for _ in range(2):
        await patients.lift_opt_out(CLINIC, "whatsapp", ADDRESS, lifted)
        assert not await is_stopped(storage)
    await patients.opt_out(CLINIC, "whatsapp", ADDRESS, NOW, "stop")
    assert not await is_stopped(storage), "the provider tells it again for seven days"
    await patients.opt_out(CLINIC, "whatsapp", ADDRESS, lifted - timedelta(seconds=30), "stop")
    assert await is_stopped(storage), "clocks differ: in doubt it counts"
    await patients.lift_opt_out(CLINIC, "whatsapp", ADDRESS, lifted)
    await patients.opt_out(CLINIC, "whatsapp", ADDRESS, lifted + timedelta(days=1), "stop")
    assert await is_stopped(storage)


async def test_an_opt_in_is_withdrawn(storage: OpenStorage) -> None:
    await storage.patients.opt_in(CLINIC, [OptIn(PATIENT, channel, NOW, "form") for channel in ("whatsapp", "wechat")])
    for _ in range(2):
        await storage.patients.withdraw_opt_in(CLINIC, PATIENT, "whatsapp")
    assert (await storage.patients.register(CLINIC)).patient(PATIENT).opted_in == {"wechat"}


async def test_when_somebody_last_wrote_is_the_latest_and_stands_against_nobody(storage: OpenStorage) -> None:
    patients = storage.patients
    for at in (NOW, NOW + timedelta(hours=2), NOW + timedelta(hours=1)):
        await patients.wrote(CLINIC, "whatsapp", ADDRESS, at)
    standing = await patients.standing(CLINIC, "whatsapp", ADDRESS, NOW)
    assert standing.wrote_at == NOW + timedelta(hours=2)
    assert standing.may_be_reached
    register = await patients.register(CLINIC)
    assert not register.opted_out("whatsapp", ADDRESS)
    assert not register.unreachable("whatsapp", ADDRESS, NOW)
    assert (await patients.standing(CLINIC, "wechat", ADDRESS, NOW)).wrote_at is None
