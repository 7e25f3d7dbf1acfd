"""What a call to WeChat means for the message: the four outcomes of `shared.domain.outcome`."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared.channels.wechat.codes import Effect, ErrorCode, error_code
from shared.channels.wechat.token import NoToken
from shared.channels.wechat.wire import Answer, CallResult, NoAnswer, NotReached, Refused
from shared.domain.outcome import Accepted, ErrorClass, Rejected, SendOutcome, Throttled, Unknown

_BEIJING = ZoneInfo("Asia/Shanghai")
_TOO_MANY_REQUESTS = 429


def outcome_of(result: CallResult, provider_id: str, now: datetime) -> SendOutcome:
    """`provider_id` is what an accepted message is known by where the answer has no msgid (customer-service text)."""
    match result:
        case Answer(content=content):
            return _answered(result, str(content.get("msgid") or provider_id), now)
        case NotReached() | Refused():
            return _not_taken(result)
        case NoAnswer(why=why):
            return Unknown(why)


def without_token(missing: NoToken, now: datetime) -> SendOutcome:
    """No token, no send: whatever happened to the token call, the message was not taken."""
    match missing.result:
        case Answer(errcode=errcode) if errcode:
            code = error_code(errcode)
            if code.effect is Effect.THROTTLED:
                return _throttled(code, now)
            return Rejected(code.code, code.error_class, retryable=code.retryable)
        case Answer():
            return Rejected("token_unreadable", ErrorClass.TRANSIENT, retryable=True)
        case NoAnswer(why=why):
            return Rejected(f"token_{why}", ErrorClass.TRANSIENT, retryable=True)
        case NotReached() | Refused():
            return _not_taken(missing.result)


def _not_taken(result: NotReached | Refused) -> SendOutcome:
    match result:
        case NotReached(why=why):
            return Rejected(why, ErrorClass.TRANSIENT, retryable=True)
        case Refused(status=status, retry_after_s=wait) if status == _TOO_MANY_REQUESTS:
            return Throttled("http_429", ErrorClass.RATE, wait)
        case Refused(status=status):
            return Rejected(f"http_{status}", ErrorClass.REQUEST)


def _answered(answer: Answer, provider_id: str, now: datetime) -> SendOutcome:
    if answer.errcode == 0:
        return Accepted(provider_id) if provider_id else Unknown("no_msgid")
    code = error_code(answer.errcode)
    match code.effect:
        case Effect.THROTTLED:
            return _throttled(code, now)
        case Effect.UNKNOWN:
            msgid = answer.content.get("msgid")
            return Accepted(str(msgid)) if msgid else Unknown(code.code, taken_before=True)
        case Effect.REJECTED:
            return Rejected(code.code, code.error_class, retryable=code.retryable)


def _throttled(code: ErrorCode, now: datetime) -> Throttled:
    """The day's quota comes back at midnight in Beijing (WeChat: API call quota)."""
    wait = _until_beijing_midnight(now) if code.error_class is ErrorClass.QUOTA else None
    return Throttled(code.code, code.error_class, wait)


def _until_beijing_midnight(now: datetime) -> float:
    there = now.astimezone(_BEIJING)
    midnight = (there + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - there).total_seconds()
