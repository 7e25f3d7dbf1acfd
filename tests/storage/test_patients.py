"""Contacts, opt-ins, bound addresses and objections."""

from __future__ import annotations

import tracemalloc

import pytest

from shared.domain.register import NO_RECORD
from shared.errors import Unsealable
from shared.storage.contract import OptIn
from shared.storage.opened import OpenStorage
from shared.storage.register import CompactRegister
from shared.storage.rows import Change, Row, Span, Verb
from tests.storage.samples import CLINIC, NOW, PSEUDONYMS, contact

PATIENT, OTHER = PSEUDONYMS.patient(CLINIC, "P-1"), PSEUDONYMS.patient(CLINIC, "P-2")
ADDRESS = PSEUDONYMS.address(CLINIC, "whatsapp", "+447700900123")


async def test_a_patient_we_never_met_has_no_record(storage: OpenStorage) -> None:
    register = await storage.patients.register(CLINIC)
    assert register.patient(PATIENT) == NO_RECORD
    assert not register.opted_out("whatsapp", ADDRESS)


async def test_the_register_knows_opt_ins_addresses_and_fingerprints(storage: OpenStorage) -> None:
    await storage.plans.write(CLINIC, [], [contact()])
    opt_ins = [OptIn(PATIENT, channel, NOW, "form") for channel in ("whatsapp", "wechat")]
    await storage.patients.opt_in(CLINIC, [*opt_ins, OptIn(OTHER, "wechat", NOW, "qr"), opt_ins[0]])
    await storage.patients.bind(CLINIC, PATIENT, "wechat", "o-made-up-openid", NOW)
    register = await storage.patients.register(CLINIC)
    record = register.patient(PATIENT)
    assert record.opted_in == {"whatsapp", "wechat"}
    assert record.addresses == {"wechat": "o-made-up-openid"}
    assert record.fingerprint == "c1"
    assert register.patient(OTHER).opted_in == {"wechat"}
    assert register.patient(OTHER).fingerprint == ""


async def test_another_clinic_has_its_own_register(storage: OpenStorage) -> None:
    await storage.patients.opt_in(CLINIC, [OptIn(PATIENT, "whatsapp", NOW, "form")])
    for clinic in ("river", "riverside-2"):
        assert (await storage.patients.register(clinic)).patient(PATIENT) == NO_RECORD


async def test_an_address_is_bound_to_the_last_one_given(storage: OpenStorage) -> None:
    for address in ("first", "second"):
        await storage.patients.bind(CLINIC, PATIENT, "wechat", address, NOW)
    assert (await storage.patients.register(CLINIC)).patient(PATIENT).addresses == {"wechat": "second"}


async def test_an_objection_stands_against_its_address_on_its_channel(storage: OpenStorage) -> None:
    for _ in range(2):
        await storage.patients.opt_out(CLINIC, "whatsapp", ADDRESS, NOW, "reply")
    register = await storage.patients.register(CLINIC)
    for channel, clinic, expected in (("whatsapp", CLINIC, True), ("wechat", CLINIC, False), ("whatsapp", "x1", False)):
        assert await storage.patients.opted_out(clinic, channel, ADDRESS) is expected
    assert register.opted_out("whatsapp", ADDRESS)
    assert not register.opted_out("wechat", ADDRESS)


async def test_a_contact_comes_back_as_it_was_written(storage: OpenStorage) -> None:
    bare = contact("P-2", addresses={}, birth_on=None, language="")
    await storage.plans.write(CLINIC, [], [contact(), bare])
    assert await storage.patients.contact(CLINIC, PATIENT) == contact()
    assert await storage.patients.contact(CLINIC, OTHER) == bare
    assert await storage.patients.contact(CLINIC, PSEUDONYMS.patient(CLINIC, "P-3")) is None


async def test_an_address_moved_to_another_patient_does_not_open(in_memory: OpenStorage) -> None:
    await in_memory.patients.bind(CLINIC, PATIENT, "wechat", "o-made-up", NOW)
    [row] = (await in_memory.rows.query("patients", Span("riverside_00", "riverside_99"))).rows
    moved = Row(f"{CLINIC}_00", f"b_{OTHER}_wechat", row.columns)
    await in_memory.rows.write("patients", Change(Verb.UPSERT, moved))
    register = await in_memory.patients.register(CLINIC)
    assert register.patient(PATIENT).addresses == {"wechat": "o-made-up"}
    with pytest.raises(Unsealable):
        register.patient(OTHER)


def test_a_hundred_thousand_patients_fit_in_thirty_megabytes() -> None:
    tracemalloc.start()
    register = CompactRegister(lambda patient_key, channel, sealed: "")
    for n in range(100_000):
        register.add_contact(f"{n:026d}", f"{n:013d}")
        register.add_opt_in(f"{n:026d}", "whatsapp")
    register.complete()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert register.patient(f"{7:026d}").opted_in == {"whatsapp"}
    assert held < 30_000_000
