"""Template messages and customer-service texts, with WeChat's order of checks."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import count
from zoneinfo import ZoneInfo

from shared.channels.wechat.keywords import problem_with
from shared.channels.wechat.simulator.account import SimulatedAccount
from shared.channels.wechat.simulator.behaviours import OlderTemplate
from shared.channels.wechat.simulator.exchange import Reply, error, success
from shared.channels.wechat.simulator.ledger import Entry
from shared.channels.wechat.templates import TemplateDefinition

REPEAT_WITHIN = timedelta(minutes=10)  # one openid, one client_msg_id: one message
LONGEST_TEXT = 2048  # bytes
_BEIJING = ZoneInfo("Asia/Shanghai")
_HIDDEN = frozenset({"first", "remark"})  # of older templates: not shown any more


class TemplateSends:
    """`message/template/send`."""

    def __init__(self, account: SimulatedAccount) -> None:
        self._account = account
        self._sent: dict[tuple[str, str], Entry] = {}
        self._msgids = count(3_100_000_000_000_000_001)

    def send(self, content: Mapping[str, object]) -> tuple[Reply, Entry | None]:
        """The reply, and the new ledger entry if a message was taken that was not there before."""
        to, client_msg_id = str(content.get("touser", "")), str(content.get("client_msg_id") or "")
        values = _values(content.get("data"))
        refusal = self._refusal(to, str(content.get("template_id", "")), values)
        if refusal is not None:
            return refusal, None
        if (earlier := self._repeated(to, client_msg_id)) is not None:
            return success(msgid=int(earlier.msgid)), None
        if errcode := self._not_now(to):
            return error(errcode), None
        entry = self._entry(to, str(content["template_id"]), client_msg_id, values)
        entry.url = str(content.get("url") or "")
        self._account.ledger.add(entry)
        if client_msg_id:
            self._sent[to, client_msg_id] = entry
        return success(msgid=int(entry.msgid)), entry

    def _refusal(self, to: str, template_id: str, values: Mapping[str, str]) -> Reply | None:
        if self._account.people.find(to) is None:
            return error(40003)
        typed, older = self._template(template_id)
        if typed is None and older is None:
            return error(40037)
        if not values:
            return error(47001)
        for key in [f.key for f in typed.fields] if typed else []:
            if problem_with(key, values.get(key, "")):
                return error(
                    47003, f"argument invalid! data.{key}.value {'invalid' if values.get(key) else 'is empty'}"
                )
        return None

    def _repeated(self, to: str, client_msg_id: str) -> Entry | None:
        entry = self._sent.get((to, client_msg_id))
        if entry is None or self._account.clock.now() - entry.at >= REPEAT_WITHIN:
            return None
        entry.repeats += 1
        return entry

    def _not_now(self, to: str) -> int:
        """0, or the errcode of a person or a quota that forbids it."""
        person, behaviour = self._account.people.find(to), self._account.behaviours.of(to)
        if behaviour.send:
            return behaviour.send
        if person is None or not person.follows:
            return 43004
        day = self._account.clock.now().astimezone(_BEIJING).date().isoformat()
        used = self._account.used_quota
        used[day] = used.get(day, 0) + 1
        return 0 if used[day] <= self._account.daily_quota else 45009

    def _entry(self, to: str, template_id: str, client_msg_id: str, values: dict[str, str]) -> Entry:
        person, behaviour = self._account.people.find(to), self._account.behaviours.of(to)
        return Entry(
            to=to,
            kind="template",
            text=self._shown(template_id, values),
            at=self._account.clock.now(),
            msgid=str(next(self._msgids)),
            template_id=template_id,
            client_msg_id=client_msg_id,
            fields=values,
            reached=not ((person and person.blocks) or behaviour.receipt.startswith("failed")),
        )

    def _template(self, template_id: str) -> tuple[TemplateDefinition | None, OlderTemplate | None]:
        older = next((t for t in self._account.behaviours.older_templates if t.id == template_id), None)
        return self._account.templates.by_id(template_id), older

    def _shown(self, template_id: str, values: Mapping[str, str]) -> str:
        typed, older = self._template(template_id)
        if typed is not None:
            return typed.shown(values)
        keys = [key for key in older.keys if key not in _HIDDEN] if older else []
        return "\n".join([older.title if older else "", *(values.get(key, "") for key in keys)])


def send_text(account: SimulatedAccount, content: Mapping[str, object]) -> Reply:
    """`message/custom/send` with msgtype text."""
    text = content.get("text")
    words = str(text.get("content", "")) if isinstance(text, Mapping) else ""
    person = account.people.find(str(content.get("touser", "")))
    if person is None:
        return error(40003)
    if content.get("msgtype") != "text" or not words:
        return error(40035)
    if len(words.encode()) > LONGEST_TEXT:
        return error(45002)
    if errcode := person.refuses_text(account.clock.now()):
        return error(errcode)
    person.texts_left -= 1
    account.ledger.add(Entry(person.openid, "text", words, account.clock.now(), reached=not person.blocks))
    return success()


def _values(entries: object) -> dict[str, str]:
    if not isinstance(entries, Mapping):
        return {}
    return {str(key): str(entry.get("value", "")) for key, entry in entries.items() if isinstance(entry, Mapping)}
