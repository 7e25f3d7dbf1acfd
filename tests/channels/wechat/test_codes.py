from __future__ import annotations

import json
from pathlib import Path

import pytest

import shared.channels.wechat
from shared.channels.wechat.client_id import client_id_of
from shared.channels.wechat.codes import RENEWS_TOKEN, Effect, error_code, failed_receipt
from shared.domain.outcome import ErrorClass

TABLE = json.loads(Path(shared.channels.wechat.__file__).with_name("codes.json").read_text(encoding="utf-8"))

DOCUMENTED = [
    *(-1, 45011, 45009, 45047, 45015),
    *(40001, 40014, 42001, 41001),
    *(40013, 40125, 40164, 48001, 50002, 61024, 89503, 89506, 89507),
    *(40003, 43004, 43019, 48002, 50005, 43101),
    *(40037, 47003, 45026, 45027, 41030, 20001),
    *(47001, 44002, 40033, 45002, 40035, 43002),
]


@pytest.mark.parametrize("code", DOCUMENTED)
def test_every_documented_code_has_a_row_that_tells_an_operator_what_to_do(code: int) -> None:
    row = error_code(code)
    assert row.code == str(code)
    assert row.meaning
    assert row.operator.endswith(".")
    assert row.error_class is not ErrorClass.OTHER


def test_a_code_of_tomorrow_is_rejected_for_good() -> None:
    row = error_code(99999)
    assert (row.error_class, row.effect, row.retryable) == (ErrorClass.OTHER, Effect.REJECTED, False)


def test_the_codes_that_renew_the_token_are_in_the_table() -> None:
    assert {error_code(code).error_class for code in RENEWS_TOKEN} == {ErrorClass.AUTH}


def test_only_proven_refusals_may_be_repeated() -> None:
    assert not any(row.get("retryable") and row.get("outcome") == "unknown" for row in TABLE["errors"].values())


@pytest.mark.parametrize("status", ["failed:user block", "failed: user block", "FAILED:User  Block"])
def test_a_blocked_account_is_understood_whatever_the_spacing(status: str) -> None:
    assert failed_receipt(status).error_class is ErrorClass.OPTED_OUT


@pytest.mark.parametrize("key", ["k", "MSG_000001", "x" * 32])
def test_a_short_key_is_the_client_msg_id_itself(key: str) -> None:
    assert client_id_of(key) == key


@pytest.mark.parametrize("key", ["x" * 33, "", "with space", "中文", "hk_2026112702_abcdefghijklmnopqrstuvwxyz"])
def test_any_other_key_becomes_32_characters_always_the_same(key: str) -> None:
    assert len(client_id_of(key)) == 32
    assert client_id_of(key) == client_id_of(key)
    assert client_id_of(key) != client_id_of(key + "x")
