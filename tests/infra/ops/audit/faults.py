"""Connections that fail, as `requests` tells of them: for a synchronous client of any service."""

from __future__ import annotations

from typing import Any

import requests

TIMED_OUT: dict[str, Any] = {"body": requests.exceptions.ReadTimeout("slow")}
CUT_OFF: dict[str, Any] = {
    "body": requests.exceptions.ChunkedEncodingError("IncompleteRead(12 bytes read, 100 more expected)")
}
LOST: dict[str, Any] = {"body": requests.exceptions.ConnectionError("reset by peer")}
