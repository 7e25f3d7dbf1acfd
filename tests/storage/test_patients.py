"""Contacts, opt-ins, bound addresses and objections."""

from __future__ import annotations

import tracemalloc
from datetime import timedelta

import pytest

from shared.domain.register import NO_RECORD, PatientRecord
from shared.errors import Unsealable
from shared.storage.contract import AddressStanding, Hold, OptIn
from shared.storage.opened import OpenStorage
from shared.storage.register import CompactRegister
from shared.storage.rows import Change, Row, Span, Verb
from tests.storage.conftest import OpenAnother
from tests.storage.samples import CLINIC, NOW, PSEUDONYMS, contact
from tests.storage.wrappers import CountingRows

PATIENT, OTHER = PSEUDONYMS.patient(CLINIC, "P-1"), PSEUDONYMS.patient(CLINIC, "P-2")
ADDRESS = PSEUDONYMS.address(CLINIC, "whatsapp", "+447700900123")


def a_hold(n: int) -> Hold:
    """Hold `n` of the address."""
    return Hold(CLINIC, "whatsapp", ADDRESS, PSEUDONYMS.digest("test", str(n)))


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
        assert (await storage.patients.standing(clinic, channel, ADDRESS, NOW)).opted_out is expected
    assert register.opted_out("whatsapp", ADDRESS)
    assert not register.opted_out("wechat", ADDRESS)


async def test_a_providers_mark_counts_until_its_end(storage: OpenStorage) -> None:
    patients, end = storage.patients, NOW + timedelta(days=30)
    assert await patients.standing(CLINIC, "whatsapp", ADDRESS, NOW) == AddressStanding()
    await patients.mark_unreachable(CLINIC, "whatsapp", ADDRESS, NOW, "131026", end)
    for at, expected in ((NOW, "131026"), (NOW + timedelta(days=29), "131026"), (NOW + timedelta(days=30), "")):
        assert (await patients.standing(CLINIC, "whatsapp", ADDRESS, at)).unreachable == expected
        assert (await patients.register(CLINIC)).unreachable("whatsapp", ADDRESS, at) is bool(expected)


async def test_a_hold_counts_until_it_is_lifted_and_what_raised_it_never_raises_it_again(storage: OpenStorage) -> None:
    patients, hold, years_later = storage.patients, a_hold(1), NOW + timedelta(days=1000)
    for _ in range(2):
        await patients.hold(hold, NOW, "wrong_person")
    held = AddressStanding(held=frozenset({"wrong_person"}))
    assert await patients.standing(CLINIC, "whatsapp", ADDRESS, years_later) == held
    assert (await patients.register(CLINIC)).unreachable("whatsapp", ADDRESS, years_later)
    for _ in range(2):
        await patients.lift(hold, NOW)
        await patients.hold(hold, NOW, "wrong_person")
        assert await patients.standing(CLINIC, "whatsapp", ADDRESS, NOW) == AddressStanding()
        assert not (await patients.register(CLINIC)).unreachable("whatsapp", ADDRESS, NOW)


async def test_each_hold_is_lifted_on_its_own(storage: OpenStorage) -> None:
    patients = storage.patients
    await patients.hold(a_hold(1), NOW, "wrong_person")
    await patients.hold(a_hold(2), NOW, "stop_review")
    both = await patients.standing(CLINIC, "whatsapp", ADDRESS, NOW)
    assert (both.held, both.paused, both.may_be_reached) == ({"wrong_person", "stop_review"}, True, False)
    await patients.lift(a_hold(2), NOW)
    one = await patients.standing(CLINIC, "whatsapp", ADDRESS, NOW)
    assert (one.held, one.paused, one.may_be_reached) == ({"wrong_person"}, False, False)
    assert (await patients.register(CLINIC)).unreachable("whatsapp", ADDRESS, NOW)


async def test_who_writes_lifts_what_a_provider_said_and_only_a_person_lifts_a_hold(storage: OpenStorage) -> None:
    patients = storage.patients
    for _ in range(2):
        await patients.hold(a_hold(1), NOW, "wrong_person")
        await patients.mark_unreachable(CLINIC, "whatsapp", ADDRESS, NOW, "131026", NOW + timedelta(days=30))
    await patients.opt_out(CLINIC, "whatsapp", ADDRESS, NOW, "reply")
    for _ in range(2):
        await patients.clear_unreachable(CLINIC, "whatsapp", ADDRESS, NOW)
        held = AddressStanding(True, "", frozenset({"wrong_person"}))
        assert await patients.standing(CLINIC, "whatsapp", ADDRESS, NOW) == held
    await patients.lift(a_hold(1), NOW)
    assert await patients.standing(CLINIC, "whatsapp", ADDRESS, NOW) == AddressStanding(True)
    assert (await patients.register(CLINIC)).opted_out("whatsapp", ADDRESS)


async def test_a_mark_is_no_objection_and_stands_on_its_own_channel_and_clinic(storage: OpenStorage) -> None:
    await storage.patients.mark_unreachable(CLINIC, "whatsapp", ADDRESS, NOW, "131026", NOW + timedelta(days=30))
    register = await storage.patients.register(CLINIC)
    assert not (await storage.patients.standing(CLINIC, "whatsapp", ADDRESS, NOW)).opted_out
    assert not register.opted_out("whatsapp", ADDRESS)
    assert not register.unreachable("wechat", ADDRESS, NOW)
    for clinic, channel in ((CLINIC, "wechat"), ("x1", "whatsapp")):
        assert await storage.patients.standing(clinic, channel, ADDRESS, NOW) == AddressStanding()


async def test_the_standing_of_an_address_takes_one_request(open_store: OpenAnother) -> None:
    counted: list[CountingRows] = []
    storage = await open_store(around_rows=lambda rows: counted.append(CountingRows(rows)) or counted[0])
    await storage.patients.opt_out(CLINIC, "whatsapp", ADDRESS, NOW, "reply")
    await storage.patients.mark_unreachable(CLINIC, "whatsapp", ADDRESS, NOW, "131026", NOW + timedelta(days=30))
    before = sum(counted[0].requests.values())
    assert await storage.patients.standing(CLINIC, "whatsapp", ADDRESS, NOW) == AddressStanding(True, "131026")
    assert sum(counted[0].requests.values()) == before + 1


async def test_the_record_of_one_patient_holds_what_sending_on_a_channel_needs(storage: OpenStorage) -> None:
    await storage.patients.opt_in(CLINIC, [OptIn(PATIENT, "whatsapp", NOW, "form")])
    await storage.patients.bind(CLINIC, PATIENT, "wechat", "o-made-up", NOW)
    assert await storage.patients.record(CLINIC, PATIENT, "whatsapp") == PatientRecord(frozenset({"whatsapp"}))
    assert await storage.patients.record(CLINIC, PATIENT, "wechat") == PatientRecord(addresses={"wechat": "o-made-up"})
    assert await storage.patients.record(CLINIC, OTHER, "whatsapp") == NO_RECORD


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
    for n in range(5_000):  # one in twenty stopped a channel or cannot be reached
        register.add_objection("whatsapp", f"{n:026d}")
        register.add_mark("whatsapp", f"{n + 5_000:026d}", NOW)
    register.complete()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert register.patient(f"{7:026d}").opted_in == {"whatsapp"}
    assert held < 30_000_000
