"""Parameters that several operations have: each stands once, and is referred to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any


def shared_parameters(paths: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What `paths` repeats, by key; in `paths` a reference takes its place. The key is the parameter's name, with its
    title where different parameters have one name."""
    counted = Counter(_text(parameter) for _, _, parameter in _parameters(paths))
    shared: dict[str, Any] = {}
    for holder, place, parameter in list(_parameters(paths)):
        if counted[_text(parameter)] > 1:
            key = _key(parameter, shared)
            shared[key] = parameter
            holder[place] = {"$ref": f"#/parameters/{key}"}
    return dict(sorted(shared.items()))


def _key(parameter: Mapping[str, Any], shared: Mapping[str, Any]) -> str:
    name = str(parameter["name"])
    if shared.get(name, parameter) == parameter:
        return name
    return name + "".join(word.capitalize() for word in parameter["x-ms-summary"].split())


def _parameters(paths: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[list[Any], int, Mapping[str, Any]]]:
    """Bodies stand for themselves: their shape is a definition already."""
    for item in paths.values():
        for described in item.values():
            holder = described.get("parameters", [])
            for place, parameter in enumerate(holder):
                if parameter.get("in") in ("path", "query"):
                    yield holder, place, parameter


def _text(parameter: Mapping[str, Any]) -> str:
    return json.dumps(parameter, sort_keys=True)
