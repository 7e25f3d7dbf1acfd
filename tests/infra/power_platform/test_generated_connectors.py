"""The connectors' files are what the table of operations says, word for word."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from PIL import Image

from functions.interface.table import OPERATIONS
from infra.power_platform.generator.files import CONNECTORS, channels, generated
from shared.wiring.channels import CHANNELS

FILES = [(channel, path) for channel in channels() for path in generated(channel)]
AGAIN = "python3 -m infra.power_platform.generator makes them anew"


def test_every_channel_has_a_connector() -> None:
    assert [channel.name for channel in channels()] == sorted(CHANNELS)


@pytest.mark.parametrize(("channel", "path"), FILES, ids=[f"{channel.name}/{path}" for channel, path in FILES])
def test_what_is_kept_is_what_would_be_made(channel: Any, path: Any) -> None:
    kept, made = (CONNECTORS / channel.name / path).read_bytes(), generated(channel)[path]
    if path.suffix == ".png":  # libraries may pack the same picture differently
        kept, made = pixels(kept), pixels(made)
    assert kept == made, AGAIN


def pixels(png: bytes) -> bytes:
    return Image.open(io.BytesIO(png)).convert("RGB").tobytes()


@pytest.mark.parametrize("channel", channels(), ids=lambda channel: channel.name)
def test_every_operation_for_makers_is_offered_and_no_other(channel: Any) -> None:
    swagger = read(channel.name)
    offered = {described["operationId"] for _, _, described in operations(swagger)}
    assert offered == {operation.id for operation in OPERATIONS.values() if operation.connector}
    for path, method, described in operations(swagger):
        operation = OPERATIONS[described["operationId"]]
        assert (path, method.upper()) == (f"/v1/{operation.path}", operation.method)


@pytest.mark.parametrize("channel", channels(), ids=lambda channel: channel.name)
def test_every_reference_leads_to_a_definition_and_every_definition_is_used(channel: Any) -> None:
    swagger = read(channel.name)
    kept = {f"#/{room}/{name}" for room in ("definitions", "parameters") for name in swagger[room]}
    assert set(references(swagger)) == kept


def read(name: str) -> Mapping[str, Any]:
    return json.loads((CONNECTORS / name / "apiDefinition.swagger.json").read_text(encoding="utf-8"))


def operations(swagger: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, item in swagger["paths"].items():
        for method, described in item.items():
            if not method.startswith("x-"):
                yield path, method, described


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from references(one)
