"""Libraries that would tell too much: whole URLs, headers, tokens, signatures. They may warn, and say nothing else.

Their own level is set, so that it holds whatever the level of the root logger or of host.json is.
"""

import logging

TALKATIVE = (
    "httpx",  # every URL at INFO: WeChat's carry the access token (encode/httpx#2760)
    "httpcore",  # headers at DEBUG
    "hpack",  # headers at DEBUG, where HTTP/2 is spoken
    "urllib3",  # paths with their queries at DEBUG
    "aiohttp",
    "asyncio",  # what a slow task holds, in its debug mode
    "azure",  # URLs and headers at INFO, bodies at DEBUG; identity's answers
    "msal",  # addresses and answers of the authority
)


def hush() -> None:
    """Repeatable. Warnings and errors are still told."""
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
