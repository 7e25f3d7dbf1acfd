"""A flow subscribes, hears what happens over real TLS, and unsubscribes: through the running app."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure.functions as func
import pytest

from functions import subscriptions
from infra.power_platform.generator.files import CONNECTORS
from shared.domain.topics import Topic
from tests.functions.conftest import CLINIC, CLINICS_KEY, PUBLIC_URL, RunningApp
from tests.power_platform.machine import Connection, Refused, over_http
from tests.services.rows import every_row
from tests.subscribers.listener import URL, Internet, internet

TRIGGERS = {
    Topic.MESSAGE_SENT: "WhenAMessageIsSent",
    Topic.MESSAGE_STATUS: "WhenAMessageStatusChanges",
    Topic.MESSAGE_FAILED: "WhenAMessageFails",
    Topic.PATIENT_REPLY: "WhenAPatientReplies",
    Topic.PATIENT_OPTED_OUT: "WhenAPatientOptsOut",
}
PHONE = "+447700900471"


@pytest.fixture
async def net(app: RunningApp, tmp_path: Path) -> AsyncIterator[Internet]:
    """The internet as the app reaches it: names and authority are the test's own, the guard is the app's."""
    async with internet(tmp_path) as made:
        await app.reach_subscribers_by(made.poster)
        yield made


@pytest.fixture
def connector(app: RunningApp) -> Connection:
    swagger = json.loads((CONNECTORS / "whatsapp" / "apiDefinition.swagger.json").read_text(encoding="utf-8"))
    return Connection(swagger, app.host.url, CLINICS_KEY, over_http(app.session), public_url=PUBLIC_URL)


async def told(app: RunningApp, net: Internet, at_least: int) -> list[Mapping[str, Any]]:
    """What has arrived, once the timer and the queue have had their turns."""
    for _ in range(60):
        await app.host.fire("feed_subscribers")
        await app.idle()
        if len(net.listener.asked) >= at_least:
            break
        await app.a_moment()
    return [json.loads(asked.body) for asked in net.listener.asked]


async def test_all_that_happens_to_a_message_and_its_answer_reaches_the_flows(
    app: RunningApp, net: Internet, connector: Connection
) -> None:
    places = {topic: await connector.subscribe(name, f"{URL}&of={topic}") for topic, name in TRIGGERS.items()}
    await app.whatsapp.patients.write(PHONE, "Hello?")  # opens the window in which free text arrives
    await app.settled()
    taken = await connector.run("SendMessage", to=PHONE, text={"body": "A word that no flow needs"})
    await app.host.fire("release_due")
    await app.settled()
    await app.whatsapp.patients.write(PHONE, "STOP")
    await app.settled()
    news = await told(app, net, 7)
    by_topic = {topic: [one for one in news if one["event"] == topic] for topic in Topic}
    for topic, name in TRIGGERS.items():
        for one in by_topic[topic]:
            connector.check_notification(name, one)
    [sent] = by_topic[Topic.MESSAGE_SENT]
    assert (sent["message"]["id"], sent["clinicId"]) == (taken["id"], CLINIC)
    ours = [one for one in by_topic[Topic.MESSAGE_STATUS] if one["message"]["id"] == taken["id"]]
    assert {one["eventState"] for one in ours} >= {"sent", "delivered", "read"}
    assert by_topic[Topic.MESSAGE_FAILED] == []
    assert "STOP" in {one["text"] for one in by_topic[Topic.PATIENT_REPLY]}
    assert [one["source"] for one in by_topic[Topic.PATIENT_OPTED_OUT]] == ["stop"]
    assert "no flow needs" not in json.dumps(news)
    for place in places.values():
        assert await connector.unsubscribe(place, with_key=False) == 204
    stored = await every_row(app.storage.rows, "subscriptions")
    assert all(row.columns["ended_why"] == "unsubscribed" for row in stored.values())


async def test_the_place_is_absolute_and_ends_one_subscription_with_or_without_the_key(
    app: RunningApp, net: Internet, connector: Connection
) -> None:
    first = await connector.subscribe("WhenAMessageIsSent", URL)
    second = await connector.subscribe("WhenAMessageIsSent", URL, clinicId=CLINIC, channel="any")
    assert first.startswith(f"{PUBLIC_URL}/api/whatsapp/v1/subscriptions/")
    assert len({*first.split("/")[-2:], *second.split("/")[-2:]}) == 4
    for place, with_key in ((first, True), (second, False)):
        for _ in range(2):  # the platform may say it again
            assert await connector.unsubscribe(place, with_key=with_key) == 204
    assert await connector.unsubscribe(first[:-1], with_key=False) == 404  # can be none of ours


async def test_an_answer_says_what_was_subscribed_to_and_no_secret(app: RunningApp, net: Internet) -> None:
    path = f"/whatsapp/v1/triggers/{Topic.PATIENT_REPLY}/subscriptions"
    answer = await app.call("POST", path, key=CLINICS_KEY, json={"callbackUrl": URL, "channel": "any"})
    assert answer.status == 201
    assert answer.json == {
        "id": answer.json["id"],
        "event": "patient-reply",
        "clinicId": CLINIC,
        "channel": "any",
    }
    assert answer.headers["Location"].rpartition("/")[2] not in answer.text


@pytest.mark.parametrize(
    ("setting", "asked", "base"),
    [
        ("", "https://app.azurewebsites.net/api/x?code=1", "https://app.azurewebsites.net"),
        ("", "http://127.0.0.1:7071/api/x", "http://127.0.0.1:7071"),
        ("https://messages.example", "https://app.azurewebsites.net/api/x", "https://messages.example"),
    ],
)
def test_the_place_is_where_callers_see_the_app_whatever_a_forwarding_header_says(
    setting: str, asked: str, base: str
) -> None:
    forged = {"X-Forwarded-Host": "example.org", "X-Original-Host": "example.org", "Forwarded": "host=example.org"}
    request = func.HttpRequest("POST", asked, headers=forged, body=b"")
    assert subscriptions._base(SimpleNamespace(public_url=setting), request) == base


BAD: list[tuple[dict[str, Any], int]] = [
    ({}, 400),
    ({"callbackUrl": None}, 400),
    ({"callbackUrl": 7}, 400),
    ({"callbackUrl": ""}, 400),
    ({"callbackUrl": "https://example.org/w"}, 400),
    ({"callbackUrl": "http://prod-01.westeurope.logic.azure.com/w"}, 400),
    ({"callbackUrl": "https://169.254.169.254/metadata"}, 400),
    ({"callbackUrl": URL + "w" * 20_000}, 400),
    ({"callbackUrl": URL, "clinicId": "lakeside"}, 403),
    ({"callbackUrl": URL, "channel": "pigeon"}, 404),
    ({"callbackUrl": URL, "more": 1}, 400),
]


@pytest.mark.parametrize(("body", "status"), BAD)
async def test_what_cannot_be_subscribed_is_refused_in_words(
    app: RunningApp, net: Internet, body: dict[str, Any], status: int
) -> None:
    before = len(await every_row(app.storage.rows, "subscriptions"))
    path = f"/whatsapp/v1/triggers/{Topic.MESSAGE_SENT}/subscriptions"
    answer = await app.call("POST", path, key=CLINICS_KEY, json=body)
    assert (answer.status, bool(answer.json["error"]["message"])) == (status, True)
    assert "sig=" not in answer.text
    assert len(await every_row(app.storage.rows, "subscriptions")) == before


async def test_an_event_that_there_is_not_cannot_be_subscribed_to(app: RunningApp, net: Internet) -> None:
    path = "/whatsapp/v1/triggers/message-lost/subscriptions"
    assert (await app.call("POST", path, key=CLINICS_KEY, json={"callbackUrl": URL})).status == 404


async def test_what_the_maker_named_wrongly_is_refused_by_the_connector(connector: Connection, net: Internet) -> None:
    with pytest.raises(Refused, match="Power Automate"):
        await connector.subscribe("WhenAMessageIsSent", "https://example.org/w")
