"""The simulated account: everything that its calls and its people change."""

from dataclasses import dataclass, field

from shared.channels.wechat.credentials import WeChatCredentials
from shared.channels.wechat.simulator.behaviours import Behaviours
from shared.channels.wechat.simulator.ledger import Ledger
from shared.channels.wechat.simulator.people import People
from shared.channels.wechat.simulator.tokens import Tokens
from shared.channels.wechat.templates import Templates
from shared.clock import Clock

DAILY_QUOTA = 100_000


@dataclass(slots=True)
class SimulatedAccount:
    credentials: WeChatCredentials
    clock: Clock
    templates: Templates
    behaviours: Behaviours
    people: People
    ledger: Ledger = field(default_factory=Ledger)
    tokens: Tokens = field(default_factory=Tokens)
    allowed_ips: frozenset[str] | None = None  # None: calls from every address are taken
    daily_quota: int = DAILY_QUOTA  # template messages a day, Beijing time
    used_quota: dict[str, int] = field(default_factory=dict)  # Beijing day -> template messages
    original_id: str = "gh_simulated0001"  # ToUserName of its callbacks
