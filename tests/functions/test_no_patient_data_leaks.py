"""A whole small day through the host; then all that it logged, queued and stored is searched for its patients."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.azurite import Azurite
from infra.local.host.queue_storage import QueueStorage
from shared.channels.whatsapp.simulator.faults import FaultKind
from shared.domain.topics import Topic
from shared.storage.places import CALLBACKS
from tests.callbacks import signed, text, whatsapp_body
from tests.functions.conftest import CLINIC, CLINICS_KEY, PEOPLE, RunningApp, running, write_extract
from tests.functions.form import CROWD, REFERENCE, Form
from tests.services.asking.test_submitting import WECHAT, WHATSAPP
from tests.services.rows import every_row
from tests.subscribers.listener import URL, Internet, internet

SIGNATURE = "made-up-signature"  # of the callback URL
SAID = "My knee hurts badly since Tuesday"
ANSWERED = ("2", "wrong number, I am Quentin Quillfeather", "STOP")
NURSE, NOTED = "Nurse Nightingale-Nonesuch", "It was for somebody else, Zenobia"
TOKENS: list[str] = []  # of the page that the patient opened
SUBMITTED = "Your reference is XYZZY-4711"
STRANGER, FOLLOWER = "+447700900455", "oXanthippe_follower_0455"
UNREADABLE = ("P-8004", "Persephone Plumtree", "07700 900404 or 07700 900405", "")


def needles() -> Iterator[str]:
    """Everything that says who somebody is or what was said, in the forms in which it travels."""
    yield from (SAID, ANSWERED[1], SUBMITTED, "XYZZY", FOLLOWER, *_number(STRANGER))
    for patient_id, name, mobile, openid in (*PEOPLE, UNREADABLE, CROWD[0]):
        yield from (patient_id, name, *name.split())
        yield from (openid,) if openid else ()
        yield from _number(mobile) if mobile else ()
    yield from (f"A-800{n}" for n in range(1, 5))
    yield "Level 2"
    yield from (REFERENCE, "24F5DA", NURSE, NOTED, *TOKENS)


def _number(written: str) -> Iterator[str]:
    digits = written.replace(" ", "").removeprefix("+44").removeprefix("0")[:10]
    yield from (written, f"44{digits}", f"0{digits}", digits, f"{digits[:4]} {digits[4:]}")


async def the_day(app: RunningApp, folder: Path) -> None:
    """Planned, sent, received; one refused, one unknown, one forged, one submitted on each channel, one who writes."""
    write_extract(folder / "appointments.csv", (*PEOPLE, UNREADABLE, CROWD[0]))
    # both clinics write to this number, and nobody knows which comes first
    app.whatsapp.fault(FaultKind.ERROR, code=131026, to="+447700900402", times=2)
    await app.host.fire("schedule_runs")
    await app.idle()
    await app.host.fire("release_due")
    await app.settled()
    sent, path = await Form(app).delivered(sender=NURSE)
    assert (await app.call("POST", path, key=None, data={})).status == 200
    back = f"/any/v1/prescriptions/{sent['id']}/revoke"
    assert (await app.call("POST", back, key=CLINICS_KEY, json={"note": NOTED})).status == 200
    TOKENS.append(path.rpartition("/")[2])
    await app.whatsapp.patients.write(STRANGER, SAID)
    raw = {**WHATSAPP, "to": STRANGER, "text": {"body": SUBMITTED}}
    assert (await app.call("POST", "/whatsapp/v1/messages", key=CLINICS_KEY, json=raw)).status == 202
    followed = {**WECHAT, "touser": FOLLOWER, "data": {**WECHAT["data"], "keyword1": {"value": "XYZZY-4711"}}}
    assert (await app.call("POST", "/wechat/v1/messages", key=CLINICS_KEY, json=followed)).status == 202
    await app.host.fire("release_due")
    await app.host.queues_idle(20)
    await app.whatsapp.patients.press("+447700900401", "1")
    for words in ANSWERED:
        await app.whatsapp.patients.write("+447700900401", words)
    await app.wechat.people.write("oOttoline_follower_8003", "3")
    await app.wechat.people.write(FOLLOWER, SAID)
    await app.wechat.people.unfollow(FOLLOWER)
    wrong = {**raw, "to": "07700 900455"}
    assert (await app.call("POST", "/whatsapp/v1/messages", key=CLINICS_KEY, json=wrong)).status == 400
    body = whatsapp_body(text(SAID))
    assert (await app.call("POST", "/webhooks/whatsapp", key=None, data=body, headers=signed(body, "x"))).status == 403
    await app.settled()
    await app.host.fire("release_due")  # the answers to those who answered
    await app.settled()
    for path in ("/any/v1/messages", "/any/v1/messages?view=scheduled", "/any/v1/appointments"):
        assert (await app.call("GET", path, key=CLINICS_KEY)).status == 200


async def flows_listen(app: RunningApp, net: Internet) -> list[str]:
    """Somebody subscribes to everything, and somebody unsubscribes. The tokens."""
    await app.reach_subscribers_by(net.poster)
    tokens = []
    for topic in (*Topic, Topic.MESSAGE_SENT):
        path = f"/any/v1/triggers/{topic}/subscriptions"
        answer = await app.call("POST", path, key="local", json={"callbackUrl": URL, "channel": "any"})
        assert answer.status == 201
        tokens.append(answer.headers["Location"].rpartition("/")[2])
    ended = answer.headers["Location"].partition("/api")[2]
    assert (await app.call("DELETE", ended, key=None)).status == 204
    return tokens


async def what_flows_heard(app: RunningApp, net: Internet) -> str:
    for _ in range(40):
        await app.host.fire("feed_subscribers")
        await app.idle()
        told = "".join(asked.body.decode() for asked in net.listener.asked)
        if all(f'"event": "{topic}"' in told for topic in Topic):
            break
        await app.a_moment()
    return told


async def test_nothing_of_a_patient_stands_where_it_can_be_read(
    azurite: Azurite, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[str] = []
    add = QueueStorage.add

    async def noting(self: QueueStorage, connection: str, name: str, content: str | bytes) -> None:
        queued.append(content if isinstance(content, str) else content.decode())
        await add(self, connection, name, content)

    monkeypatch.setattr(QueueStorage, "add", noting)
    caplog.set_level(logging.DEBUG)
    printed: list[str] = []
    async with (
        running(azurite.empty_account(), tmp_path, report=printed.append) as app,
        internet(tmp_path) as net,
    ):
        tokens = await flows_listen(app, net)
        await the_day(app, tmp_path)
        told = await what_flows_heard(app, net)
        assert SAID in told, "the flows heard it"
        states = {row["state"] for row in (await app.call("GET", "/any/v1/messages", key=CLINICS_KEY)).json["value"]}
        assert states == {"read", "delivered", "failed"}, "the day was a whole one"
        rows = await every_row(app.storage.rows)
        names = await app.blob_names()
        contents = [await app.storage.blobs.get(CALLBACKS, name) or b"" for name in names]
        failures = [failure.text + failure.stack_trace for _, failure in app.host.failures]
    keys = [" ".join(place) for place in rows]
    columns = [value for row in rows.values() for value in row.columns.values()]
    seen = {
        "logs": [record.getMessage() for record in caplog.records],
        "log formats": [str(record.exc_text) for record in caplog.records if record.exc_text],
        "host output": [*printed, *failures],
        "queue messages": queued,
        "table keys": keys,
        "columns": [str(value) for value in columns if not isinstance(value, bytes)],
        "sealed columns": [value.decode("latin-1") for value in columns if isinstance(value, bytes)],
        "blob names": names,
        "blob contents": [content.decode("latin-1") for content in contents],
    }
    assert all(
        len(seen[place]) > 5 for place in ("logs", "queue messages", "table keys", "sealed columns", "blob names")
    )
    assert any(CLINIC in key for key in keys), "what is meant to be readable is found by this search"
    steps = [line for line in seen["logs"] if line.startswith("message_step ")]
    assert {"planned", "accepted", "read", "failed", "answered", "opted_out"} <= {
        line.partition("step=")[2].partition(" ")[0] for line in steps
    }, "every turn of a message is told"
    found = {
        (place, needle)
        for place, texts in seen.items()
        for needle in (*needles(), *tokens, SIGNATURE)
        for said in texts
        if needle in said
    }
    assert found == set()
