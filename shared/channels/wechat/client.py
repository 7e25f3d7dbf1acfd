"""Sending to WeChat: template messages, customer-service text and the proposal's own body.

content ─▶ fits? ─▶ token ─▶ POST ─┬─▶ outcome
                      ▲            │ 40001, 40014, 41001, 42001: the token was refused, nothing was taken
                      └── once ◀───┘
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import httpx

from shared.channels.contract import (
    Again,
    Charge,
    Checked,
    ConnectionReport,
    Outbound,
    RawRequest,
    ShippedTemplate,
    at_once,
)
from shared.channels.wechat.client_id import client_id_of
from shared.channels.wechat.codes import RENEWS_TOKEN
from shared.channels.wechat.connection import ConnectionTest
from shared.channels.wechat.credentials import WeChatCredentials
from shared.channels.wechat.events import CHANNEL
from shared.channels.wechat.outcomes import outcome_of, without_token
from shared.channels.wechat.raw import read_raw_message
from shared.channels.wechat.templates import Templates, shipped_templates
from shared.channels.wechat.token import StableToken, Token
from shared.channels.wechat.wire import Answer, CallResult, call, keep_tokens_out_of_logs
from shared.clock import Clock
from shared.domain.clinic import AddressKind
from shared.domain.content import Content, RawContent, TemplateContent, TextContent
from shared.domain.outcome import ErrorClass, Rejected, SendOutcome, Throttled
from shared.errors import FieldProblem, InvalidInput

LONGEST_TEXT = 2048  # bytes of UTF-8 (WeChat: code 45002)
TEMPLATE_SEND = "/cgi-bin/message/template/send"
CUSTOM_SEND = "/cgi-bin/message/custom/send"

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A content in WeChat's form, without the person it goes to. Patient data: never log one."""

    path: str
    body: Mapping[str, object]
    text: str
    problems: tuple[FieldProblem, ...] = ()
    warnings: tuple[str, ...] = ()
    client_msg_id: str = ""


class WeChatChannel:
    """Implements `shared.channels.contract.Channel` for one Official Account.

    Shares the HTTP client that it is given and never closes it. Receipts join by account and MsgID: nothing of ours is
    echoed.
    """

    name = CHANNEL
    title = "WeChat"
    address_kind = AddressKind.OPENID
    echoes_reference = False
    repeats_for = timedelta(minutes=8)  # WeChat tells repeats of a client_msg_id for 10 minutes (Template message)
    reply_window = timedelta(hours=48)  # since 12 June 2023 (Customer service message)

    def __init__(
        self,
        credentials: WeChatCredentials,
        client: httpx.AsyncClient,
        clock: Clock,
        account: str = "default",
        templates: Templates | None = None,
    ) -> None:
        keep_tokens_out_of_logs()
        self.account = account
        self._credentials = credentials
        self._client = client
        self._clock = clock
        self._templates = templates or shipped_templates()
        self._token = StableToken(credentials, client, clock)

    def check(self, content: Content) -> Checked:
        prepared = self._prepare(content)
        return Checked(prepared.problems, prepared.warnings)

    def rendered(self, content: Content) -> str:
        return self._prepare(content).text

    def charge(self, content: Content) -> Charge:
        """WeChat counts messages and charges for none."""
        text = isinstance(content, TextContent)
        return Charge(1, "1 customer-service message, free" if text else "1 template message, free")

    def template_of(self, content: Content) -> str:
        """The template's id; empty where this account has none for the content."""
        if isinstance(content, TemplateContent):
            definition = self._templates.find(content)
            return definition.id if definition else ""
        return str(content.payload.get("template_id", "")) if isinstance(content, RawContent) else ""

    def templates(self) -> tuple[ShippedTemplate, ...]:
        return tuple(definition.described() for definition in self._templates.definitions)

    def read_raw(self, payload: Mapping[str, object]) -> RawRequest:
        raw = read_raw_message(payload, self._templates)
        if raw.problems:
            raise InvalidInput("The WeChat message cannot be sent as it stands.", raw.problems)
        return RawRequest(raw.to, raw.client_msg_id)

    async def prepare(self) -> None:
        await self._token.get()

    async def send(self, message: Outbound, again: Again = at_once) -> SendOutcome:
        prepared = self._prepare(message.content)
        if prepared.problems:
            return Rejected("does_not_fit", ErrorClass.REQUEST)
        client_id = client_id_of(prepared.client_msg_id or message.key)
        body: dict[str, object] = {**prepared.body, "touser": message.to}
        provider_id = ""
        if prepared.path == TEMPLATE_SEND:
            body["client_msg_id"] = client_id
        else:
            provider_id = f"text_{client_id}"  # a customer-service text has no id and no receipt
        return await self._post(prepared.path, body, provider_id, again)

    async def history(self, provider_id: str) -> None:
        """WeChat keeps no record that can be asked."""

    async def test_connection(self) -> ConnectionReport:
        return await ConnectionTest(self._credentials, self._client, self._token)()

    async def aclose(self) -> None:
        """Nothing to close: the HTTP client belongs to whoever made it."""

    async def _post(self, path: str, body: Mapping[str, object], provider_id: str, again: Again) -> SendOutcome:
        token = await self._token.get()
        if not isinstance(token, Token):
            return without_token(token, self._clock.now())
        result = await self._call(path, body, token)
        if isinstance(result, Answer) and result.errcode in RENEWS_TOKEN:
            renewed = await self._token.instead_of(token)
            if not isinstance(renewed, Token):
                return without_token(renewed, self._clock.now())
            if not await again():
                return Throttled(str(result.errcode), ErrorClass.TRANSIENT)
            result = await self._call(path, body, renewed)
        return outcome_of(result, provider_id, self._clock.now())

    async def _call(self, path: str, body: Mapping[str, object], token: Token) -> CallResult:
        url = f"{self._credentials.api_url}{path}"
        return await call(self._client, "POST", url, query={"access_token": token.text}, body=body)

    def _prepare(self, content: Content) -> _Prepared:
        match content:
            case TemplateContent():
                return self._template(content)
            case TextContent(body=body):
                return _text(body)
            case RawContent(payload=payload):
                raw = read_raw_message(payload, self._templates)
                return _Prepared(TEMPLATE_SEND, raw.body, raw.text, raw.problems, raw.warnings, raw.client_msg_id)

    def _template(self, content: TemplateContent) -> _Prepared:
        definition = self._templates.find(content)
        if definition is None:
            problem = FieldProblem("template", "This account has no template for that purpose and language.")
            return _Prepared(TEMPLATE_SEND, {}, "", (problem,))
        filled = definition.fill(content.values)
        entries = {key: {"value": value} for key, value in filled.fields.items()}
        body: dict[str, object] = {"template_id": filled.template_id, "data": entries}
        if filled.url:
            body["url"] = filled.url
        return _Prepared(TEMPLATE_SEND, body, filled.text, filled.problems)


def _text(body: str) -> _Prepared:
    problems = tuple(FieldProblem("body", advice) for advice in _text_problems(body))
    return _Prepared(CUSTOM_SEND, {"msgtype": "text", "text": {"content": body}}, body, problems)


def _text_problems(body: str) -> list[str]:
    problems = []
    if not body.strip():
        problems.append("Write a text.")
    if len(body.encode("utf-8", "surrogatepass")) > LONGEST_TEXT:
        problems.append("Write at most 2048 bytes: about 680 Chinese characters or 2000 letters.")
    if _CONTROL.search(body):
        problems.append("Remove control characters.")
    return problems
