"""Which callback URLs may be used at all."""

from __future__ import annotations

import pytest

from shared.errors import ConfigurationError, InvalidInput
from shared.settings import read_settings
from shared.subscribers.callback_url import LONGEST, read_callback_url, read_domains
from tests.world import SETTINGS

SHIPPED = read_domains(read_settings(SETTINGS).subscriber_hosts)
FLOW = "https://prod-01.westeurope.logic.azure.com:443/workflows/0a/triggers/manual/paths/invoke?api-version=2016&sig=a_B-c"
NEW_FLOW = (
    "https://default0a1b.9f.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/1/x?sig=%2F"
)


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        (FLOW, "prod-01.westeurope.logic.azure.com", FLOW.partition(":443")[2]),
        (NEW_FLOW, "default0a1b.9f.environment.api.powerplatform.com", NEW_FLOW.partition(".com")[2]),
        ("https://prod-05.chinaeast2.logic.azure.cn/w?sig=1", "prod-05.chinaeast2.logic.azure.cn", "/w?sig=1"),
        (
            "https://x.environment.api.powerplatform.partner.microsoftonline.cn/w",
            "x.environment.api.powerplatform.partner.microsoftonline.cn",
            "/w",
        ),
        ("HTTPS://Prod-01.LOGIC.Azure.COM/W?Sig=Aa", "prod-01.logic.azure.com", "/W?Sig=Aa"),
        ("https://prod-01.logic.azure.com./w", "prod-01.logic.azure.com", "/w"),
        ("https://xn--prd-zna.logic.azure.com/w", "xn--prd-zna.logic.azure.com", "/w"),  # a name of theirs all the same
        ("https://logic.azure.com/w//../%2e%2e/w", "logic.azure.com", "/w//../%2e%2e/w"),  # a path goes as it came
    ],
)
def test_what_the_platform_makes_is_taken_byte_for_byte(url: str, host: str, target: str) -> None:
    read = read_callback_url(url, SHIPPED)
    assert (read.host, read.port, read.target) == (host, 443, target.encode())


BAD = [
    "",
    " ",
    "https://",
    "logic.azure.com/w",
    "//prod-01.logic.azure.com/w",
    "http://prod-01.logic.azure.com/w",
    "ftp://prod-01.logic.azure.com/w",
    "file:///etc/passwd",
    "javascript://prod-01.logic.azure.com/%0aalert(1)",
    "https:prod-01.logic.azure.com/w",
    "https:/prod-01.logic.azure.com/w",
    "https:///prod-01.logic.azure.com/w",
    "https://prod-01.logic.azure.com",  # no path: no callback of theirs
    "https://prod-01.logic.azure.com?sig=1",
    # another host
    "https://example.org/w",
    "https://logic.azure.com.example.org/w",
    "https://evillogic.azure.com/w",
    "https://azure.com/w",
    "https://management.azure.com/w",
    "https://api.powerplatform.com.cn/w",
    "https://localhost/w",
    "https://azure/w",
    # a user, or what looks like one
    "https://prod-01.logic.azure.com@example.org/w",
    "https://user@prod-01.logic.azure.com/w",
    "https://user:word@prod-01.logic.azure.com/w",
    "https://:@prod-01.logic.azure.com/w",
    # what readers disagree about
    "https://example.org\\@prod-01.logic.azure.com/w",
    "https://example.org\\.logic.azure.com/w",
    "https://example.org#.logic.azure.com/w",
    "https://example.org?.logic.azure.com/w",
    "https://example.org/.logic.azure.com/w",
    "https://prod-01.logic.azure.com/w#fragment",
    "https://prod-01.logic.azure.com/w\\..\\x",
    "https://prod-01.logic.azure.com/w\r\nHost: example.org",
    "https://prod-01.logic.azure.com\t/w",
    " https://prod-01.logic.azure.com/w",
    "https://prod-01.logic.azure.com/w\n",
    "https://prod-01.logic.azure.com/w x",
    "https://prod-01.logic.azure.com%2eexample.org/w",
    "https://prod-01%2elogic.azure.com/w",
    "https://prod-01.logic.azure.com%00.example.org/w",
    "https://prod-01.logic.azure.com\x00.example.org/w",
    # letters that look like others, or become them
    "https://ｐｒｏｄ.logic.azure.com/w",
    "https://prod-01.logic.аzure.com/w",  # a Cyrillic a
    "https://prod-01.logic。azure。com/w",
    "https://prod-01.logic.azure.com/wä",
    "https://pro\u00add.logic.azure.com/w",
    # addresses in every spelling
    "https://127.0.0.1/w",
    "https://[::1]/w",
    "https://[::ffff:169.254.169.254]/w",
    "https://2130706433/w",
    "https://0x7f.0.0.1/w",
    "https://0177.0.0.1/w",
    "https://127.1/w",
    "https://169.254.169.254/metadata/instance",
    # ports
    "https://prod-01.logic.azure.com:80/w",
    "https://prod-01.logic.azure.com:8443/w",
    "https://prod-01.logic.azure.com:0/w",
    "https://prod-01.logic.azure.com:/w",
    "https://prod-01.logic.azure.com:99999999/w",
    "https://prod-01.logic.azure.com:443:443/w",
    "https://prod-01.logic.azure.com:+443/w",
    # labels that are none
    "https://.logic.azure.com/w",
    "https://..logic.azure.com/w",
    "https://prod-01..logic.azure.com/w",
    "https://-prod.logic.azure.com/w",
    "https://prod-.logic.azure.com/w",
    "https://prod_01.logic.azure.com/w",
    "https://prod-01.logic.azure.com../w",
    "https://*.logic.azure.com/w",
    f"https://{'a' * 64}.logic.azure.com/w",
    f"https://{'a.' * 130}logic.azure.com/w",
    "https://prod-01.logic.azure.com/" + "w" * LONGEST,
]


@pytest.mark.parametrize("url", BAD)
def test_everything_else_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_callback_url(url, SHIPPED)
    assert [problem.field for problem in refused.value.details] == ["callbackUrl"]
    assert len(url) < 12 or url not in refused.value.message


def test_another_port_is_allowed_where_the_list_says_so_and_only_there() -> None:
    domains = read_domains("flows.example:8443, logic.azure.com")
    assert read_callback_url("https://one.flows.example:8443/w", domains).port == 8443
    for url in ("https://one.flows.example/w", "https://one.logic.azure.com:8443/w"):
        with pytest.raises(InvalidInput):
            read_callback_url(url, domains)


@pytest.mark.parametrize(
    "text", ["com", "https://logic.azure.com", "*.azure.com", "10.0.0.1", "[::1]", "azure.com:x", "azure com", "."]
)
def test_a_list_that_would_allow_too_much_or_nothing_is_a_wrong_setting(text: str) -> None:
    if text == ".":
        assert read_domains(text) == []  # nothing may be told
        return
    with pytest.raises(ConfigurationError):
        read_domains(text)


def test_a_url_never_shows_itself() -> None:
    assert "sig" not in repr(read_callback_url(FLOW, SHIPPED))
