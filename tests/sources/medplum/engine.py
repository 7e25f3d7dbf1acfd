"""Brings the independent FHIR engine: installed by npm once into .tools/, started for a test, ended with it."""

import contextlib
import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.node import npm_script
from infra.local.tools import TOOLS, ToolMissingError, node_program

HERE = Path(__file__).parent
LEAST_NODE = (20, 19)  # "engines" of its package.json
INSTALL_LIMIT_S, START_LIMIT_S = 180, 60
NO_REGISTRY = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENETUNREACH|E5\d\d\b|E40[134]\b")


@contextlib.contextmanager
def engine() -> Iterator[str]:
    """The address of a running, empty server. Skips the test, saying why, where it cannot be brought here."""
    node = _node()
    folder = _installed(node)
    process = subprocess.Popen(
        [str(node), "server.mjs"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.stdout
        address = process.stdout.readline().decode().strip()
        assert address.startswith("http://127.0.0.1:"), process.communicate(timeout=START_LIMIT_S)[1].decode()
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=START_LIMIT_S)


def _node() -> Path:
    try:
        node = node_program()
    except ToolMissingError as problem:
        pytest.skip(f"independent FHIR engine: {problem}")
    version = subprocess.run([str(node), "--version"], capture_output=True, text=True, check=True).stdout
    if tuple(map(int, version.strip().lstrip("v").split(".")[:2])) < LEAST_NODE:
        pytest.skip(
            f"independent FHIR engine: it needs Node {'.'.join(map(str, LEAST_NODE))}, this is {version.strip()}"
        )
    return node


def _installed(node: Path) -> Path:
    """A folder of its own for each version of the lock file; complete or not there at all."""
    recipe = [HERE / name for name in ("package.json", "package-lock.json", "server.mjs")]
    mark = hashlib.sha256(b"".join(file.read_bytes() for file in recipe)).hexdigest()[:12]
    folder = TOOLS / f"medplum-{mark}"
    if folder.is_dir():
        return folder
    npm = npm_script(node)
    if npm is None:
        pytest.skip("independent FHIR engine: Node is here without npm")
    unfinished = TOOLS / f"medplum-{mark}.part"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for file in recipe:
        shutil.copy(file, unfinished)
    _install(node, npm, unfinished)
    for old in TOOLS.glob("medplum-*"):
        if old != unfinished:
            shutil.rmtree(old, ignore_errors=True)
    return unfinished.rename(folder)


def _install(node: Path, npm: Path, folder: Path) -> None:
    command = [str(node), str(npm), "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=INSTALL_LIMIT_S)
    except subprocess.TimeoutExpired:
        pytest.skip(f"independent FHIR engine: the npm registry took more than {INSTALL_LIMIT_S} s")
    if done.returncode and (found := NO_REGISTRY.search(done.stderr)):
        pytest.skip(f"independent FHIR engine: the npm registry does not answer ({found[0]})")
    assert done.returncode == 0, done.stderr
