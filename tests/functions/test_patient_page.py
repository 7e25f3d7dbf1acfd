"""The patient's page over HTTP: its headers, its methods, and what it keeps to itself."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator

import pytest

from infra.local.azurite import Azurite
from tests.functions.conftest import Answer, RunningApp
from tests.functions.form import forms


@pytest.fixture(scope="module")
async def opened(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[RunningApp, str]]:
    """An app, and the path of a page that leads to a code."""
    async with forms(azurite.empty_account(), tmp_path_factory.mktemp("page")) as form:
        _, path = await form.delivered()
        yield form.app, path


def check_headers(answer: Answer) -> None:
    said = {name.lower(): value for name, value in answer.headers.items()}
    assert said["content-type"] == "text/html; charset=utf-8"
    assert said["cache-control"] == "no-store"
    assert said["referrer-policy"] == "no-referrer"
    assert said["x-content-type-options"] == "nosniff"
    assert "noindex" in said["x-robots-tag"]
    assert "set-cookie" not in said
    policy = dict(part.strip().partition(" ")[::2] for part in said["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["style-src"].startswith("'sha256-")
    assert "script-src" not in policy, "none at all"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_every_answer_has_the_strict_headers(opened: tuple[RunningApp, str], method: str) -> None:
    app, path = opened
    for where, status in ((path, 200), ("/p/" + "A" * 32, 404), ("/p/x", 404)):
        answer = await app.call(method, where, key=None, **({"data": {}} if method == "POST" else {}))
        assert answer.status == status
        check_headers(answer)
        assert (answer.text == "") == (method == "HEAD")


async def test_a_page_holds_nothing_from_elsewhere_and_no_script(opened: tuple[RunningApp, str]) -> None:
    app, path = opened
    for answer in (await app.call("GET", path, key=None), await app.call("POST", path, key=None, data={})):
        lower = answer.text.lower()
        for foreign in ("<script", "javascript:", "http://", "https://", "src=", "@import", "url(", "style="):
            assert foreign not in lower, foreign
        assert not re.search(r"<[^>]* on[a-z]+=", lower), "no handler either"


async def test_a_get_shows_no_code_and_a_post_does(opened: tuple[RunningApp, str]) -> None:
    app, path = opened
    for language in ("", "?lang=hi", "?lang=zh-Hans"):
        assert "24F5DA" not in (await app.call("GET", path + language, key=None)).text
    answer = await app.call("POST", path, key=None, data={"lang": "zh-Hant"})
    assert "24F5DA" in answer.text
    assert '<html lang="zh-Hant">' in answer.text


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"a=1&" * 5_000, "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"lang=" + b"%3Cscript%3E", "application/x-www-form-urlencoded"),
    ],
)
async def test_a_strange_form_is_an_empty_one(opened: tuple[RunningApp, str], data: bytes, content_type: str) -> None:
    app, path = opened
    answer = await app.call("POST", path, key=None, data=data, headers={"content-type": content_type})
    assert answer.status == 200
    assert "<script" not in answer.text.lower()
    assert '<html lang="en">' in answer.text


async def test_other_methods_are_none_of_its_own(opened: tuple[RunningApp, str]) -> None:
    app, path = opened
    for method in ("PUT", "DELETE", "PATCH"):
        assert (await app.call(method, path, key=None)).status == 404


async def test_no_token_stands_in_a_log(opened: tuple[RunningApp, str], caplog: pytest.LogCaptureFixture) -> None:
    app, path = opened
    caplog.set_level(logging.INFO, logger="functions")
    caplog.set_level(logging.INFO, logger="shared")
    for method in ("GET", "POST"):
        await app.call(method, path, key=None)
    await app.call("GET", "/p/" + "B" * 32, key=None)
    token = path.rpartition("/")[2]
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("functions", "shared"))]
    assert not [line for line in ours if token in line or "BBBB" in line]


async def test_where_storage_does_not_answer_the_page_says_so_in_words(
    opened: tuple[RunningApp, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.errors import StorageUnavailable
    from shared.storage.prescriptions import TablePrescriptions

    async def silent(*_: object) -> None:
        raise StorageUnavailable("The store did not answer.")

    app, path = opened
    monkeypatch.setattr(TablePrescriptions, "page", silent)
    answer = await app.call("GET", path, key=None, headers={"accept-language": "hi-IN,en;q=0.5"})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    check_headers(answer)
    assert "कृपया" in answer.text
