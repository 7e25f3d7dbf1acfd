"""The shipped source, read once; tests change copies of it."""

import pytest

from infra.power_platform.solutions.source import Source, read_source


@pytest.fixture(scope="session")
def source() -> Source:
    return read_source()
