"""What we hand a provider so that its receipts find their way without a look-up: message id and due key."""

import re

from shared.domain.identity import MessageId
from shared.storage.contract import Joined

_SEPARATOR = "~"
_MOMENT = re.compile(r"[0-9]{14}")


def write_reference(joined: Joined) -> str:
    """At most 120 characters (WhatsApp takes 512 as biz_opaque_callback_data). The due key ends in the message id: not
    said twice."""
    return f"{joined.message_id}{_SEPARATOR}{joined.due_key.partition('_')[0]}"


def read_reference(text: str) -> Joined | None:
    """None for anything that we did not write: another system may send from the same number."""
    head, _, moment = text.partition(_SEPARATOR)
    try:
        message_id = MessageId.parse(head)
    except ValueError:
        return None
    return Joined(message_id, f"{moment}_{message_id}" if _MOMENT.fullmatch(moment) else "")
