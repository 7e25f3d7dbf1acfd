"""The calls that the simulated account answers, under WeChat's own paths and with its error bodies."""

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import count

from shared.channels.wechat.credentials import WeChatCredentials
from shared.channels.wechat.simulator.account import SimulatedAccount
from shared.channels.wechat.simulator.exchange import Reply, Request, error
from shared.channels.wechat.simulator.ledger import Entry
from shared.channels.wechat.simulator.sends import TemplateSends, send_text

STABLE_TOKEN = "/cgi-bin/stable_token"  # noqa: S105 - a path
OLD_TOKEN = "/cgi-bin/token"  # noqa: S105 - a path
TEMPLATE_SEND = "/cgi-bin/message/template/send"

_Posted = Callable[[Mapping[str, object]], Reply]
_Read = Callable[[Mapping[str, str]], Reply]


class Api:
    """Answers one account's calls."""

    def __init__(self, account: SimulatedAccount) -> None:
        self._account = account
        self._template_sends = TemplateSends(account)
        self._tickets = count(1)
        self._posted: Mapping[str, _Posted] = {
            "/cgi-bin/message/custom/send": lambda content: send_text(account, content),
            "/cgi-bin/qrcode/create": self._create_qr_code,
        }
        self._read: Mapping[str, _Read] = {
            "/cgi-bin/template/get_all_private_template": self._list_templates,
            "/cgi-bin/user/info": self._user_info,
            "/cgi-bin/get_api_domain_ip": lambda _: Reply({"ip_list": ["192.0.2.10", "192.0.2.11"]}),
        }

    def answer(self, request: Request) -> tuple[Reply, Entry | None]:
        """The reply, and the ledger's entry if a new template message was taken."""
        if request.path in (STABLE_TOKEN, OLD_TOKEN):
            return self._token(request), None
        if (refusal := self._refusal(request)) is not None:
            return refusal, None
        if request.path in self._read:
            return self._read[request.path](request.query), None
        content, refusal = _posted_content(request)
        if refusal is not None:
            return refusal, None
        if request.path == TEMPLATE_SEND:
            return self._template_sends.send(content)
        return self._posted[request.path](content), None

    def _token(self, request: Request) -> Reply:
        stable = request.path == STABLE_TOKEN
        if stable and request.method != "POST":
            return error(43002)
        asked = (request.content() if stable else request.query) or {}
        if errcode := _token_refusal(asked, self._account.credentials):
            return error(errcode)
        if not self._from_allowed(request):
            return _not_allowed(request)
        now = self._account.clock.now()
        tokens = self._account.tokens
        return tokens.stable(now, force=asked.get("force_refresh") is True) if stable else tokens.old_kind(now)

    def _refusal(self, request: Request) -> Reply | None:
        if request.path not in {*self._posted, *self._read, TEMPLATE_SEND}:
            return Reply({"errcode": 404, "errmsg": "not found"}, status=404)
        if not self._from_allowed(request):
            return _not_allowed(request)
        errcode = self._account.tokens.refusal(request.query.get("access_token", ""), self._account.clock.now())
        return error(errcode) if errcode else None

    def _from_allowed(self, request: Request) -> bool:
        return self._account.allowed_ips is None or request.remote in self._account.allowed_ips

    def _list_templates(self, query: Mapping[str, str]) -> Reply:  # noqa: ARG002 - as every reading call
        typed = [
            (d.id, d.title, [f"{f.label}：{{{{{f.key}.DATA}}}}" for f in d.fields])
            for d in self._account.templates.definitions
        ]
        older = [
            (t.id, t.title, [f"{{{{{key}.DATA}}}}" for key in t.keys]) for t in self._account.behaviours.older_templates
        ]
        return Reply({"template_list": [_listed(*row) for row in [*typed, *older]]})

    def _user_info(self, query: Mapping[str, str]) -> Reply:
        person = self._account.people.find(query.get("openid", ""))
        if person is None:
            return error(40003)
        if not person.follows:
            return Reply({"subscribe": 0, "openid": person.openid})
        return Reply(
            {
                "subscribe": 1,
                "openid": person.openid,
                "language": query.get("lang", "zh_CN"),
                "subscribe_time": _seconds(person.followed_at),
                "remark": "",
                "groupid": 0,
                "tagid_list": [],
                "subscribe_scene": "ADD_SCENE_QR_CODE" if person.scene else "ADD_SCENE_SEARCH",
                "qr_scene": 0,
                "qr_scene_str": person.scene,
            }
        )

    def _create_qr_code(self, content: Mapping[str, object]) -> Reply:
        info = content.get("action_info")
        scene = info.get("scene") if isinstance(info, Mapping) else None
        if not isinstance(scene, Mapping) or not (scene.get("scene_str") or scene.get("scene_id")):
            return error(40035)
        ticket = f"simulated-ticket-{next(self._tickets)}"
        seconds = content.get("expire_seconds", 30)  # WeChat's default is 30 s
        return Reply({"ticket": ticket, "expire_seconds": seconds, "url": f"https://wechat.example.org/q/{ticket}"})


def _token_refusal(asked: Mapping[str, object], credentials: WeChatCredentials) -> int:
    """0, or the errcode of a token call."""
    if not asked:
        return 47001
    if asked.get("grant_type") != "client_credential":
        return 40002
    if asked.get("appid") != credentials.app_id:
        return 40013
    return 0 if asked.get("secret") == credentials.app_secret else 40125


def _not_allowed(request: Request) -> Reply:
    ip = request.remote
    return error(40164, f"invalid ip {ip} ipv6 ::ffff:{ip}, not in whitelist")


def _posted_content(request: Request) -> tuple[Mapping[str, object], Reply | None]:
    if request.method != "POST":
        return {}, error(43002)
    if not request.body:
        return {}, error(44002)
    if b"\\u" in request.body:  # WeChat takes such an escape for text and shows it to the patient
        return {}, error(40033)
    content = request.content()
    return (content, None) if content is not None else ({}, error(47001))


def _listed(template_id: str, title: str, lines: list[str]) -> dict[str, str]:
    content = "\n".join(lines)
    return {
        "template_id": template_id,
        "title": title,
        "primary_industry": "",
        "deputy_industry": "",
        "content": content,
    }


def _seconds(at: datetime | None) -> int:
    return int(at.timestamp()) if at else 0
