"""Every check of the smoke test passes where the app answers as it should, and is seen to fail where it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from aiohttp import web

from functions.interface.table import OPERATIONS
from infra.azure.smoke.callers import KEY_SETTING, path_of
from infra.azure.smoke.check import Ended, results
from infra.azure.smoke.checks import CHECKS
from infra.azure.smoke.target import Target
from infra.local.commands import smoke
from shared.domain.api_key import is_mistyped
from shared.pages.prescription import headers
from tests.infra.azure.smoke.conftest import KEY, LikeTheApp, Reply, account, refusal


async def looked_at(server: LikeTheApp, key: str = KEY, **how: object) -> dict[str, tuple[Ended, str]]:
    """As somebody on another machine, who expects everything to be shut."""

    def look() -> dict[str, tuple[Ended, str]]:
        with Target(server.url, key, **{"local": False, **how}) as target:  # type: ignore[arg-type]
            return {result.check.name: (result.ended, result.said) for result in results(target, CHECKS)}

    return await asyncio.to_thread(look)


def always(status: int, text: str = "", **more: str) -> Reply:
    return lambda _: web.Response(status=status, text=text, headers=more)


def json(body: Mapping[str, object]) -> Reply:
    return lambda _: web.json_response(body)


def page(status: int = 404, **changes: str) -> Reply:
    return lambda _: web.Response(status=status, text="gone", headers={**headers(), **changes})


def repeated(asked: web.Request) -> web.Response:
    return web.Response(status=404, text=f"no page {asked.path}", headers=headers())


def different(asked: web.Request) -> web.Response:
    return web.Response(status=404, text=str(hash(asked.path)), headers=headers())


def echoed(asked: web.Request) -> web.Response:
    return refusal(403, "callback_refused", asked.query.get("hub.challenge", ""))


# check, what is asked otherwise, what is answered then, what the check says of it
BAD = [
    ("health", "GET /api/health", always(503), "the answer was 503"),
    ("health", "GET /api/health", always(301, Location="https://elsewhere.example/"), "the answer was 301"),
    ("health", "GET /api/health", json({"status": "ok", "version": "1", "tables": ["x"]}), "something else"),
    ("host", "GET /admin/host/status", json({"state": "Running"}), "/admin/host/status: 200"),
    ("host", "GET /local.settings.json", json({"Values": {}}), "/local.settings.json: 200"),
    ("clock", "GET /api/health", always(200, Date="Fri, 20 Nov 2026 09:00:00 GMT"), "s apart"),
    ("clock", "GET /api/health", always(200, Date="noon"), "no date"),
    ("guard", "GET /api/any/v1/messages", json({"value": []}), "401 was expected; the answer was 200"),
    ("guard", "GET /api/any/v1/messages", always(401), "somebody else's"),  # platform authentication
    ("guard", "GET /api/any/v1/messages", always(302, Location="https://login.example/"), "the answer was 302"),
    ("guard", "GET /api/any/v1/messages", lambda _: refusal(401, "unauthenticated"), "WWW-Authenticate"),
    ("guard", "GET /api/any/v1/messages", lambda _: refusal(503, "configuration", "INDEX_KEY is missing"), "INDEX_KEY"),
    ("wrong key", "GET /api/any/v1/messages", always(200), "the answer was 200"),
    ("wrong key", "GET /api/any/v1/messages", lambda _: refusal(503, "storage_unavailable"), "storage_unavailable"),
    ("operations", "POST .*/reminders$", lambda _: refusal(400, "invalid_input"), "SendAppointmentReminder: 400"),
    ("operations", "POST .*/prescriptions/.*/revoke", always(404), "RevokePrescriptionReference: 404"),
    ("operations", "DELETE .*/subscriptions/", always(404, "no such subscription"), "DeleteSubscription: 404"),
    ("testconnection", "testconnection", always(401), "the answer was 401"),
    ("testconnection", "testconnection", json({"value": [account(ok=False)]}), "whatsapp:default: It works."),
    ("testconnection", "testconnection", json({"value": []}), "no clinic yet"),
    ("testconnection", "testconnection", json({"ok": True}), "not the form"),
    ("whatsapp callback", "POST /api/webhooks/whatsapp", always(200), "the answer was 200"),
    ("whatsapp callback", "POST /api/webhooks/whatsapp", always(403), "somebody else's"),
    ("whatsapp handshake", "GET /api/webhooks/whatsapp", always(200, "1158201444"), "the answer was 200"),
    ("whatsapp handshake", "GET /api/webhooks/whatsapp", echoed, "given back all the same"),
    ("wechat callback", "POST /api/webhooks/wechat", always(200, "success"), "the answer was 200"),
    ("wechat handshake", "GET /api/webhooks/wechat", always(200, "1158201444"), "the answer was 200"),
    ("wechat handshake", "signature=000", always(200, "1158201444"), "the answer was 200"),
    ("patient page", "GET /api/p/", page(200), "the answer was 200"),
    ("patient page", "GET /api/p/", page(**{"Content-Security-Policy": "default-src *"}), "Content-Security-Policy"),
    ("patient page", "GET /api/p/", page(**{"Set-Cookie": "a=b"}), "cookie"),
    ("patient page", "GET /api/p/", repeated, "repeats the token"),
    ("patient page", "GET /api/p/", different, "different pages"),
]  # fmt: skip


async def test_where_all_is_well_nothing_fails_but_what_needs_tls(server: LikeTheApp) -> None:
    found = await looked_at(server)
    assert {name for name, (ended, _) in found.items() if ended is not Ended.OK} == {"transport", "testconnection"}
    assert found["transport"] == (
        Ended.FAILED,
        "the address begins with http: secrets and patients' pages would go in the clear",
    )
    assert found["testconnection"] == (Ended.SKIPPED, "a key is not sent without TLS")
    assert KEY not in server.keys, "the key has not left this machine"
    [made_up] = server.keys - {""}
    assert made_up.startswith("pm_")
    assert not is_mistyped(made_up), "it is looked up where the keys are"


async def test_every_check_is_seen_to_fail(server: LikeTheApp) -> None:
    assert {check.name for check in CHECKS} == {name for name, *_ in BAD} | {"transport"}


@pytest.mark.parametrize(("name", "asked", "reply", "said"), BAD)
async def test_what_is_wrong_is_found(server: LikeTheApp, name: str, asked: str, reply: Reply, said: str) -> None:
    server.otherwise = {asked: reply}
    ended, text = (await looked_at(server, local=name == "testconnection"))[name]
    assert (ended, said in text) == (Ended.FAILED, True), text


async def test_every_operation_is_called_by_its_own_path(server: LikeTheApp) -> None:
    await looked_at(server)
    assert {f"{one.method} {path_of(one)}" for one in OPERATIONS.values()} <= set(server.asked)
    assert not [path for path in server.asked if "{" in path]


async def test_a_channel_that_is_not_set_up_is_skipped_unless_it_was_asked_for(server: LikeTheApp) -> None:
    server.otherwise = {"/api/webhooks/wechat": lambda _: refusal(503, "configuration", "WECHAT_APP_ID is missing")}
    found = await looked_at(server)
    assert found["wechat callback"] == (Ended.SKIPPED, "wechat is not set up here: WECHAT_APP_ID is missing")
    assert (await looked_at(server, named=frozenset({"wechat"})))["wechat callback"][0] is Ended.FAILED


async def test_nobody_there_is_said_of_each_and_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert await asyncio.to_thread(smoke.main, ["http://127.0.0.1:1"]) == 1
    said = capsys.readouterr().out
    assert "FAILED   health              no answer (ConnectError" in said
    assert "Traceback" not in said


async def test_a_key_is_taken_from_the_environment_and_never_shown(
    server: LikeTheApp, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_SETTING, KEY)
    assert await asyncio.to_thread(smoke.main, [server.url]) == 0
    said = capsys.readouterr().out
    assert "ok       testconnection      whatsapp:default" in said
    assert KEY not in said
    assert f"{len(CHECKS) - 2} ok, 2 skipped, 0 FAILED" in said


async def test_what_a_failure_means_stands_below_it(server: LikeTheApp, capsys: pytest.CaptureFixture[str]) -> None:
    server.otherwise = {"GET /api/health": always(503)}
    assert await asyncio.to_thread(smoke.main, [server.url]) == 1
    lines = capsys.readouterr().out.splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith("FAILED   health"))
    assert lines[place + 1].strip().startswith("means: the app does not run")


@pytest.mark.parametrize(
    "words",
    ["", "app.example", "ftp://app.example", "https://app.example/api", "https://user:word@app.example", "https://"],
)
def test_an_address_that_is_none_is_refused(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        smoke.main(words.split())
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_a_key_on_the_command_line_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        smoke.main(["https://app.example", "--api-key", KEY])
    assert "unrecognized arguments" in capsys.readouterr().err
