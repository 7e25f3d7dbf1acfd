"""The shipped source, read once; tests change copies of it."""

import pytest

from infra.power_platform.solutions.source import Source, read_source


@pytest.fixture(scope="session")
def source() -> Source:
    from pathlib import Path

    return read_source(Path("/tmp/c-flows/conn"))
