"""For every rule of the lint, the good connector with one change that breaks this rule alone."""

from tests.infra.power_platform.lint import broken_files, broken_operations, broken_schemas, broken_words
from tests.infra.power_platform.lint.changes import Broken

BROKEN: list[Broken] = [
    *broken_words.BROKEN,
    *broken_operations.BROKEN,
    *broken_schemas.BROKEN,
    *broken_files.BROKEN,
]
