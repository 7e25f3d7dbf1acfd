"""Linting a connector: time by number of operations, which should grow as they do, and the further layers once.

    python3 dev.py bench lint

Both connectors are to be built and linted within 5 s (issue C).
"""

import copy
import json
import time
from collections.abc import Callable
from dataclasses import replace

from infra.power_platform.lint import ConnectorFiles, compare_with_release, lint_connector, validate_by_specification
from tests.benchmarks.measuring import show
from tests.infra.power_platform.lint.good_connector import good_connector

COPIES = (1, 5, 20)
REPEATS = 5


def enlarged(copies: int) -> ConnectorFiles:
    """The good connector with every operation `copies` times, each under a path and an id of its own."""
    good = good_connector()
    definition = dict(good.definition)
    paths = {}
    for number in range(copies):
        for path, item in definition["paths"].items():
            again = copy.deepcopy(item)
            for operation in again.values():
                if number and "operationId" in operation:
                    operation["operationId"] = f"Copy{number}{operation['operationId']}"
                    operation.pop("x-ms-api-annotation", None)
            paths[f"/copy{number}{path}" if number else path] = again
    definition["paths"] = paths
    return replace(good, definition=definition, definition_text=json.dumps(definition, indent=4))


def fastest_ms(work: Callable[[], object]) -> float:
    def once() -> float:
        started = time.perf_counter()
        work()
        return (time.perf_counter() - started) * 1_000

    return min(once() for _ in range(REPEATS))


def main() -> None:
    rows = []
    for copies in COPIES:
        connector = enlarged(copies)
        operations, taken = len(connector.definition["paths"]), fastest_ms(lambda it=connector: lint_connector(it))
        findings = len(lint_connector(connector))
        rows.append(
            (f"{operations} operations", f"{taken:8.1f} ms  {taken / operations:.2f} ms each, {findings} findings")
        )
    good = good_connector()
    rows.append(("OpenAPI specification", f"{fastest_ms(lambda: validate_by_specification(good)):8.1f} ms"))
    same = good.definition
    rows.append(("comparison with a release", f"{fastest_ms(lambda: compare_with_release(same, same)):8.1f} ms"))
    show("Lint of a connector (fastest of 5)", rows)


if __name__ == "__main__":
    main()
