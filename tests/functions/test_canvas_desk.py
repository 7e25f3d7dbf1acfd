"""The canvas app at the front desk, against the running app: recording a patient's wish, and whom to phone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from infra.local.azurite import Azurite
from shared.clock import SystemClock
from shared.storage.contract import ConsentMethod
from tests.functions.canvas import DAY, buttons_of, desks, number, opened
from tests.functions.conftest import OTHER_CLINIC, RunningApp
from tests.power_platform.machine import no_connection
from tests.power_platform.pressing import Screen


@pytest.fixture(scope="module")
async def app(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningApp]:
    async with desks(azurite.empty_account(), tmp_path_factory.mktemp("desk")) as started:
        yield started


@pytest.fixture
async def screen(app: RunningApp) -> Screen:
    return await opened(app)


def test_every_way_of_telling_a_wish_has_its_words(screen: Screen) -> None:
    assert [row["value"] for row in screen.value("WishMethods")] == ["", *ConsentMethod]


async def person(screen: Screen, name: str, *, by: str = "name") -> Mapping[str, Any]:
    """The patient is found; their channels by name."""
    await screen.press("btnHomePatients")
    screen.choose("drpPatSearchBy", value=by)
    screen.type("txtPatSearch", name)
    await screen.press("btnPatFind")
    [found] = screen.rows("galPatPeople")
    await screen.press("btnPatChoose", ThisItem=found)
    return {row["channel"]: row for row in screen.rows("galPatChannels")}


async def asked_to_record(screen: Screen, when: date, note: str = "") -> None:
    screen.choose("drpWishMethod", value="phone")
    screen.type("txtWishWho", "her daughter")
    await screen.pick("dteWishWhen", when)
    screen.type("txtWishNote", note)
    await screen.press("btnWishCheck")


async def test_a_wish_for_no_messages_is_recorded_once_it_was_looked_at_again(screen: Screen) -> None:
    today = SystemClock().now().date()
    await screen.press("btnHomePatients")
    await screen.press("btnPatFind")
    assert screen.read("lblPatSearchProblem") == "✕ Write a number or a name to search for."
    channels = await person(screen, "Eglantine")
    assert screen.read("lblPatChannel", ThisItem=channels["whatsapp"]) == "WhatsApp, +4477••••••••"
    assert screen.read("lblPatStanding", ThisItem=channels["whatsapp"]) == "— has said neither yes nor no"
    assert screen.read("lblPatNoWishes") == "Staff have recorded nothing."
    await screen.press("btnPatWantsNone", ThisItem=channels["whatsapp"])
    assert screen.read("lblWishWhat") == "Wants no messages on WhatsApp (+4477••••••••)"
    await screen.press("btnWishCheck")
    told = [screen.read(f"lblWish{field}Problem") for field in ("Method", "SaidBy", "When")]
    assert told == [
        "✕ Choose how they said so.", "✕ Write who said so.", "✕ Choose the day on which they said so.",
    ]  # fmt: skip
    await asked_to_record(screen, today + timedelta(days=2))
    assert screen.read("lblWishWhenProblem") == "✕ That day is still to come."
    with pytest.raises(AssertionError, match="nobody could press"):
        await screen.press("btnWishRecord")
    await screen.pick("dteWishWhen", today)
    await screen.press("btnWishCheck")
    assert screen.read("lblWishAsk").endswith("Wants no messages on WhatsApp (+4477••••••••)")
    assert f"By phone. her daughter, {today}" in screen.read("lblWishAskHow")
    await screen.press("btnWishChange")
    screen.type("txtWishNote", "She moves away.")
    await screen.press("btnWishCheck")
    await screen.press("btnWishRecord")
    assert screen.read("lblWishSaid") == "✓ It is recorded."
    assert screen.read("lblWishStands") == "As it stands now: wants no messages"
    with pytest.raises(AssertionError, match="nobody could press"):
        await screen.press("btnWishRecord")
    await screen.press("btnWishBack")
    [wish] = screen.rows("galPatWishes")
    assert screen.read("lblPatWish", ThisItem=wish) == "✕ WhatsApp, wants no messages"
    assert screen.read("lblPatWishHow", ThisItem=wish).startswith("By phone. Recorded by nurses of")
    assert screen.read("lblPatWishNote", ThisItem=wish) == f"her daughter, {today}. She moves away."
    channel = screen.rows("galPatChannels")[0]
    assert screen.read("lblPatStanding", ThisItem=channel) == "✕ wants no messages"
    await screen.press("btnPatWantsNone", ThisItem=channel)
    await asked_to_record(screen, today)
    await screen.press("btnWishRecord")
    assert screen.read("lblWishSaid") == "✓ It was so before: nothing was recorded twice."
    await screen.press("btnWishBack")
    await screen.press("btnPatWants", ThisItem=screen.rows("galPatChannels")[0])
    await asked_to_record(screen, today, "Changed her mind.")
    assert "Yes, record: wants messages" in screen.read("btnWishRecord")
    await screen.press("btnWishRecord")
    assert screen.read("lblWishStands") == "As it stands now: wants messages"


async def test_a_wish_that_cannot_be_recorded_is_refused_in_the_servers_words(screen: Screen) -> None:
    channels = await person(screen, "P-8109", by="number")
    assert screen.read("lblPatChannel", ThisItem=channels["whatsapp"]) == "WhatsApp, no number or account is known"
    await screen.press("btnPatWantsNone", ThisItem=channels["whatsapp"])
    await asked_to_record(screen, SystemClock().now().date())
    await screen.press("btnWishRecord")
    assert "We know no address of this person on this channel" in screen.read("lblWishProblem")
    assert screen.read("lblWishSaid") == ""
    assert screen.names["txtWishWho"]["Text"] == "her daughter"
    screen.type("txtWishNote", "written again")


async def test_without_a_connection_no_wish_is_recorded_and_it_can_be_tried_again(screen: Screen) -> None:
    channels = await person(screen, "Desmond Dray")
    await screen.press("btnPatWants", ThisItem=channels["whatsapp"])
    await asked_to_record(screen, SystemClock().now().date())
    whatsapp = screen.connections["WhatsApp"]
    there, whatsapp.send = whatsapp.send, no_connection
    await screen.press("btnWishRecord")
    assert screen.read("lblWishProblem") == "✕ No answer came in time."
    assert (screen.read("lblWishSaid"), screen.names["varPerson"]["wishes"]) == ("", [])
    whatsapp.send = there
    await screen.press("btnWishCheck")
    await screen.press("btnWishRecord")
    assert screen.read("lblWishSaid") == "✓ It is recorded."


async def test_who_is_looked_for_may_be_nobody_or_on_another_page_or_out_of_reach(screen: Screen) -> None:
    await screen.press("btnHomePatients")
    screen.type("txtPatSearch", "Nobody Whatever")
    await screen.press("btnPatFind")
    assert screen.read("lblPatNobody").startswith("Nobody was found.")
    screen.choose("drpPatSearchBy", value="phone")
    screen.type("txtPatSearch", "12")
    await screen.press("btnPatFind")
    assert screen.read("lblPatProblem").startswith("✕ The search cannot be made")
    screen.names["locCursor"] = "another page"
    await screen.press("btnPatMore")
    assert screen.read("lblPatProblem") != ""
    screen.connections["WhatsApp"].send = no_connection
    await screen.press("btnPatFind")
    assert screen.read("lblPatProblem") == "✕ No answer came in time."


async def test_whom_to_phone_is_listed_soonest_first_with_why_and_the_number(screen: Screen) -> None:
    await screen.press("btnHomeUnsent")
    await screen.pick("dteUnsentDay", DAY)
    assert screen.read("lblUnsentOf") == f"Appointments on {DAY}"
    rows = {row["patientName"]: row for row in screen.rows("galUnsent")}
    nobody_reminded = [name for name in rows if rows[name]["why"] == "skipped"]
    assert nobody_reminded == ["Hepzibah Hale", "Ignatius Ives", "Gideon Garth"]
    jocasta = rows["Jocasta Jolly"]
    assert screen.read("lblUnsentPhone", ThisItem=jocasta) == f"Phone: {number(719)}"
    assert "could not be delivered" in screen.read("lblUnsentWhy", ThisItem=jocasta)
    assert screen.read("lblUnsentPhone", ThisItem=rows["Ignatius Ives"]).startswith("Phone: none here; look on")
    assert "only a landline" in screen.read("lblUnsentWhy", ThisItem=rows["Gideon Garth"])
    assert screen.read("lblUnsentStarts", ThisItem=rows["Hepzibah Hale"]).startswith(f"Appointment {DAY} 08:00")
    assert screen.read("lblUnsentWhere", ThisItem=rows["Hepzibah Hale"]) == "Level 2"
    assert screen.read("lblUnsentEmpty") == ""
    await screen.pick("dteUnsentDay", DAY + timedelta(days=40))
    assert screen.read("lblUnsentEmpty") == "✓ Nobody needs a call."


async def test_whom_to_phone_comes_page_by_page_and_says_that_it_is_not_all(screen: Screen) -> None:
    screen.names["UnsentPageSize"] = 2.0
    await screen.press("btnHomeUnsent")
    await screen.pick("dteUnsentDay", DAY)
    assert screen.read("lblUnsentMore").startswith("! This is not the whole day yet")
    assert screen.read("lblUnsentEmpty") == "", "an empty page is not an empty day"
    while screen.read("btnUnsentMore"):
        await screen.press("btnUnsentMore")
    names = [row["patientName"] for row in screen.rows("galUnsent") if row["why"] == "skipped"]
    assert names == ["Hepzibah Hale", "Ignatius Ives", "Gideon Garth"]
    assert screen.read("lblUnsentMore") == ""


async def test_a_list_that_cannot_be_had_is_no_empty_list(screen: Screen) -> None:
    await screen.press("btnHomeUnsent")
    screen.names["ClinicId"] = OTHER_CLINIC
    await screen.press("btnUnsentRefresh")
    refused = screen.read("lblUnsentProblem")
    assert (refused[:2], screen.read("lblUnsentEmpty")) == ("✕ ", "")
    assert screen.notified[-1] in refused
    screen.connections["WhatsApp"].send = no_connection
    await screen.press("btnUnsentRefresh")
    assert (screen.read("lblUnsentProblem"), screen.read("lblUnsentEmpty")) == ("✕ No answer came in time.", "")


async def test_the_message_that_did_not_arrive_can_be_looked_at(screen: Screen) -> None:
    await screen.press("btnHomeUnsent")
    await screen.pick("dteUnsentDay", DAY)
    rows = {row["patientName"]: row for row in screen.rows("galUnsent")}
    with pytest.raises(AssertionError, match="nobody could press"):
        await screen.press("btnUnsentOpen", ThisItem=rows["Hepzibah Hale"])
    await screen.press("btnUnsentOpen", ThisItem=rows["Jocasta Jolly"])
    assert (screen.open, screen.read("lblDetailPatient")) == ("MessageDetail", "Jocasta Jolly")


def test_every_button_of_these_screens_is_pressed_here() -> None:
    assert buttons_of("Unsent", "Patients", "Wish", not_pressed_in=__file__) == []
