"""WeChat AES callback: check, decrypt and read one body, beside wechatpy 1.8.18 on the same bytes.

Ours does all that a callback goes through: `verify` (size, time, signature in constant time, padding, AppID) and
then `parse`, which opens the stored body a second time. wechatpy's `decrypt_message` and `parse_message` do it once.
Interleaved in one process, CPU time, medians.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

from shared.channels.wechat.callback import WeChatCallback
from shared.channels.wechat.crypto import Envelope
from shared.channels.wechat.simulator.pushes import to_xml
from shared.domain.inbound import InboundMessage, Receipt
from tests.channels.wechat.samples import AES_KEY, APP_ID, NONCE, NOW, PATIENT, TOKEN, aes_query, credentials

GOAL = 1.2
ROUNDS = 9
SECONDS_A_ROUND = 0.15

ENVELOPE = {"ToUserName": "gh_simulated0001", "FromUserName": PATIENT, "CreateTime": str(int(NOW.timestamp()))}
CASES = {
    "text": {"MsgType": "text", "Content": "您好，我想預約 😀", "MsgId": "24000000000000001"},
    "template event": {
        "MsgType": "event",
        "Event": "TEMPLATESENDJOBFINISH",
        "MsgID": "3100000000000000001",
        "Status": "failed:user block",
    },
}


def ours(query: dict[str, str], body: bytes) -> Callable[[], object]:
    callback = WeChatCallback(credentials())

    def run() -> object:
        callback.verify(query, {}, body, NOW)
        return callback.parse(query, body)[0]

    return run


def theirs(query: dict[str, str], body: bytes) -> Callable[[], object]:
    from wechatpy import parse_message
    from wechatpy.crypto import WeChatCrypto

    crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)

    def run() -> object:
        opened = crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], NONCE)
        message = parse_message(opened)
        return message.source, message.id, message.time

    return run


def calls_for(run: Callable[[], object]) -> int:
    started = time.process_time()
    for _ in range(200):
        run()
    return max(200, int(200 * SECONDS_A_ROUND / (time.process_time() - started)))


def microseconds(run: Callable[[], object], calls: int) -> float:
    gc.collect()
    started = time.process_time()
    for _ in range(calls):
        run()
    return (time.process_time() - started) / calls * 1e6


def main() -> None:
    """Prints microseconds for each case and how many times faster ours is."""
    print(f"WeChat AES callback, {datetime.now(UTC):%Y-%m-%d}: microseconds of CPU, median of {ROUNDS}")
    print(f"{'case':16}{'bytes':>7}{'ours':>9}{'wechatpy':>10}{'ratio':>8}   goal >= {GOAL}")
    for name, fields in CASES.items():
        sealed = Envelope(APP_ID, credentials().aes_keys).seal(to_xml(ENVELOPE | fields))
        query, body = aes_query(sealed), to_xml({"ToUserName": "gh_simulated0001", "Encrypt": sealed})
        runs = [ours(query, body), theirs(query, body)]
        assert isinstance(runs[0](), InboundMessage | Receipt)
        counts = [calls_for(run) for run in runs]
        rounds = [[microseconds(run, count) for run, count in zip(runs, counts, strict=True)] for _ in range(ROUNDS)]
        us, them = (statistics.median(values) for values in zip(*rounds, strict=True))
        print(f"{name:16}{len(body):7d}{us:9.1f}{them:10.1f}{them / us:8.2f}")


if __name__ == "__main__":
    main()
