"""What providers meet: their webhooks take nothing that is not signed. Nothing here is stored by the app."""

from __future__ import annotations

from collections.abc import Callable

from infra.azure.smoke.check import Check, SkippedError, WrongError, must_be_refused
from infra.azure.smoke.target import Answer, Target

REFUSED = (403, "callback_refused")
ECHO = "1158201444"  # what a handshake would give back
HANDSHAKE = {"hub.mode": "subscribe", "hub.verify_token": "not-the-verify-token", "hub.challenge": ECHO}
ECHOSTR = {"signature": "0" * 40, "timestamp": "1700000000", "nonce": "1", "echostr": ECHO}
XML = b"<xml><ToUserName>nobody</ToUserName><MsgType>event</MsgType><Event>subscribe</Event></xml>"


def _refused(target: Target, channel: str, answer: Answer) -> None:
    """Raises WrongError; SkippedError for a channel that is not set up and that nobody asked for."""
    if answer.code == "configuration" and channel not in target.named:
        raise SkippedError(f"{channel} is not set up here: {answer.message}")
    must_be_refused(answer, *REFUSED)
    if ECHO in answer.text:
        raise WrongError("it was refused, and the challenge was given back all the same")


def _whatsapp(target: Target) -> str:
    path = "/api/webhooks/whatsapp"
    _refused(target, "whatsapp", target.ask("POST", path, body=b"{}"))
    signed = {"x-hub-signature-256": "sha256=" + "0" * 64}
    _refused(target, "whatsapp", target.ask("POST", path, headers=signed, body=b"{}"))
    return "403 without a signature, and with a wrong one"


def _whatsapp_handshake(target: Target) -> str:
    _refused(target, "whatsapp", target.ask("GET", "/api/webhooks/whatsapp", query=HANDSHAKE))
    return "403 for a wrong verify token"


def _wechat(target: Target) -> str:
    _refused(target, "wechat", target.ask("POST", "/api/webhooks/wechat", body=XML))
    return "403 without a signature"


def _wechat_handshake(target: Target) -> str:
    for query in ({"echostr": ECHO}, ECHOSTR):
        _refused(target, "wechat", target.ask("GET", "/api/webhooks/wechat", query=query))
    return "403 for an echostr without a signature, and with a wrong one"


def _check(name: str, look: Callable[[Target], str]) -> Check:
    means = (
        "200: anybody may put receipts and answers into the app, stop it; 401: something before the app answers, and "
        "no callback gets through; 503: a secret of the account is missing (infra/azure/secrets.sh)"
    )
    return Check(name, means, look)


CHECKS = (
    _check("whatsapp callback", _whatsapp),
    _check("whatsapp handshake", _whatsapp_handshake),
    _check("wechat callback", _wechat),
    _check("wechat handshake", _wechat_handshake),
)
