"""Receiving from WhatsApp: the handshake, the signature, and every event of a batch."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.channels.contract import CallbackAnswer
from shared.channels.whatsapp.credentials import WhatsAppCredentials
from shared.channels.whatsapp.inbound import read_message
from shared.channels.whatsapp.notices import is_known, read_error, read_notice
from shared.channels.whatsapp.reading import ITEM_ERRORS, UNDATED, address, instant, instant_or_undated, term
from shared.channels.whatsapp.receipts import read_status
from shared.channels.whatsapp.signature import answer_handshake, check_signature
from shared.domain.inbound import ContactChange, ContactEvent, InboundEvent, UnreadableEvent

_RECEIVED = CallbackAnswer(200, "")
_OBJECT = "whatsapp_business_account"
_PREFERENCES = {"stop": ContactChange.MARKETING_STOPPED, "resume": ContactChange.MARKETING_RESUMED}

Reader = Callable[[Any, str, str], InboundEvent]


class WhatsAppCallback:
    """One account's callbacks, as `shared.channels.contract.Callback`.

    A body may hold events of several numbers. `accounts` says which of our accounts a phone number id or business
    account id is; an id that is not ours and not listed stands as the event's account itself, so that nothing is ever
    taken for the wrong clinic's.
    """

    name = "whatsapp"

    def __init__(
        self, credentials: WhatsAppCredentials, account: str = "default", accounts: Mapping[str, str] | None = None
    ) -> None:
        self.account = account
        self._secrets = tuple(secret.encode() for secret in credentials.app_secrets)
        self._verify_tokens = tuple(token.encode() for token in credentials.verify_tokens)
        self._accounts = {
            **(accounts or {}),
            credentials.phone_number_id: self.account,
            credentials.business_account_id: self.account,
        }

    def handshake(self, query: Mapping[str, str]) -> CallbackAnswer:
        return answer_handshake(self._verify_tokens, query)

    def verify(self, query: Mapping[str, str], headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        # Neither query nor time is signed by Meta: a replay is stopped by the receipt's own key.
        del query, now
        check_signature(self._secrets, headers, body)

    def acknowledge(self, query: Mapping[str, str], body: bytes, now: datetime) -> CallbackAnswer:
        del query, body, now
        return _RECEIVED

    def parse(self, query: Mapping[str, str], body: bytes) -> Sequence[InboundEvent]:
        del query
        try:
            notification = json.loads(body)
        except (ValueError, RecursionError):
            return [self._unreadable("", "not_json")]
        found: list[InboundEvent] = []
        if type(notification) is not dict or notification.get("object") != _OBJECT:
            return [self._unreadable("object", "not_whatsapp")]
        for place, entry in self._items(notification, "entry", "", found):
            for change_place, change in self._items(entry, "changes", place, found):
                self._change(entry, change, change_place, found)
        return found

    def _change(self, entry: dict[str, Any], change: dict[str, Any], place: str, found: list[InboundEvent]) -> None:
        field, value = change.get("field"), change.get("value")
        if type(field) is not str or type(value) is not dict:
            found.append(self._unreadable(place, "not_a_change"))
            return
        account = self._account_of(entry, value)
        if field == "messages":
            self._messages(entry, value, account, f"{place}.value", found)
        elif field == "user_preferences":
            self._each(value, "user_preferences", f"{place}.value", self._preference, account, found)
        elif is_known(field):
            at = instant_or_undated(entry.get("time"))
            found.append(read_notice(field, value, at, self.name, account))
        else:
            found.append(self._unreadable(place, "unknown_field"))

    def _messages(
        self, entry: dict[str, Any], value: dict[str, Any], account: str, place: str, found: list[InboundEvent]
    ) -> None:
        before = len(found)
        if "statuses" in value:
            self._each(value, "statuses", place, read_status, account, found)
        if "messages" in value:
            self._each(value, "messages", place, read_message, account, found)
        if "errors" in value:
            at = instant_or_undated(entry.get("time")) if "time" in entry else UNDATED
            self._each(value, "errors", place, lambda e, c, a: read_error(e, at, c, a), account, found)
        if len(found) == before:
            found.append(self._unreadable(place, "nothing_known"))

    def _each(
        self, value: dict[str, Any], name: str, place: str, read: Reader, account: str, found: list[InboundEvent]
    ) -> None:
        for item_place, item in self._items(value, name, place, found):
            try:
                found.append(read(item, self.name, account))
            except ITEM_ERRORS:
                found.append(self._unreadable(item_place, f"malformed_{name}"))

    def _items(
        self, parent: dict[str, Any], name: str, place: str, found: list[InboundEvent]
    ) -> list[tuple[str, dict[str, Any]]]:
        """The objects of a list with their places; what is no object is noted and passed over."""
        path = f"{place}.{name}" if place else name
        items = parent.get(name)
        if type(items) is not list:
            found.append(self._unreadable(path, "not_a_list"))
            return []
        good = []
        for index, item in enumerate(items):
            if type(item) is dict:
                good.append((f"{path}[{index}]", item))
            else:
                found.append(self._unreadable(f"{path}[{index}]", "not_an_object"))
        return good

    def _account_of(self, entry: dict[str, Any], value: dict[str, Any]) -> str:
        """By the number; news about templates and accounts carry only the business account's id."""
        metadata = value.get("metadata")
        provider_id = term(metadata.get("phone_number_id") if type(metadata) is dict else entry.get("id"))
        return self._accounts.get(provider_id, provider_id or self.account)

    def _preference(self, preference: dict[str, Any], channel: str, account: str) -> InboundEvent:
        """A patient stopped or resumed marketing; says nothing about reminders of care."""
        sender = address(preference.get("wa_id")) or address(preference.get("user_id"))
        if not sender or preference["category"] != "marketing_messages":
            raise ValueError("not a known preference")
        change = _PREFERENCES[preference["value"]]
        at = instant(preference["timestamp"])
        return ContactEvent(channel, account, sender, change, at, self._event_id(sender, change.value, at))

    def _event_id(self, sender: str, change: str, at: datetime) -> str:
        """The same for a repeat, and tells nothing about the patient: keyed with the app secret."""
        key = self._secrets[0] if self._secrets else b""
        named = f"{sender}|{change}|{int(at.timestamp())}".encode()
        return hmac.new(key, named, hashlib.sha256).hexdigest()[:32]

    def _unreadable(self, place: str, reason: str) -> UnreadableEvent:
        return UnreadableEvent(self.name, self.account, place, reason)
