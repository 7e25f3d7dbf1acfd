"""The canvas app at the front desk, against the running app: a nurse answers what a patient wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from infra.local.azurite import Azurite
from shared.channels.wechat.client import LONGEST_TEXT
from shared.channels.whatsapp.limits import MAX_TEXT
from shared.clock import SystemClock
from shared.storage.contract import DueAction
from tests.functions.canvas import FOLLOWER, buttons_of, desks, number, opened
from tests.functions.conftest import PATIENCE_S, RunningApp
from tests.power_platform.machine import RETRIES, losing_answers, no_connection
from tests.power_platform.pressing import Screen

LATE = "Free text may only go to somebody who wrote"


@pytest.fixture(scope="module")
async def app(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningApp]:
    async with desks(azurite.empty_account(), tmp_path_factory.mktemp("desk")) as started:
        yield started


@pytest.fixture
async def screen(app: RunningApp) -> Screen:
    return await opened(app)


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
    """How often the patient got this, once nothing waits for a turn any more: a second one would wait for its own."""
    await app.settled()
    while waiting := await turns(app):
        await SystemClock().sleep(max(0.1, (min(waiting) - SystemClock().now()).total_seconds() + 0.1))
        await app.host.fire("release_due")
        await app.settled()
    return [entry.text for entry in app.whatsapp.ledger.of(number(digits))].count(words)


async def turns(app: RunningApp) -> list[datetime]:
    """When each message goes that is to go soon."""
    rows = await app.storage.due.take(SystemClock().now() + timedelta(seconds=PATIENCE_S), 200)
    return [row.at for row in rows if row.action is DueAction.SEND]


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
    with pytest.raises(AssertionError, match="nobody could press"):
        await screen.press("btnReplyAgain")  # it would empty what was not sent
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


def test_every_button_of_the_screen_is_pressed_here() -> None:
    assert buttons_of("Reply", not_pressed_in=__file__) == []
