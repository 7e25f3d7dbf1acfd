"""The way out to subscribers, built when somebody subscribes or is to be told: most processes never do either."""

from typing import TYPE_CHECKING

from shared.clock import Clock
from shared.settings import Settings
from shared.subscribers.contract import Answered, NotPosted
from shared.wiring.providers import Network

if TYPE_CHECKING:
    from shared.subscribers.poster import Poster


class CheckedSubscribers:
    """Implements `subscribers.contract.Subscribers`. Raises ConfigurationError for a list of hosts that is none."""

    def __init__(self, settings: Settings, network: Network, clock: Clock) -> None:
        self._settings = settings
        self._network = network
        self._clock = clock
        self._poster: Poster | None = None

    async def check(self, callback_url: str) -> None:
        await self._made().check(callback_url)

    async def post(self, callback_url: str, body: bytes) -> Answered | NotPosted:
        return await self._made().post(callback_url, body)

    def _made(self) -> "Poster":
        if self._poster is None:
            from shared.subscribers.callback_url import read_domains
            from shared.subscribers.poster import Poster

            domains = read_domains(self._settings.subscriber_hosts)
            self._poster = Poster(domains, self._network.tls(), self._clock)
        return self._poster
