"""Import rules of the house that import-linter cannot express (the others stand in pyproject.toml)."""

from __future__ import annotations

from tests.structure.source_tree import ADAPTER_ROOMS, Import, SourceFile, imports, source_files

PRODUCT = ("shared", "functions", "function_app.py")
AZURE_SDKS = ("azure.data", "azure.storage", "azure.core", "azure.identity")


def offenders(allowed: tuple[str, ...], *packages: str) -> list[str]:
    """Imports of `packages` outside the folders and files `allowed`."""
    return sorted(
        {
            f"{found.at} imports {found.module}"
            for file in source_files(*PRODUCT)
            if not file.place.startswith(allowed)
            for found in imports(file)
            if any(found.is_of(package) for package in packages)
        }
    )


def test_only_storage_imports_the_azure_sdks() -> None:
    assert offenders(("shared/storage/",), *AZURE_SDKS) == []


def test_only_functions_import_the_functions_sdk() -> None:
    assert offenders(("functions/", "function_app.py"), "azure.functions") == []


def test_only_adapters_speak_http() -> None:
    """The wiring builds the client that it hands them."""
    assert offenders(("shared/channels/", "shared/sources/", "shared/identity/", "shared/wiring/"), "httpx") == []
    assert offenders(("shared/subscribers/",), "httpcore") == []


def test_only_wiring_names_concrete_adapters() -> None:
    """Outside its room, an adapter is known by the room's contract alone."""
    found = []
    for room in ADAPTER_ROOMS:
        rooms_own = (f"shared/{room}/", "shared/wiring/")
        found += [
            f"{one.at} imports {one.module}"
            for file in source_files(*PRODUCT)
            if not file.place.startswith(rooms_own)
            for one in imports(file)
            if one.is_of(f"shared.{room}") and not _is_contract(one, room)
        ]
    assert found == []


def _is_contract(one: Import, room: str) -> bool:
    return one.module == f"shared.{room}" or one.is_of(f"shared.{room}.contract")


def test_no_channel_knows_another_and_no_source_another() -> None:
    """Adapters are what wiring.py names; what stands beside them in a room may be shared by all of it."""
    found = []
    wiring = source_files("shared/wiring/")
    for room in ("channels", "sources"):
        adapters = {_named(one, room) for file in wiring for one in imports(file) if one.is_of(f"shared.{room}")}
        for file in source_files(f"shared/{room}"):
            others = adapters - {_adapter_of(file, room), "contract"}
            found += [
                f"{one.at} imports {one.module}"
                for one in imports(file)
                if one.is_of(f"shared.{room}") and _named(one, room) in others
            ]
    assert found == []


def _adapter_of(file: SourceFile, room: str) -> str:
    return file.parts[file.parts.index(room) + 1]


def _named(one: Import, room: str) -> str:
    return one.module.removeprefix(f"shared.{room}.").split(".")[0]
