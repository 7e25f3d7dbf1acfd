"""An account, a clock and values that the tests of this room share. Everything is made up."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.channels.contract import Outbound
from shared.channels.wechat.credentials import WeChatCredentials
from shared.channels.wechat.signature import signature_of
from shared.domain.content import TemplateContent

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
APP_ID = "wx0000000000000001"
TOKEN = "simulatedtoken"
AES_KEY = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode().rstrip("=")
OTHER_AES_KEY = base64.b64encode(b"fedcba9876543210fedcba9876543210").decode().rstrip("=")
PATIENT = "oSimulatedPatient0001"
NONCE = "1372623149"


class MovedClock:
    """A clock that stands until a test moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.move(seconds=seconds)

    def move(self, **by: float) -> None:
        self._now += timedelta(**by)


def credentials(**settings: str) -> WeChatCredentials:
    given = {"app_id": APP_ID, "app_secret": "simulated-secret", "token": TOKEN, "encoding_aes_key": AES_KEY}
    return WeChatCredentials.from_mapping(given | settings)


def plain_query(now: datetime = NOW, token: str = TOKEN, **more: str) -> dict[str, str]:
    timestamp = str(int(now.timestamp()))
    return {"signature": signature_of(token, timestamp, NONCE), "timestamp": timestamp, "nonce": NONCE, **more}


def aes_query(encrypted: str, now: datetime = NOW, token: str = TOKEN) -> dict[str, str]:
    signed = signature_of(token, str(int(now.timestamp())), NONCE, encrypted)
    return plain_query(now, token, encrypt_type="aes", msg_signature=signed)


def reminder(**values: str) -> TemplateContent:
    given = {
        "patient_name": "陳大文",
        "starts_at": "2026-11-27T10:30:00+08:00",
        "location": "門診二樓",
        "clinic": "示例診所",
        "answer_line": "1 2 3",
    }
    return TemplateContent("appointment_reminder", "zh-Hant", given | values)


def outbound(content: Any = None, to: str = PATIENT, key: str = "message-1") -> Outbound:
    return Outbound(to=to, content=content or reminder(), reference="row-1", key=key)


def proposal_body(**changes: Any) -> dict[str, Any]:
    """The proposal's body of `POST /v1/messages`, as it stands there."""
    colour = "#173177"
    return {
        "touser": "OPENID",
        "template_id": "templateidtypedhere",
        "url": "http://weixin.qq.com/download",
        "client_msg_id": "MSG_000001",
        "data": {
            "first": {"value": "main_message", "color": colour},
            "keyword1": {"value": "appintmentID_or_referenceID", "color": colour},
            "keyword2": {"value": "date_and_time", "color": colour},
            "keyword3": {"value": "hospital_name", "color": colour},
            "remark": {"value": "doctor_name！", "color": colour},
        },
        **changes,
    }
