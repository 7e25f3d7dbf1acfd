"""The archive holds what Azure runs and nothing else, and the engine takes it with only requirements.txt beside it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import PathDistribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.azure import package
from infra.azure.archive import ArchiveWrong, archive_of, files_to_deploy

ROOT = Path(__file__).parents[3]
HOST = Path("infra/local/host")
PINNED = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)

# In a process that sees the archive, what requirements.txt names, and the machine around the engine; nothing else.
INDEX = """
import ast, asyncio, importlib, json, pathlib, sys
app, libraries, machine = sys.argv[1:]
sys.path += [libraries, machine]
from infra.local.host.engine import Engine
functions = asyncio.run(Engine(pathlib.Path(app)).index())
import shared

def named(text):  # late imports too: heavy libraries are imported where they are used
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module

def there(module):
    try:
        importlib.import_module(module)
    except ModuleNotFoundError:
        return False
    return True

modules = {name for path in pathlib.Path(app).rglob("*.py") for name in named(path.read_text())}
print(json.dumps({
    "shared": shared.__file__,
    "functions": [function.name for function in functions],
    "missing": sorted(module for module in modules if not there(module)),
}))
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "app.zip"
    path.write_bytes(archive_of(files_to_deploy(ROOT)))
    return path


def test_the_archive_holds_the_app_and_no_tests_tools_or_sample_data(archive: Path) -> None:
    with zipfile.ZipFile(archive) as packed:
        names = packed.namelist()
        requirements = packed.read("requirements.txt")
    assert {name.split("/")[0] for name in names} == {
        "function_app.py",
        "functions",
        "host.json",
        "requirements.txt",
        "shared",
    }
    assert requirements == (ROOT / "requirements.txt").read_bytes()
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode == 0:
        rooms = ("functions/", "shared/")
        assert {n for n in names if n.startswith(rooms)} == {
            n for n in tracked.stdout.splitlines() if n.startswith(rooms)
        }


OPTIONAL = {"opentelemetry"}  # looked for, and done without where nobody has installed it (shared/telemetry)


def test_the_same_files_make_the_same_archive(archive: Path) -> None:
    assert archive_of(files_to_deploy(ROOT)) == archive.read_bytes()


def test_the_engine_indexes_the_archive_with_only_the_requirements_beside_it(archive: Path, tmp_path: Path) -> None:
    """About ten seconds: every library that requirements.txt pins is laid into an empty folder, and nothing more."""
    app, libraries, machine = tmp_path / "app", tmp_path / "libraries", tmp_path / "machine"
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(app)
    for name, version in PINNED.findall((app / "requirements.txt").read_text()):
        lay(distribution(name), version, libraries)
    for name in ("engine.py", "wire.py"):  # of the machine only what speaks to the engine
        (machine / HOST).mkdir(parents=True, exist_ok=True)
        (machine / HOST / name).symlink_to(ROOT / HOST / name)

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", INDEX, str(app), str(libraries), str(machine)],
        cwd=app, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert {name.split(".")[0] for name in said["missing"]} <= OPTIONAL
    assert Path(said["shared"]).is_relative_to(app)
    assert sorted(said["functions"]) == sorted(declared())


def test_what_the_libraries_bring_with_them_is_pinned_too() -> None:
    pinned = dict(PINNED.findall((ROOT / "requirements.txt").read_text()))
    wanted = {
        canonicalize_name(one.name)
        for name in pinned
        for one in map(Requirement, distribution(name).requires or ())
        if one.marker is None or one.marker.evaluate({"extra": ""})
    }
    assert wanted - set(pinned) == set()


def lay(found: object, version: str, libraries: Path) -> None:
    """Link one installed library into a folder, as an installation of its own would lay it there."""
    assert isinstance(found, PathDistribution)
    assert found.version == version, f"{found.name} is installed in another version than requirements.txt pins"
    for file in found.files or ():
        source, target = Path(str(found.locate_file(file))), libraries / file
        if ".." not in file.parts and source.is_file() and "__pycache__" not in file.parts:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(source, target)


def declared() -> list[str]:
    import function_app

    return [str(function.get_function_name()) for function in function_app.app.get_functions()]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project with everything that must be deployed."""
    root = tmp_path / "project"
    for room in ("functions", "shared"):
        (root / room).mkdir(parents=True)
        (root / room / "__init__.py").touch()
    for name in ("function_app.py", "host.json", "requirements.txt"):
        (root / name).touch()
    shutil.copy(ROOT / ".funcignore", root)
    return root


@pytest.mark.parametrize(
    "stray",
    ["local.settings.json", "tests/test_it.py", "dist/app.zip", ".azure/live/.env", "project_env/lib/six.py"],
)  # the last is what `azd restore` makes
def test_what_funcignore_names_is_not_deployed(project: Path, stray: str) -> None:
    (project / stray).parent.mkdir(parents=True, exist_ok=True)
    (project / stray).touch()
    assert stray not in files_to_deploy(project)


@pytest.mark.parametrize("stray", ["extract.csv", ".env", "shared/patients.xlsx", "keys/live.py"])
def test_a_stray_file_stops_the_packing(project: Path, stray: str) -> None:
    (project / stray).parent.mkdir(parents=True, exist_ok=True)
    (project / stray).touch()
    with pytest.raises(ArchiveWrong, match=f"{stray} would be deployed"):
        files_to_deploy(project)


def test_a_missing_file_stops_the_packing(project: Path) -> None:
    (project / "host.json").unlink()
    with pytest.raises(ArchiveWrong, match=r"host\.json would not be deployed"):
        files_to_deploy(project)


def test_the_command_prints_the_size_and_how_long_the_import_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert package.main(["--to", str(tmp_path / "app.zip")]) == 0
    size = (tmp_path / "app.zip").stat().st_size
    out = capsys.readouterr().out
    assert f"{size:,} bytes" in out
    assert re.search(r"import of function_app from it, in a new process: \d+\.\d\d s", out)
