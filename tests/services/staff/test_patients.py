"""Finding a patient: by number, telephone or name, masked, and only in one's own clinic."""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

import pytest

from shared.domain.appointment import AppointmentStatus, HumanName, Telecom, TelecomSystem
from shared.errors import Forbidden, InvalidCursor, InvalidInput
from shared.services.callers import Caller
from shared.services.staff.patients import FoundPatients, Search
from tests.services.rows import every_row
from tests.world import World, appointment, patient, world

NURSE = Caller("key-1", "nurse station 2", frozenset({"riverside"}))
BOTH = [{"channel": "whatsapp", "opt_in": "opt_out"}, {"channel": "wechat", "opt_in": "opt_out"}]
PEOPLE = {
    1: HumanName(text="Zoë O’Brien-Quince"),
    2: HumanName(family="陳", given="大文"),
    3: HumanName(family="कुमार", given="रमेश"),
    4: HumanName(text="محمد أحمد"),
    5: HumanName(text="Dr José Quince", family="Quince", given="José"),
}


async def town(w: World, **clinic: Any) -> None:
    """A clinic that has planned for PEOPLE."""
    await w.clinic(**clinic)
    await w.plan()


def everybody() -> list[Any]:
    return [appointment(n, of=patient(n, name=name)) for n, name in PEOPLE.items()]


async def look_up(w: World, top: int = 20, cursor: str = "", caller: Caller = NURSE, **body: Any) -> FoundPatients:
    return await w.services.look_up(caller, "riverside", Search(**body), top, cursor)


async def found(w: World, **body: Any) -> set[int]:
    """Numbers of the patients that are found."""
    keys = {w.pseudonyms.patient("riverside", f"p{n}"): n for n in PEOPLE}
    return {keys[one.patient_id] for one in (await look_up(w, **body)).patients}


SEARCHES: dict[str, tuple[dict[str, str], set[int]]] = {
    "a word": ({"name": "quince"}, {1, 5}),
    "two words in any order": ({"name": "QUINCE jose"}, {5}),
    "without accents and apostrophe": ({"name": "zoe obrien"}, {1}),
    "with a title": ({"name": "Dr Quince, José"}, {5}),
    "part of a word": ({"name": "quin"}, set()),
    "Chinese": ({"name": "陳大文"}, {2}),
    "Chinese with a space and a title": ({"name": "大文 陳先生"}, {2}),
    "half of a Chinese name": ({"name": "大文"}, {2}),
    "Hindi": ({"name": "रमेश"}, {3}),
    "the family name that Hindi does not show": ({"name": "कुमार रमेश जी"}, {3}),
    "Arabic with vowel signs": ({"name": "مُحَمَّد"}, {4}),
    "nobody": ({"name": "Nobody"}, set()),
    "a national number": ({"phone": "07700 900002"}, {2}),
    "with its country": ({"phone": "+44 (0)7700-900002"}, {2}),
    "with the prefix that people write": ({"phone": "0044 7700 900 002"}, {2}),
    "nobody's number": ({"phone": "07700 900099"}, set()),
    "a number and a name": ({"phone": "07700900005", "name": "Quince"}, {5}),
    "a number and another's name": ({"phone": "07700900002", "name": "Quince"}, set()),
    "the source's number": ({"patient_number": "p3"}, {3}),
    "nobody's number at the source": ({"patient_number": "p33"}, set()),
    "with the rest empty, as a form sends it": ({"patient_number": " p3 ", "name": "", "phone": ""}, {3}),
}


@pytest.mark.parametrize(("asked", "who"), SEARCHES.values(), ids=SEARCHES)
async def test_a_patient_is_found(asked: dict[str, str], who: set[int]) -> None:
    async with world(*everybody()) as w:
        await town(w)
        assert await found(w, **asked) == who
        assert bool((await look_up(w, **asked)).advice) is not bool(who)


WRONG: dict[str, dict[str, Any]] = {
    "nothing": {},
    "blank": {"name": "  "},
    "one letter": {"name": "q"},
    "one Chinese sign": {"name": "陳"},
    "only a title": {"name": "Mr"},
    "half a number": {"phone": "07700"},
    "two numbers": {"phone": "07700 900001 / 07700 900002"},
    "a landline": {"phone": "020 7946 0123"},
    "number and name": {"patient_number": "p1", "name": "Quince"},
    "id and number": {"patient_id": "x", "patient_number": "p1"},
}


@pytest.mark.parametrize("asked", WRONG.values(), ids=WRONG)
async def test_what_cannot_be_searched_is_said(asked: dict[str, Any]) -> None:
    async with world(*everybody()) as w:
        await town(w)
        with pytest.raises(InvalidInput) as caught:
            await look_up(w, **asked)
        assert caught.value.details[0].field in {"name", "phone"}


async def test_what_is_shown_is_enough_to_tell_people_apart_and_no_more() -> None:
    openid = (*patient().telecoms, Telecom(TelecomSystem.OPENID, "oMock_follower_0001"))
    who = patient(1, telecoms=openid, birth_on=date(1980, 3, 14), languages=("en",))
    async with world(appointment(of=who)) as w:
        await town(w, channels=BOTH)
        await w.opt_in("whatsapp", [who])
        await w.whatsapp.patients.write("+447700900001", "A question")
        [one] = (await look_up(w, patient_number="p1")).patients
        assert (one.name, one.born_on, one.language) == ("Robin Example 1", "03-14", "en")
        assert one.next_appointment_at == appointment().start
        [whatsapp, wechat] = one.channels
        assert (whatsapp.channel, whatsapp.contact) == ("whatsapp", "+4477••••••••")
        assert (whatsapp.opted_in, whatsapp.opted_out, whatsapp.held) == (True, False, False)
        assert whatsapp.free_text_until is not None
        assert (wechat.channel, wechat.contact, wechat.free_text_until) == ("wechat", "•••• 0001", None)
        assert not any(secret in str(one) for secret in ("7700900001", "1980", "p1'"))


async def test_an_appointment_that_was_cancelled_is_not_the_next_one() -> None:
    async with world(appointment()) as w:
        await town(w)
        w.source.items = [appointment(status=AppointmentStatus.CANCELLED)]
        w.clock.advance(hours=1)
        await w.plan_again()
        [one] = (await look_up(w, patient_number="p1")).patients
        assert one.next_appointment_at is None


async def test_who_was_found_is_found_again_by_id() -> None:
    async with world(*everybody()) as w:
        await town(w)
        [one] = (await look_up(w, patient_number="p3")).patients
        assert list((await look_up(w, patient_id=f" {one.patient_id} ")).patients) == [one]
        for nobody in (one.patient_id[::-1], "not an id/?", w.pseudonyms.patient("lakeside", "p3")):
            found = await look_up(w, patient_id=nobody)
            assert (list(found.patients), bool(found.advice)) == ([], True)


async def test_who_was_renamed_is_found_by_the_new_name_only() -> None:
    async with world(appointment()) as w:
        await town(w)
        w.source.items = [appointment(of=patient(1, name=HumanName(text="Robin Sample")))]
        w.clock.advance(hours=1)
        await w.plan_again()
        assert await found(w, name="Sample") == {1}
        assert await found(w, name="Example") == set()


async def test_many_come_page_by_page_and_too_many_with_advice() -> None:
    people = [appointment(n, of=patient(n, name=HumanName(text=f"Robin Example{n % 12}"))) for n in range(1, 121)]
    async with world(*people) as w:
        await town(w)
        all_of_them = await look_up(w, name="robin")
        assert (all_of_them.too_many, list(all_of_them.patients)) == (True, [])
        assert all_of_them.advice.endswith(".")
        first = await look_up(w, 6, name="robin example3")
        second = await look_up(w, 6, first.next_cursor, name="robin example3")
        assert (len(first.patients), len(second.patients), second.next_cursor) == (6, 4, "")
        assert len({one.patient_id for one in (*first.patients, *second.patients)}) == 10
        with pytest.raises(InvalidCursor):
            await look_up(w, 6, first.next_cursor, name="robin example4")


async def test_a_caller_finds_the_patients_of_its_own_clinics_only() -> None:
    async with world(*everybody()) as w:
        await town(w)
        with pytest.raises(Forbidden):
            await look_up(w, caller=Caller("key-2", "lakeside", frozenset({"lakeside"})), name="quince")


async def test_a_search_leaves_no_name_in_logs_or_tables(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with world(*everybody()) as w:
        await town(w)
        before = await every_row(w.storage.rows)
        await look_up(w, name="Quince")
        await look_up(w, phone="07700 900002")
        assert await every_row(w.storage.rows) == before
        stored = str([(place, row.columns) for place, row in before.items()])
        for secret in ("quince", "Quince", "陳", "7700900002", "900002"):
            assert secret not in caplog.text
            assert secret not in stored
