"""The canvas app at the front desk, against the running app: answering a patient, recording a wish, whom to phone."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.local.azurite import Azurite
from infra.power_platform.app.source import read_app, read_files
from shared.channels.wechat.client import LONGEST_TEXT
from shared.channels.whatsapp.limits import MAX_TEXT
from shared.clock import SystemClock
from shared.storage.contract import ConsentMethod
from tests.functions.canvas import opened
from tests.functions.conftest import CLINICS_KEY, COLUMNS, OTHER_CLINIC, RunningApp, running
from tests.power_platform.machine import RETRIES, losing_answers, no_connection
from tests.power_platform.pressing import Screen

NEW_SCREENS = ("Reply", "Unsent", "Patients", "Wish")
DAY = (SystemClock().now() + timedelta(days=3)).date()
FOLLOWER = "oFlorentina_follower_8106"
PEOPLE = (  # of each the hour of the appointment; the last ones get no reminder
    ("P-8101", "Araminta Ashdown", "07700 900411", "", 9),
    ("P-8102", "Bartholomew Birch", "07700 900412", "", 10),
    ("P-8103", "Clementine Cobb", "07700 900413", "", 11),
    ("P-8104", "Desmond Dray", "07700 900414", "", 12),
    ("P-8105", "Eglantine Elms", "07700 900415", "", 13),
    ("P-8110", "Jocasta Jolly", "07700 900719", "", 15),  # not on WhatsApp
    ("P-8106", "Florentina Finch", "", FOLLOWER, 14),
    ("P-8107", "Gideon Garth", "020 7946 0017", "", 17),
    ("P-8108", "Hepzibah Hale", "020 7946 0018", "", 8),
    ("P-8109", "Ignatius Ives", "", "", 16),
)
LATE = "Free text may only go to somebody who wrote"


@pytest.fixture(scope="module")
async def app(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningApp]:
    """An app that has reminded everybody it can."""
    folder: Path = tmp_path_factory.mktemp("desk")
    async with running(azurite.empty_account(), folder) as started:
        with (folder / "appointments.csv").open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(COLUMNS)
            for patient, name, mobile, openid, hour in PEOPLE:
                when = f"{DAY:%Y-%m-%d} {hour:02}:00"
                lines.writerow([f"A{patient}", patient, name, "1980-01-01", mobile, openid, when, "booked", "Level 2"])
        assert (await started.call("POST", "/any/v1/reminder-runs", key=CLINICS_KEY, json={})).status == 202
        await started.settled()
        yield started


@pytest.fixture
async def screen(app: RunningApp) -> Screen:
    return await opened(app)


def number(digits: int) -> str:
    return f"+447700900{digits}"


async def wrote(app: RunningApp, digits: int, words: str) -> None:
    await app.whatsapp.patients.write(number(digits), words)
    await app.settled()


async def answering(screen: Screen, words: str) -> None:
    """The form that answers the item with these words."""
    await screen.press("btnHomeWorklist")
    [item] = [row for row in screen.rows("galWork") if row["said"] == words]
    await screen.press("btnWorkChoose", ThisItem=item)
    await screen.press("btnWorkReply")
    assert screen.open == "Reply"


async def about_the_reminder(screen: Screen, name: str) -> None:
    """The form that writes to who got a reminder."""
    await screen.press("btnHomeSent")
    [row] = [row for row in screen.rows("galSent") if row["patientName"] == name and row["kind"] == "reminder"]
    await screen.press("btnSentOpen", ThisItem=row)
    await screen.press("btnDetailReply")
    assert screen.open == "Reply"


async def arrived(app: RunningApp, digits: int, words: str) -> int:
    await app.settled()
    return [entry.text for entry in app.whatsapp.ledger.of(number(digits))].count(words)


async def test_a_nurse_answers_what_a_patient_wrote_and_the_item_is_settled(app: RunningApp, screen: Screen) -> None:
    asked, answer = "Is there a car park nearby?", "Yes, behind the building."
    await wrote(app, 411, asked)
    await answering(screen, asked)
    assert screen.read("lblReplyTo") == "Patient: Araminta Ashdown (WhatsApp)"
    assert screen.read("lblReplyWhere") == "It goes to the number or account that the words below came from."
    assert screen.read("lblReplyContact") == "On record for this channel: +4477••••••••"
    assert asked in screen.read("lblReplySaid")
    assert screen.read("lblReplyAge") == "That was written about 0 min ago."
    assert screen.read("lblReplyWindow").startswith("✓ You may answer in your own words until 20")
    await screen.press("btnReplyLook")
    await screen.press("btnReplySend")
    assert screen.read("lblReplyTextProblem") == "✕ Write your answer first."
    screen.type("txtReplyText", f"  {answer} ")
    assert screen.read("lblReplyCount") == f"{len(answer)} of 4096 characters"
    screen.tick("chkReplyResolve")
    await screen.press("btnReplySend")
    assert screen.read("lblReplyDone") == "✓ It was taken. The item is off the worklist."
    for control in ("btnReplySend", "txtReplyText"):
        with pytest.raises(AssertionError, match="nobody could press"):
            await screen.press(control)
    await screen.press("btnReplySee")
    assert (screen.open, screen.read("lblDetailBody")) == ("MessageDetail", answer)
    await screen.press("btnHomeWorklist")
    assert asked not in [row["said"] for row in screen.rows("galWork")]
    assert await arrived(app, 411, answer) == 1


async def test_an_answer_that_got_lost_is_not_sent_twice_and_another_form_is_another_answer(
    app: RunningApp, screen: Screen
) -> None:
    asked, answer = "Must I fast?", "No, eat as always."
    await wrote(app, 412, asked)
    await answering(screen, asked)
    screen.type("txtReplyText", answer)
    whatsapp = screen.connections["WhatsApp"]
    whatsapp.send = losing_answers(whatsapp.send, RETRIES + 1)
    await screen.press("btnReplySend")
    assert (screen.read("lblReplyDone"), screen.names["txtReplyText"]["Text"]) == ("", answer)
    assert "No answer" in screen.read("lblReplyProblem")
    assert "kept" in screen.read("lblReplyKept")
    screen.type("txtReplyText", "No, but drink water.")
    await screen.press("btnReplySend")
    assert "may have gone already" in screen.read("lblReplyProblem")
    await screen.press("btnReplyBack")
    await answering(screen, asked)
    screen.type("txtReplyText", answer)
    await screen.press("btnReplySend")
    assert screen.read("lblReplyDone") == "✓ This form was sent before; it was not sent again."
    assert await arrived(app, 412, answer) == 1
    await screen.press("btnReplyAgain")
    assert (screen.names["txtReplyText"]["Text"], screen.read("lblReplyDone")) == ("", "")
    screen.type("txtReplyText", "Bring your tablets.")
    await screen.press("btnReplySend")
    assert screen.read("lblReplyDone") == "✓ It was taken."
    await screen.press("btnHomeWorklist")
    assert asked in [row["said"] for row in screen.rows("galWork")], "nobody said that it is settled"


async def test_an_answer_that_comes_too_late_is_refused_in_words_and_its_text_is_kept(
    app: RunningApp, screen: Screen
) -> None:
    await about_the_reminder(screen, "Clementine Cobb")
    assert screen.read("lblReplyTo") == "Goes to: Clementine Cobb (WhatsApp)"
    assert screen.read("lblReplyWindow").startswith("? Until when you may answer")
    assert (screen.read("lblReplySaid"), screen.read("chkReplyResolve")) == ("", "")
    screen.type("txtReplyText", "Please bring your tablets.")
    await screen.press("btnReplySend")
    assert LATE in screen.read("lblReplyProblem")
    assert LATE in screen.notified[-1]
    await screen.press("btnReplyBack")
    assert screen.open == "MessageDetail"
    await screen.press("btnDetailReply")
    assert (screen.names["txtReplyText"]["Text"], screen.read("lblReplyProblem")) == ("Please bring your tablets.", "")
    await wrote(app, 413, "Yes, what should I bring?")
    await screen.press("btnReplyLook")
    assert screen.read("lblReplyWindow").startswith("✓ You may answer")
    await screen.press("btnReplySend")
    assert screen.read("lblReplyDone") == "✓ It was taken."
    await about_the_reminder(screen, "Desmond Dray")
    assert screen.names["txtReplyText"]["Text"] == "", "what was meant for somebody else is gone"


async def test_without_a_connection_nothing_goes_and_the_button_can_be_pressed_again(
    app: RunningApp, screen: Screen
) -> None:
    asked, answer = "Where is level 2?", "Take the lift."
    await wrote(app, 414, asked)
    await answering(screen, asked)
    whatsapp = screen.connections["WhatsApp"]
    there, whatsapp.send = whatsapp.send, no_connection
    await screen.press("btnReplyLook")
    assert screen.read("lblReplyWindow").startswith("? Until when")
    screen.type("txtReplyText", answer)
    await screen.press("btnReplySend")
    assert screen.read("lblReplyProblem") == "✕ No answer came in time."
    whatsapp.send = there
    await screen.press("btnReplySend")
    assert screen.read("lblReplyDone") == "✓ It was taken."
    assert await arrived(app, 414, answer) == 1


async def test_on_wechat_bytes_are_counted_and_what_is_too_long_stays_here(app: RunningApp, screen: Screen) -> None:
    asked = "可以停车吗？ Is there parking?"
    await app.wechat.people.follow(FOLLOWER)
    await app.wechat.people.write(FOLLOWER, asked)
    await app.settled()
    await answering(screen, asked)
    assert "WeChat" in screen.read("lblReplyTo")
    assert FOLLOWER not in screen.read("lblReplyContact")
    for words in ("你好", "ok 50% “é” 👍", "a\nb"):
        screen.type("txtReplyText", words)
        assert screen.read("lblReplyCount").startswith(f"{len(words.encode())} of {LONGEST_TEXT} bytes")
    screen.type("txtReplyText", "好" * (LONGEST_TEXT // 3 + 1))
    await screen.press("btnReplySend")
    assert screen.read("lblReplyTextProblem").startswith("✕ This is longer than the channel takes.")
    assert (screen.read("lblReplyDone"), screen.notified) == ("", [])
    screen.type("txtReplyText", "好" * (LONGEST_TEXT // 3))
    await screen.press("btnReplySend")
    assert screen.read("lblReplyDone") == "✓ It was taken."


def test_the_app_counts_to_the_channels_own_limits(screen: Screen) -> None:
    limits = screen.value("ReplyLimits")
    assert {row["channel"]: row["most"] for row in limits} == {"whatsapp": MAX_TEXT, "wechat": LONGEST_TEXT}


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
    screens = read_app(read_files()).screens
    pressed = Path(__file__).read_text(encoding="utf-8")
    buttons = {one.name for name in NEW_SCREENS for one in screens[name].walk() if one.type == "Classic/Button"}
    assert [name for name in sorted(buttons) if f'press("{name}"' not in pressed] == []
