"""What simulated patients do: follow, leave, scan, write, press. Each makes the callback that WeChat would make."""

from collections.abc import Awaitable, Callable, Mapping
from itertools import count

from shared.channels.wechat.simulator.account import SimulatedAccount
from shared.channels.wechat.simulator.pushes import Push

_MakePush = Callable[[Mapping[str, str]], Awaitable[Push | None]]


class Actions:
    """Every action gives what came of its callback; None where no webhook is set."""

    def __init__(self, account: SimulatedAccount, push: _MakePush) -> None:
        self._account = account
        self._push = push
        self._message_ids = count(24_000_000_000_000_001)

    async def follow(self, openid: str, scene: str = "") -> Push | None:
        """Follows the account, by the QR code of `scene` if there is one."""
        person, now = self._account.people.meet(openid), self._account.clock.now()
        person.follows, person.followed_at, person.scene = True, now, scene
        person.acted(now)
        ticket = {"EventKey": f"qrscene_{scene}", "Ticket": "simulated-ticket"} if scene else {"EventKey": ""}
        return await self._push(self.event(openid, "subscribe", **ticket))

    async def unfollow(self, openid: str) -> Push | None:
        self._account.people.meet(openid).follows = False
        return await self._push(self.event(openid, "unsubscribe", EventKey=""))

    async def scan(self, openid: str, scene: str) -> Push | None:
        """Scans a QR code of ours; who does not follow yet, follows by it."""
        person = self._account.people.meet(openid)
        if not person.follows:
            return await self.follow(openid, scene)
        person.acted(self._account.clock.now())
        return await self._push(self.event(openid, "SCAN", EventKey=scene, Ticket="simulated-ticket"))

    async def press(self, openid: str, key: str) -> Push | None:
        """Presses an entry of the account's menu."""
        self._account.people.meet(openid).acted(self._account.clock.now())
        return await self._push(self.event(openid, "CLICK", EventKey=key))

    async def write(self, openid: str, text: str) -> Push | None:
        self._account.people.meet(openid).wrote(self._account.clock.now())
        fields = self._envelope(openid, "text") | {"Content": text, "MsgId": str(next(self._message_ids))}
        return await self._push(fields)

    def block(self, openid: str, *, blocks: bool = True) -> None:
        """Turns the account's messages off: sends are taken, receipts say `failed:user block`."""
        self._account.people.meet(openid).blocks = blocks

    def event(self, openid: str, name: str, **more: str) -> dict[str, str]:
        """The fields of an event that happens now."""
        return self._envelope(openid, "event") | {"Event": name} | more

    def _envelope(self, openid: str, kind: str) -> dict[str, str]:
        return {
            "ToUserName": self._account.original_id,
            "FromUserName": openid,
            "CreateTime": str(int(self._account.clock.now().timestamp())),
            "MsgType": kind,
        }
