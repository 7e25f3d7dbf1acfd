"""Requests and answers of the simulator, whichever way they came."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from shared.sources.fhir_r4.elements import Json
from shared.sources.fhir_r4.simulator.faults import Failure


@dataclass(frozen=True, slots=True)
class Call:
    """One request, whichever way it came. `origin` is scheme://host:port, `path` without query."""

    method: str
    origin: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """`reset`: the connection is broken instead of answered."""

    status: int
    content: Json | bytes
    headers: Mapping[str, str]
    reset: bool = False

    @property
    def body(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else json.dumps(self.content).encode()


def outcome(severity: str, code: str) -> Json:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code}]}


def answered(content: Json) -> Reply:
    return Reply(200, content, {})


def refused(status: int, code: str) -> Reply:
    return Reply(status, outcome("error", code), {})


def failed(failure: Failure) -> Reply:
    headers = {"Retry-After": failure.retry_after} if failure.retry_after else {}
    content = outcome("error", "transient") if failure.body is None else failure.body
    return Reply(failure.status, content, headers, failure.reset)
