"""host.json against a strict model: a misspelt option would be ignored by the host without a word."""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from infra.azure.bicep import BicepFile
from infra.azure.finding import Finding
from infra.azure.source import HOST_JSON, Files

Span = Annotated[str, StringConstraints(pattern=r"^\d\d:[0-5]\d:[0-5]\d$")]
OUTAGE_S = 30 * 60  # an outage of storage that every job outlives (docs/decisions/0010)
LONGEST_WAIT_S = 60
SHORTEST_RUN_S = 5 * 60  # a clinic's plan is made in one run
HEARD = ("default", "Function", "Host")  # categories that alerts and charts read


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Http(_Strict):
    routePrefix: Literal["api"]  # noqa: N815 - the host's own names, as in all of this file


class Queues(_Strict):
    """Limits: learn.microsoft.com, functions-bindings-storage-queue, "host.json settings"."""

    batchSize: Annotated[int, Field(ge=1, le=32)]  # noqa: N815
    newBatchThreshold: Annotated[int, Field(ge=0, le=32)]  # noqa: N815
    maxDequeueCount: Annotated[int, Field(ge=1)]  # noqa: N815
    visibilityTimeout: Span  # noqa: N815
    maxPollingInterval: Span  # noqa: N815
    messageEncoding: Literal["base64"]  # noqa: N815

    @model_validator(mode="after")
    def _patient(self) -> Self:
        tried_for = self.maxDequeueCount * seconds(self.visibilityTimeout)
        if not OUTAGE_S <= tried_for <= 2 * OUTAGE_S:
            raise ValueError(f"a job is tried for {tried_for} s; {OUTAGE_S} are wanted, or somewhat more")
        if seconds(self.maxPollingInterval) > LONGEST_WAIT_S:
            raise ValueError("maxPollingInterval: messages would wait for the queue to be looked at")
        return self


class Extensions(_Strict):
    http: Http
    queues: Queues


class Bundle(_Strict):
    id: Literal["Microsoft.Azure.Functions.ExtensionBundle"]
    version: Literal["[4.*, 5.0.0)"]


class Logging(_Strict):
    """Levels by category; a level that tells less hides, one that tells more may tell URLs."""

    logLevel: Mapping[str, Literal["Warning", "Error", "Information", "None"]]  # noqa: N815

    @model_validator(mode="after")
    def _heard(self) -> Self:
        for category, level in self.logLevel.items():
            if category.startswith(HEARD) and level != "Information":
                raise ValueError(f"{category}: alerts would hear nothing")
        return self


class HostJson(_Strict):
    version: Literal["2.0"]
    telemetryMode: Literal["OpenTelemetry"]  # noqa: N815
    functionTimeout: Span  # noqa: N815
    extensions: Extensions
    extensionBundle: Bundle  # noqa: N815
    logging: Logging | None = None

    @model_validator(mode="after")
    def _long_enough(self) -> Self:
        if seconds(self.functionTimeout) < SHORTEST_RUN_S:
            raise ValueError("functionTimeout: a plan would be cut off")
        return self


def seconds(span: str) -> int:
    hours, minutes, rest = map(int, span.split(":"))
    return hours * 3600 + minutes * 60 + rest


def host_json(_parsed: Mapping[str, BicepFile], files: Files) -> Iterator[Finding]:
    try:
        HostJson.model_validate_json(files[HOST_JSON])
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            yield Finding(HOST_JSON, "host.json", f"{'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg']}")
    except json.JSONDecodeError as error:
        yield Finding(HOST_JSON, "host.json", str(error))
