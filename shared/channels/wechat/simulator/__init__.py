"""A WeChat Official Account to practise with, on 127.0.0.1 or in process: the real paths, errors and callbacks.

Mock mode is this simulator behind `transport()`. How patients behave stands in `behaviours.json`; what a person can do
with a running server stands in `control.py`.
"""

from shared.channels.wechat.simulator.simulator import WeChatSimulator

__all__ = ["WeChatSimulator"]
