"""`testconnection` for an Official Account: token, address list, templates. Sends nothing to anyone."""

import re

import httpx

from shared.channels.contract import ConnectionReport
from shared.channels.wechat.codes import error_code
from shared.channels.wechat.credentials import CallbackMode, WeChatCredentials
from shared.channels.wechat.token import StableToken, Token
from shared.channels.wechat.wire import Answer, CallResult, NoAnswer, NotReached, Refused, call

_IP_NOT_LISTED = 40164
_IP = re.compile(r"invalid ip\s+([0-9a-fA-F.:]{3,45})")
_RID = re.compile(r"rid: ?([0-9a-z-]{6,64})")


class ConnectionTest:
    """One run. Findings are sentences for an operator and never hold the token or the secret."""

    def __init__(self, credentials: WeChatCredentials, client: httpx.AsyncClient, token: StableToken) -> None:
        self._credentials = credentials
        self._client = client
        self._token = token

    async def __call__(self) -> ConnectionReport:
        token = await self._token.get()
        if not isinstance(token, Token):
            return ConnectionReport(False, (f"No access token: {self._explained(token.result)}", self._callbacks()))
        findings = ["The access token was granted."]
        reached = await self._get("/cgi-bin/get_api_domain_ip", token)
        works = isinstance(reached, Answer) and reached.errcode == 0
        findings.append("WeChat takes calls from this address." if works else self._explained(reached))
        if works:
            listed = await self._get("/cgi-bin/template/get_all_private_template", token)
            works = isinstance(listed, Answer) and listed.errcode == 0
            findings.append(self._templates(listed))
        return ConnectionReport(works, (*findings, self._callbacks()))

    async def _get(self, path: str, token: Token) -> CallResult:
        return await call(self._client, "GET", f"{self._credentials.api_url}{path}", query={"access_token": token.text})

    def _templates(self, result: CallResult) -> str:
        if not isinstance(result, Answer) or result.errcode:
            return f"The templates could not be listed: {self._explained(result)}"
        listed = result.content.get("template_list")
        count = len(listed) if isinstance(listed, list) else 0
        return (
            f"The account has {count} templates." if count else "The account has no template: add one in the console."
        )

    def _callbacks(self) -> str:
        if self._credentials.callback_mode is CallbackMode.SECURE:
            return "Callbacks must be encrypted."
        return (
            "Callbacks may be unencrypted, so their signature does not cover the body: "
            "choose secure mode in the WeChat console and set WECHAT_ENCODING_AES_KEY."
        )

    def _explained(self, result: CallResult) -> str:
        match result:
            case NotReached(why=why):
                return f"{self._credentials.api_url} could not be reached ({why})."
            case NoAnswer(why=why):
                return f"{self._credentials.api_url} gave no usable answer ({why})."
            case Refused(status=status):
                return f"{self._credentials.api_url} refused the call (HTTP {status})."
            case Answer():
                return _code_explained(result)


def _code_explained(answer: Answer) -> str:
    if answer.errcode == 0:
        return "WeChat's answer has no token."
    code = error_code(answer.errcode)
    sentence = f"WeChat says {code.code}: {code.meaning}. {code.operator}"
    if answer.errcode == _IP_NOT_LISTED and (ip := _IP.search(answer.errmsg)):
        sentence += f" The address to add is {ip[1]}."
    if rid := _RID.search(answer.errmsg):
        sentence += f" (Support id {rid[1]}.)"
    return sentence
