"""The channels that exist, and their provider accounts. A new channel is one folder and one entry in CHANNELS."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from shared.channels.contract import Callback, Channel
from shared.clock import Clock
from shared.domain.clinic import AddressKind
from shared.domain.pace import PaceRule
from shared.errors import NotFound
from shared.services.clinics import DEFAULT_ACCOUNT
from shared.settings import Settings
from shared.storage.contract import Clinics

if TYPE_CHECKING:
    import httpx

ANY_CHANNEL = "any"
AUTO_CHANNEL = "auto"  # the clinic's own channels in its order, where one is to be chosen
MOCK_URL = "https://mock.example/"  # where a mock provider believes that callbacks go: they never leave the process

type Post = Callable[[str, Mapping[str, str], bytes], Awaitable[tuple[int, str]]]
"""Takes a callback (URL, headers, body) and gives the answer's status and text."""


class Providers(Protocol):
    """How providers are reached: over the network, or simulated in this process."""

    def client(self, channel: str, account: str, secrets: Mapping[str, str]) -> "httpx.AsyncClient": ...


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """A channel that exists: what it needs to reach a patient, where its settings are, how it is made."""

    address_kind: AddressKind
    settings_prefix: str
    open_channel: "Callable[[Mapping[str, str], str, httpx.AsyncClient, Clock], Channel]"
    open_callback: Callable[[Mapping[str, str], str], Callback]
    mock: "Callable[[Mapping[str, str], Post, Clock], httpx.AsyncBaseTransport]"
    mock_secrets: Mapping[str, str]  # for mock mode where the settings have none
    pace: PaceRule  # of an account whose clinics ask for no other
    webhook: bool = True


def _whatsapp(secrets: Mapping[str, str], account: str, http: "httpx.AsyncClient", clock: Clock) -> Channel:
    from shared.channels.whatsapp.client import WhatsAppChannel
    from shared.channels.whatsapp.credentials import WhatsAppCredentials

    return WhatsAppChannel(WhatsAppCredentials.from_mapping(secrets), http, account, clock)


def _whatsapp_callback(secrets: Mapping[str, str], account: str) -> Callback:
    from shared.channels.whatsapp.callback import WhatsAppCallback
    from shared.channels.whatsapp.credentials import WhatsAppCredentials

    return WhatsAppCallback(WhatsAppCredentials.from_mapping(secrets), account)


def _whatsapp_mock(secrets: Mapping[str, str], post: Post, clock: Clock) -> "httpx.AsyncBaseTransport":
    from shared.channels.whatsapp.credentials import WhatsAppCredentials
    from shared.channels.whatsapp.simulator import WhatsAppSimulator

    async def status_of(url: str, headers: Mapping[str, str], body: bytes) -> int:
        return (await post(url, headers, body))[0]

    credentials = WhatsAppCredentials.from_mapping(secrets)
    return WhatsAppSimulator(credentials, webhook_url=MOCK_URL, post=status_of, clock=clock).transport


def _wechat(secrets: Mapping[str, str], account: str, http: "httpx.AsyncClient", clock: Clock) -> Channel:
    from shared.channels.wechat.client import WeChatChannel
    from shared.channels.wechat.credentials import WeChatCredentials

    return WeChatChannel(WeChatCredentials.from_mapping(secrets), http, clock, account)


def _wechat_callback(secrets: Mapping[str, str], account: str) -> Callback:
    from shared.channels.wechat.callback import WeChatCallback
    from shared.channels.wechat.credentials import WeChatCredentials

    return WeChatCallback(WeChatCredentials.from_mapping(secrets), account)


def _wechat_mock(secrets: Mapping[str, str], post: Post, clock: Clock) -> "httpx.AsyncBaseTransport":
    from shared.channels.wechat.credentials import WeChatCredentials
    from shared.channels.wechat.simulator import WeChatSimulator

    return WeChatSimulator(WeChatCredentials.from_mapping(secrets), clock, MOCK_URL, post=post).transport()


_ADDRESSES = frozenset({"graph_url", "graph_version", "api_url"})  # all an account may have of the default account's
_MOCK = "mock-mode"  # every secret of a simulated account

CHANNELS: Mapping[str, ChannelKind] = {
    "whatsapp": ChannelKind(
        AddressKind.PHONE,
        "WHATSAPP_",
        _whatsapp,
        _whatsapp_callback,
        _whatsapp_mock,
        {
            "phone_number_id": "1",
            "business_account_id": "2",
            "access_token": _MOCK,
            "verify_token": _MOCK,
            "webhook_secret": _MOCK,
        },
        PaceRule(80),  # messages per second and number (Cloud API, Throughput)
    ),
    "wechat": ChannelKind(
        AddressKind.OPENID,
        "WECHAT_",
        _wechat,
        _wechat_callback,
        _wechat_mock,
        {"app_id": "wx0000000000000000", "app_secret": _MOCK, "token": _MOCK},
        # 100,000 template messages a day (Service Account, Template Messages).
        # No rate per second is documented: 100/s was reported to pass, 400 at once to be refused.
        PaceRule(20, per_day=100_000, day="Asia/Shanghai"),
    ),
}
"""A new channel is one folder and one line here."""

WEBHOOK_CHANNELS = tuple(name for name, kind in CHANNELS.items() if kind.webhook)


def known_channel(name: str, *, any_too: bool = False, auto_too: bool = False) -> str:
    """Raises NotFound for a channel that does not exist (`any` counts only in lists, `auto` where one is chosen)."""
    if name in CHANNELS or (any_too and name == ANY_CHANNEL) or (auto_too and name == AUTO_CHANNEL):
        return name
    raise NotFound("There is no such channel.")


def one_channel(name: str) -> str:
    """The channel that a list is about; empty for `any` and `auto`."""
    return "" if name in (ANY_CHANNEL, AUTO_CHANNEL) else name


def standard_pace(name: str) -> PaceRule:
    """Of a channel that went away too: what waits for it must not stop the others."""
    kind = CHANNELS.get(name)
    return kind.pace if kind else PaceRule(1)


class Accounts:
    """Channels and callbacks by name and account, each made once. The default account's secrets are app settings, the
    others' stand in the settings store."""

    def __init__(self, settings: Settings, stored: Clinics, clock: Clock, providers: Providers) -> None:
        self._settings = settings
        self._stored = stored
        self._clock = clock
        self._channels: dict[tuple[str, str], Channel] = {}
        self._callbacks: dict[tuple[str, str], Callback] = {}
        self._providers = providers

    async def channel(self, name: str, account: str) -> Channel:
        """Raises NotFound for an unknown channel, ConfigurationError for an account without credentials."""
        if (name, account) not in self._channels:
            kind, secrets = CHANNELS[known_channel(name)], await self._secrets(name, account)
            if (name, account) not in self._channels:  # nobody made it meanwhile: one token, one simulator
                http = self._providers.client(name, account, secrets)
                self._channels[name, account] = kind.open_channel(secrets, account, http, self._clock)
        return self._channels[name, account]

    async def callback(self, name: str, account: str) -> Callback:
        made = self._callbacks.get((name, account))
        if made is None:
            made = CHANNELS[known_channel(name)].open_callback(await self._secrets(name, account), account)
            self._callbacks[name, account] = made
        return made

    def names(self, channel: str) -> frozenset[str]:
        """Of the settings that an account of the channel may have. Raises NotFound."""
        return frozenset(self._settings.group(CHANNELS[known_channel(channel)].settings_prefix))

    def check(self, channel: str, account: str, secrets: Mapping[str, str]) -> None:
        """Raises ConfigurationError that names every one that is missing or wrong, never a value; NotFound."""
        kind = CHANNELS[known_channel(channel)]
        own = self._settings.group(kind.settings_prefix)
        kind.open_callback(_whole(own, secrets), account)

    async def _secrets(self, name: str, account: str) -> Mapping[str, str]:
        own = self._settings.group(CHANNELS[name].settings_prefix)
        if self._settings.mock:
            return {**own, **{key: own.get(key) or value for key, value in CHANNELS[name].mock_secrets.items()}}
        if account == DEFAULT_ACCOUNT:
            return own
        secrets = await self._stored.account(name, account)
        if secrets is None:
            raise NotFound("There is no such account.")
        return _whole(own, secrets)


def _whole(own: Mapping[str, str], secrets: Mapping[str, str]) -> Mapping[str, str]:
    """Those of an account with the addresses of the default one."""
    return {**{key: own[key] for key in own.keys() & _ADDRESSES}, **secrets}
