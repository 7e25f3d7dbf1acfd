"""Commands as a shell calls them, on an account of their own in Azurite."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.ops.command import Desk
from infra.ops.place import opened
from infra.ops.shell import main
from tests.functions.conftest import clinic_file, write_extract
from tests.world import SETTINGS, clinic_document

KEY = re.compile(r"pm_[0-9A-Za-z]{39}")
KEY_ID = re.compile(r"key-[0-9a-f]{10}")


@dataclass(frozen=True)
class Said:
    """What a command came to. `out` and `err` as a person sees them."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Shell:
    """Calls commands; looks at what is stored."""

    capsys: pytest.CaptureFixture[str]
    folder: Path

    def __call__(self, *words: str | Path) -> Said:
        self.capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as ended:  # argparse
            code = int(ended.code or 0)
        return Said(code, *self.capsys.readouterr())

    def file(self, name: str, content: str) -> Path:
        path = self.folder / name
        path.write_text(content, "utf-8")
        return path

    def clinic(self, clinic_id: str, **changes: object) -> None:
        said = self("clinic", "load", self.file(f"{clinic_id}.json", clinic_document(id=clinic_id, **changes)))
        assert said.code == 0, said.err

    def clinic_with_a_list(self, clinic_id: str = "ward") -> None:
        """A clinic on both channels with appointments A-8001 … in three days, planned once."""
        extract = self.folder / f"{clinic_id}.csv"
        write_extract(extract)
        said = self("clinic", "load", self.file(f"{clinic_id}.json", clinic_file(clinic_id, extract)))
        assert said.code == 0, said.err

        async def plan(desk: Desk) -> None:
            await desk.services.plan(desk.services.start_run.job(await desk.services.clinics.get(clinic_id)))

        self.look(plan)

    def look[T](self, at: Callable[[Desk], Awaitable[T]]) -> T:
        """What `at` finds on a desk of its own."""

        async def look() -> T:
            async with opened(self.folder / "unused") as desk:
                return await at(desk)

        return asyncio.run(look())


@pytest.fixture
def shell(
    empty_storage: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Shell:
    """On an account that has not even tables."""
    stores = {"PATIENT_STORAGE_CONNECTION": empty_storage, "AzureWebJobsStorage": empty_storage}
    for name, value in {**SETTINGS, **stores}.items():
        monkeypatch.setenv(name, value)
    return Shell(capsys, tmp_path)
