"""host.json against a strict model: a misspelt option would be ignored by the host without a word."""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from infra.azure.bicep import BicepFile
from infra.azure.finding import Finding
from infra.azure.source import HOST_JSON, Files

Span = Annotated[str, StringConstraints(pattern=r"^\d\d:[0-5]\d:[0-5]\d$")]


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


class Extensions(_Strict):
    http: Http
    queues: Queues


class Bundle(_Strict):
    id: Literal["Microsoft.Azure.Functions.ExtensionBundle"]
    version: Literal["[4.*, 5.0.0)"]


class Logging(_Strict):
    """Levels by category; a level that tells less hides, one that tells more may tell URLs."""

    logLevel: Mapping[str, Literal["Warning", "Error", "Information", "None"]]  # noqa: N815


class HostJson(_Strict):
    version: Literal["2.0"]
    telemetryMode: Literal["OpenTelemetry"]  # noqa: N815
    functionTimeout: Span  # noqa: N815
    extensions: Extensions
    extensionBundle: Bundle  # noqa: N815
    logging: Logging | None = None


def host_json(_parsed: Mapping[str, BicepFile], files: Files) -> Iterator[Finding]:
    try:
        HostJson.model_validate_json(files[HOST_JSON])
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            yield Finding(HOST_JSON, "host.json", f"{'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg']}")
    except json.JSONDecodeError as error:
        yield Finding(HOST_JSON, "host.json", str(error))
