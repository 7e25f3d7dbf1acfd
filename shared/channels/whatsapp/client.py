"""Sending through the WhatsApp Cloud API."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

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
from shared.channels.whatsapp import raw
from shared.channels.whatsapp.answers import of_failure, of_response
from shared.channels.whatsapp.connection import GraphReader, report_connection
from shared.channels.whatsapp.credentials import WhatsAppCredentials
from shared.channels.whatsapp.history import receipts_of
from shared.channels.whatsapp.limits import MAX_REFERENCE, MAX_TEXT, holds_markup, is_e164, is_user_id, text_problem
from shared.channels.whatsapp.notices import template_key
from shared.channels.whatsapp.raw_words import shown
from shared.channels.whatsapp.templates import fill, shipped
from shared.clock import Clock, SystemClock
from shared.domain.clinic import AddressKind
from shared.domain.content import Content, RawContent, TemplateContent, TextContent
from shared.domain.inbound import Receipt
from shared.domain.outcome import ErrorClass, Rejected, SendOutcome
from shared.errors import FieldProblem, InvalidInput

_SERVICE = "1 service message"
SEND_TIMEOUT = httpx.Timeout(20.0, connect=5.0, pool=5.0)
"""Seconds. Meta answers a send in well under one; what takes longer than this is an unknown outcome."""


class WhatsAppChannel:
    """One WhatsApp account, as `shared.channels.contract.Channel`. The HTTP client belongs to the caller."""

    name = "whatsapp"
    title = "WhatsApp"
    address_kind = AddressKind.PHONE
    echoes_reference = True
    repeats_for = timedelta(0)  # the Cloud API has no idempotency key
    reply_window = timedelta(hours=24)  # Cloud API, Customer service windows

    def __init__(
        self,
        credentials: WhatsAppCredentials,
        http: httpx.AsyncClient,
        account: str = "default",
        clock: Clock | None = None,
    ) -> None:
        self.account = account
        self._credentials = credentials
        self._http = http
        self._clock = clock or SystemClock()
        self._graph = GraphReader(credentials, http)
        self._messages_url = f"{self._graph.base_url}/{credentials.phone_number_id}/messages"
        self._headers = {**self._graph.headers, "Content-Type": "application/json"}

    def check(self, content: Content) -> Checked:
        if isinstance(content, TextContent):
            problem = text_problem(content.body, MAX_TEXT)
            return Checked((FieldProblem("body", problem),) if problem else ())
        if isinstance(content, RawContent):
            return Checked(raw.problems(content.payload), raw.warnings(content.payload))
        return _check_template(content)

    def rendered(self, content: Content) -> str:
        """What a patient would read. Raises InvalidInput for content that `check` refuses."""
        if isinstance(content, TextContent):
            return content.body
        if isinstance(content, RawContent):
            raw.read(content.payload)
            return shown(raw.wire(content.payload))
        filled = fill(content)
        return filled.template.rendered(filled.values)

    def charge(self, content: Content) -> Charge:
        """By category, one message each (Meta, Pricing). Content that `check` refuses counts as a service message."""
        if isinstance(content, TemplateContent):
            try:
                return Charge(1, f"1 {fill(content).template.category.lower()} message")
            except InvalidInput:
                return Charge(1, _SERVICE)
        return Charge(1, _SERVICE)

    def template_of(self, content: Content) -> str:
        """`appointment_reminder/en_GB`; empty also for content that `check` refuses."""
        if isinstance(content, TemplateContent):
            try:
                filled = fill(content)
            except InvalidInput:
                return ""
            return template_key(filled.name, filled.template.code)
        return raw.template_of(content.payload) if isinstance(content, RawContent) else ""

    def templates(self) -> tuple[ShippedTemplate, ...]:
        return tuple(template.described() for template in shipped())

    def read_raw(self, payload: Mapping[str, object]) -> RawRequest:
        return raw.read(payload)

    async def prepare(self) -> None:
        """Its token is a setting."""

    async def send(self, message: Outbound, again: Again = at_once) -> SendOutcome:  # noqa: ARG002 - one call is all it makes
        try:
            body = json.dumps(self._body(message), ensure_ascii=False).encode()
        except (InvalidInput, ValueError, TypeError):
            return Rejected("invalid_content", ErrorClass.REQUEST)
        try:
            response = await self._http.post(
                self._messages_url, content=body, headers=self._headers, timeout=SEND_TIMEOUT, follow_redirects=False
            )
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            return of_failure(failure)
        return of_response(response)

    async def history(self, provider_id: str) -> tuple[Receipt, ...] | None:
        """What became of an accepted message, in Meta's own record; for messages whose receipts never came.

        Empty if Meta has no record, None if it does not answer. Source: Cloud API OpenAPI description, message_history.
        """
        fields = "id,message_id,events{delivery_status,timestamp}"
        path = f"{self._credentials.phone_number_id}/message_history"
        answer = await self._graph.read(path, {"message_id": provider_id, "fields": fields, "limit": "100"})
        return None if answer.failure else receipts_of(answer.body, provider_id, self.name, self.account)

    async def test_connection(self) -> ConnectionReport:
        return await report_connection(self._graph, self._credentials, self._clock.now().date())

    async def aclose(self) -> None:
        """Nothing to release: the HTTP client belongs to whoever made it."""

    def _body(self, message: Outbound) -> dict[str, Any]:
        if len(message.reference) > MAX_REFERENCE:
            raise InvalidInput("The reference is too long for WhatsApp.")
        return {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            **_recipient(message.to),
            **_part(message.content, message.reference),
            "biz_opaque_callback_data": message.reference,
        }


def _recipient(to: str) -> dict[str, str]:
    if is_e164(to):
        return {"to": to}
    if is_user_id(to):
        return {"recipient": to}  # taken by Meta since July 2026 (Business-scoped user IDs)
    raise InvalidInput("The recipient is neither a full phone number nor a WhatsApp user id.")


def _part(content: Content, reference: str) -> dict[str, Any]:
    if isinstance(content, TextContent):
        return {"type": "text", "text": {"preview_url": False, "body": content.body}}
    if isinstance(content, RawContent):
        return raw.wire(content.payload)
    return {"type": "template", "template": fill(content).wire(reference)}


def _check_template(content: TemplateContent) -> Checked:
    try:
        filled = fill(content)
    except InvalidInput as refused:
        return Checked(refused.details)
    marked = [n for n, v in zip(filled.template.parameters, filled.values, strict=True) if holds_markup(v)]
    return Checked(
        filled.problems(),
        tuple(f"{name} holds a character that WhatsApp shows as formatting (* _ ~ `)." for name in marked),
    )
