"""What a person can do with a running simulator, by curl.

GET  /_simulator/ledger?to=OPENID                         what patients have received
GET  /_simulator/callbacks                                what came of the callbacks so far
POST /_simulator/webhook         {"url": …}               where callbacks go
POST /_simulator/faults          {"kind": "errcode", "value": -1, "times": 1, "path": "template/send", "to": ""}
POST /_simulator/faults/clear
POST /_simulator/tokens/revoke                            every token is refused from now on
POST /_simulator/people/OPENID/follow     {"scene": …}    also unfollow, scan {"scene"}, write {"text"}, press {"key"},
                                                          block, unblock
"""

from collections.abc import Mapping
from dataclasses import asdict

from shared.channels.wechat.simulator.exchange import Reply, Request
from shared.channels.wechat.simulator.faults import FaultKind
from shared.channels.wechat.simulator.pushes import Push
from shared.channels.wechat.simulator.simulator import WeChatSimulator

PREFIX = "/_simulator/"
_UNKNOWN = "No such call: see shared/channels/wechat/simulator/control.py."
_DONE = Reply({"done": True})


async def control(simulator: WeChatSimulator, request: Request) -> Reply:
    """Answers one of the calls above; 400 with a sentence for anything else."""
    content = request.content() or {}
    match request.method, *request.path.removeprefix(PREFIX).split("/"):
        case "GET", "ledger":
            to = request.query.get("to", "")
            return Reply({"value": [entry.shown() for entry in simulator.ledger if to in ("", entry.to)]})
        case "GET", "callbacks":
            return Reply({"value": [asdict(push) for push in simulator.pushed]})
        case "POST", "people", openid, action:
            return await _act(simulator, openid, action, content)
        case "POST", *words:
            return _set(simulator, "/".join(words), content)
    return _refused(_UNKNOWN)


def _set(simulator: WeChatSimulator, what: str, content: Mapping[str, object]) -> Reply:
    match what:
        case "webhook":
            simulator.webhook_url = str(content.get("url") or "") or None
        case "tokens/revoke":
            simulator.account.tokens.revoke()
        case "faults/clear":
            simulator.faults.clear()
        case "faults":
            return _fault(simulator, content)
        case _:
            return _refused(_UNKNOWN)
    return _DONE


def _fault(simulator: WeChatSimulator, content: Mapping[str, object]) -> Reply:
    kind, value, times = content.get("kind"), content.get("value", 0), content.get("times", 1)
    if kind not in list(FaultKind) or not isinstance(value, int) or not isinstance(times, int):
        return _refused(f"Write kind ({', '.join(FaultKind)}), value and times as numbers.")
    path, to = str(content.get("path", "")), str(content.get("to", ""))
    simulator.add_fault(str(kind), value, times=times, path=path, to=to)
    return _DONE


async def _act(simulator: WeChatSimulator, openid: str, action: str, content: Mapping[str, object]) -> Reply:
    people, scene = simulator.people, str(content.get("scene", ""))
    push: Push | None = None
    match action:
        case "follow":
            push = await people.follow(openid, scene)
        case "unfollow":
            push = await people.unfollow(openid)
        case "scan":
            push = await people.scan(openid, scene)
        case "write":
            push = await people.write(openid, str(content.get("text", "")))
        case "press":
            push = await people.press(openid, str(content.get("key", "")))
        case "block" | "unblock":
            people.block(openid, blocks=action == "block")
        case _:
            return _refused("No such action.")
    return Reply({"callback": asdict(push) if push else None})


def _refused(message: str) -> Reply:
    return Reply({"error": message}, status=400)
