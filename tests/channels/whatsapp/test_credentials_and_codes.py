"""Settings that are wrong are named; codes that Meta documents are known."""

from datetime import date
from typing import Any

import pytest

from shared.channels.whatsapp.codes import lookup, table
from shared.channels.whatsapp.credentials import WhatsAppCredentials
from shared.channels.whatsapp.graph_versions import end_warning
from shared.domain.outcome import ErrorClass
from shared.errors import ConfigurationError

GOOD = {
    "phone_number_id": "100000000000001",
    "business_account_id": "200000000000001",
    "access_token": "EAAtoken",
    "verify_token": "word",
    "webhook_secret": "0123456789abcdef",
    "graph_url": "",
    "graph_version": "",
}


def test_settings_become_credentials() -> None:
    read = WhatsAppCredentials.from_mapping({**GOOD, "webhook_secret": "new, old", "graph_version": "v26.0"})
    assert read.app_secrets == ("new", "old")
    assert read.verify_tokens == ("word",)
    assert (read.graph_url, read.graph_version) == ("https://graph.facebook.com", "v26.0")


@pytest.mark.parametrize(
    "name", ["phone_number_id", "business_account_id", "access_token", "verify_token", "webhook_secret"]
)
def test_a_missing_setting_is_named_as_the_operator_knows_it(name: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        WhatsAppCredentials.from_mapping({**GOOD, name: " "})
    assert [(p.field, p.message) for p in raised.value.details] == [(f"WHATSAPP_{name.upper()}", "is missing")]
    assert f"WHATSAPP_{name.upper()}" in raised.value.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("access_token", "@Microsoft.KeyVault(SecretUri=https://x)"),
        ("webhook_secret", "new,@Microsoft.KeyVault(SecretUri=https://x)"),
        ("access_token", "two words"),
        ("access_token", "t\u00f6ken"),
        ("phone_number_id", "+441632960000"),
        ("graph_url", "http://graph.facebook.com"),
        ("graph_url", "graph.facebook.com"),
        ("graph_url", "https://user:word@graph.facebook.com"),
        ("graph_url", "https://[broken"),
        ("graph_version", "25"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_told(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        WhatsAppCredentials.from_mapping({**GOOD, name: value})
    assert {p.field for p in raised.value.details} == {f"WHATSAPP_{name.upper()}"}
    assert value not in str(raised.value)


def test_plain_http_is_for_this_machine_only() -> None:
    read = WhatsAppCredentials.from_mapping({**GOOD, "graph_url": "http://127.0.0.1:8080/"})
    assert read.graph_url == "http://127.0.0.1:8080"


def test_credentials_do_not_show_their_secrets() -> None:
    shown = repr(WhatsAppCredentials.from_mapping(GOOD))
    assert not any(GOOD[name] in shown for name in ("access_token", "verify_token", "webhook_secret"))


@pytest.mark.parametrize(
    ("code", "error_class", "retryable", "throttled"),
    [
        (0, ErrorClass.AUTH, False, False),
        (2, ErrorClass.TRANSIENT, True, False),
        (4, ErrorClass.RATE, True, True),
        (100, ErrorClass.REQUEST, False, False),
        (190, ErrorClass.AUTH, False, False),
        (200, ErrorClass.AUTH, False, False),
        (299, ErrorClass.AUTH, False, False),
        (80007, ErrorClass.RATE, True, True),
        (130429, ErrorClass.RATE, True, True),
        (130472, ErrorClass.NOT_NOW, False, False),
        (131026, ErrorClass.RECIPIENT, False, False),
        (131042, ErrorClass.ACCOUNT, False, False),
        (131047, ErrorClass.WINDOW, False, False),
        (131048, ErrorClass.ACCOUNT, False, False),
        (131049, ErrorClass.NOT_NOW, False, False),
        (131050, ErrorClass.OPTED_OUT, False, False),
        (131053, ErrorClass.MEDIA, False, False),
        (131056, ErrorClass.PAIR_RATE, True, True),
        (131062, ErrorClass.IDENTITY, False, False),
        (132000, ErrorClass.TEMPLATE, False, False),
        (132015, ErrorClass.TEMPLATE, False, False),
        (137000, ErrorClass.IDENTITY, False, False),
        (300, ErrorClass.OTHER, False, False),
    ],
)
def test_a_code_asks_this_of_us(code: int, error_class: ErrorClass, retryable: bool, throttled: bool) -> None:
    known = lookup(code)
    assert (known.code, known.error_class, known.retryable, known.throttled) == (
        str(code), error_class, retryable, throttled,
    )  # fmt: skip


def test_every_code_of_the_providers_table_is_there_with_words_for_an_operator() -> None:
    documented = """0 3 10 190 200 33 131005 1 2 4 80007 130429 131000 131016 131057 133004 133016 131056 131026 131021
        131030 130497 131050 130472 131049 131047 132000 132001 132005 132007 132008 132012 132015 132016 132018 132068
        132069 131063 134100 134101 134102 368 131031 131042 131045 133010 131037 131048 131064 100 131008 131009 131051
        135000 131052 131053 137000 131062"""
    assert set(map(int, documented.split())) <= table().keys()
    assert all(row.action.endswith(".") and row.name and row.http >= 400 for row in table().values())


@pytest.mark.parametrize(
    ("version", "today", "says"),
    [
        ("v25.0", date(2026, 11, 20), ""),
        ("v21.0", date(2026, 11, 20), "ends on 2027-01-21"),
        ("v20.0", date(2026, 11, 20), "ended on 2026-09-24"),
        ("v26.0", date(2030, 1, 1), ""),
        ("v99.0", date(2026, 11, 20), "not in our list"),
    ],
)
def test_an_ending_api_version_is_announced(version: str, today: date, says: str) -> None:
    warning: Any = end_warning(version, today)
    assert says in warning if says else warning == ""
