"""A source with one mistake in it: the shipped one, changed as a careless hand might change it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from infra.power_platform.solutions.source import Source

type Change = Callable[[Source], Source]
type Document = dict[str, Any]

RUN, SUMMARY, CANCELLATION, FAILED, RECORD = (
    "Reminderrun", "Dailysummary", "Cancellationapproval", "Failedmessagemail", "Recordsentmessages",
)  # fmt: skip


def path_of(source: Source, flow: str, ending: str = ".json") -> str:
    return next(path for path in source.flows if path.startswith(f"Workflows/{flow}-") and path.endswith(ending))


def in_flow(flow: str, change: Callable[[Document], None]) -> Change:
    def changed(source: Source) -> Source:
        path = path_of(source, flow)
        document = json.loads(source.flows[path])
        change(document)
        return replace(source, flows={**source.flows, path: json.dumps(document).encode()})

    return changed


def in_step(flow: str, name: str, change: Callable[[Document], None]) -> Change:
    return in_flow(flow, lambda document: change(step(document, name)))


def in_parameters(flow: str, name: str, **given: Any) -> Change:
    """`_` in a name stands for `/`."""
    given = {key.replace("_", "/"): value for key, value in given.items()}
    return in_step(flow, name, lambda found: found["inputs"]["parameters"].update(given))


def without(flow: str, name: str, *keys: str) -> Change:
    """A step without what stands under these keys, one within the other."""

    def change(found: Document) -> None:
        for key in keys[:-1]:
            found = found[key]
        del found[keys[-1]]

    return in_step(flow, name, change)


def step(document: Document, name: str) -> Document:
    definition = document["properties"]["definition"]
    found = _find(definition["triggers"], name) or _find(definition["actions"], name)
    assert found is not None, name
    return found


def _find(actions: Document, name: str) -> Document | None:
    if name in actions:
        return actions[name]
    for one in actions.values():
        for inner in (one.get("actions", {}), one.get("else", {}).get("actions", {})):
            if (found := _find(inner, name)) is not None:
                return found
    return None


def in_text(path: str, old: str, new: str, solution: str = "flows") -> Change:
    """`path`: of a file, or a flow's name for its definition."""

    def changed(source: Source) -> Source:
        files = getattr(source, solution)
        place = path if path in files else path_of(source, path)
        assert old.encode() in files[place], (place, old)
        return replace(source, **{solution: {**files, place: files[place].replace(old.encode(), new.encode())}})

    return changed


def in_record(flow: str, old: str, new: str) -> Change:
    return lambda source: in_text(path_of(source, flow, ".data.xml"), old, new)(source)


def in_settings(change: Callable[[Document], None]) -> Change:
    def changed(source: Source) -> Source:
        settings = json.loads(source.settings)
        change(settings)
        return replace(source, settings=json.dumps(settings).encode())

    return changed


def all_of(*changes: Change) -> Change:
    def changed(source: Source) -> Source:
        for change in changes:
            source = change(source)
        return source

    return changed
