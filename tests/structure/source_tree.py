"""The product's source as syntax trees, and the few questions that the house rules ask of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ADAPTER_ROOMS = ("channels", "sources", "storage", "identity", "subscribers", "telemetry")
PLANNED_CHANNELS = {"whatsapp", "wechat", "voice", "sms", "webchat"}


@dataclass(frozen=True)
class SourceFile:
    """One Python file: where it lies under the project's root, and its syntax tree."""

    place: str
    text: str
    tree: ast.Module

    @property
    def parts(self) -> tuple[str, ...]:
        return Path(self.place).with_suffix("").parts

    def at(self, node: ast.AST) -> str:
        return f"{self.place}:{getattr(node, 'lineno', 1)}"


@dataclass(frozen=True)
class Import:
    """A module that a file imports, dotted, and where."""

    module: str
    at: str

    def is_of(self, package: str) -> bool:
        return self.module == package or self.module.startswith(f"{package}.")


def source_files(*tops: str) -> Iterator[SourceFile]:
    for top in tops:
        found = [ROOT / top] if top.endswith(".py") else sorted((ROOT / top).rglob("*.py"))
        for path in found:
            if path.exists():
                text = path.read_text(encoding="utf-8")
                yield SourceFile(path.relative_to(ROOT).as_posix(), text, ast.parse(text))


def imports(file: SourceFile) -> Iterator[Import]:
    """Every import of a file, inside functions and under TYPE_CHECKING as well."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, file.at(node)) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            base = node.module if not node.level else ".".join([*file.parts[: -node.level], node.module])
            yield Import(base, file.at(node))
            yield from (Import(f"{base}.{alias.name}", file.at(node)) for alias in node.names)


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a name or attribute, else an empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr}" if base else node.attr
    return ""


def words(node: ast.AST) -> Iterator[str]:
    """Every identifier and attribute name within a node."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Attribute):
            yield inner.attr


def channel_names() -> set[str]:
    channels = ROOT / "shared" / "channels"
    folders = {path.name for path in channels.iterdir() if path.is_dir() and not path.name.startswith("_")}
    return folders | PLANNED_CHANNELS
