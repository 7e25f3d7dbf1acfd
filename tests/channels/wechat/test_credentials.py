from __future__ import annotations

import pytest

from shared.channels.wechat.credentials import CallbackMode, WeChatCredentials
from shared.errors import ConfigurationError
from tests.channels.wechat.samples import AES_KEY, OTHER_AES_KEY, credentials


def test_an_aes_key_means_secure_mode_and_none_means_plain() -> None:
    assert credentials().callback_mode is CallbackMode.SECURE
    assert credentials(encoding_aes_key="").callback_mode is CallbackMode.PLAIN


def test_two_values_may_stand_side_by_side_while_they_rotate() -> None:
    both = credentials(token="newtoken, oldtoken", encoding_aes_key=f"{AES_KEY},{OTHER_AES_KEY}")
    assert both.tokens == ("newtoken", "oldtoken")
    assert [len(key) for key in both.aes_keys] == [32, 32]


def test_the_address_of_wechat_is_the_default() -> None:
    assert credentials(api_url="").api_url == "https://api.weixin.qq.com"
    assert credentials(api_url="http://127.0.0.1:9/").api_url == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"app_id": ""}, "WECHAT_APP_ID is not set"),
        ({"app_secret": "  "}, "WECHAT_APP_SECRET is not set"),
        ({"app_secret": "@Microsoft.KeyVault(SecretUri=https://v)"}, "WECHAT_APP_SECRET is an unresolved Key Vault"),
        ({"token": ""}, "WECHAT_TOKEN is not set"),
        ({"token": "a,b,c"}, "WECHAT_TOKEN may hold two values"),
        ({"encoding_aes_key": "too-short"}, "WECHAT_ENCODING_AES_KEY is not an EncodingAESKey"),
        ({"encoding_aes_key": "!" * 43}, "WECHAT_ENCODING_AES_KEY is not an EncodingAESKey"),
        ({"encoding_aes_key": "", "callback_mode": "secure"}, "WECHAT_ENCODING_AES_KEY is needed"),
        ({"callback_mode": "loose"}, "WECHAT_CALLBACK_MODE is none of"),
        ({"api_url": "api.weixin.qq.com"}, "WECHAT_API_URL is not an address"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        credentials(**settings)
    assert said in raised.value.message


def test_every_wrong_setting_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as raised:
        WeChatCredentials.from_mapping({})
    assert [problem.field for problem in raised.value.details] == ["token", "app_id", "app_secret"]


def test_secrets_are_not_shown() -> None:
    shown = repr(credentials())
    assert "simulated-secret" not in shown
    assert "simulatedtoken" not in shown
    assert "0123456789abcdef" not in shown
