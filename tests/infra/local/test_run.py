"""`dev.py run`, as a person starts it: a first run, a second one on the same data, Ctrl-C, a port that is taken."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
LIMIT_S = 60
ADDRESS = re.compile(r'curl (?:-H "([^"]+)" )?"(http://127\.0\.0\.1:\d+/[^"]*)"')


def _command(data: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "infra.local.commands.run", "--data", str(data), *arguments]


def _run(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = _command(data, *arguments)
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False)


@contextmanager
def _started(data: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        _command(data, *arguments), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


def _output_until(process: subprocess.Popen[str], text: str) -> str:
    seen: list[str] = []
    for line in process.stdout or ():
        seen.append(line)
        if text in line:
            return "".join(seen)
    pytest.fail(f"{text!r} never came:\n{''.join(seen)}")


def _cells(line: str) -> list[str]:
    return re.split(r"\s{2,}", line.strip())


def _numbers(cells: list[str]) -> list[int]:
    return [0 if cell == "·" else int(cell) for cell in cells[:3]]


def _table(output: str) -> str:
    return output.partition("Today's reminder job")[2].partition("Reached a phone")[0]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def first(data: Path) -> subprocess.CompletedProcess[str]:
    return _run(data, "--once", "--port", "0")


def test_a_first_run_sends_what_is_due_and_ends_well(first: subprocess.CompletedProcess[str]) -> None:
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stderr == ""
    reached = re.search(r"Reached a phone in this run: (\d+) messages, 0 of them more than once", first.stdout)
    assert reached is not None
    assert int(reached[1]) > 90
    assert "Not as it should be" not in first.stdout
    for failure in ("blocked", "not-following", "not-on-whatsapp", "whatsapp-then-wechat"):
        assert failure in first.stdout


def test_the_end_of_a_run_shows_what_waits_for_a_person(first: subprocess.CompletedProcess[str]) -> None:
    """Each failure that went no other way, and each appointment whose patient cannot be written to."""
    rows = {name: numbers for name, *numbers in map(_cells, _table(first.stdout).splitlines())}
    failed, otherwise = _numbers(rows["failed"]), _numbers(rows["arrived otherwise"])
    assert otherwise[1] > 0
    assert _numbers(rows["worklist: not_sent"]) == [a - b for a, b in zip(failed, otherwise, strict=True)]
    assert min(_numbers(rows["worklist: no_way"])) >= 3


def test_a_second_run_on_the_same_data_sends_nothing_again_and_shows_the_same(
    data: Path, first: subprocess.CompletedProcess[str]
) -> None:
    second = _run(data, "--once", "--port", "0")
    assert second.returncode == 0, second.stdout + second.stderr
    assert "Reached a phone in this run: 0 messages" in second.stdout
    assert _table(second.stdout) == _table(first.stdout)


@pytest.mark.usefixtures("first")
def test_it_serves_what_it_points_to_until_ctrl_c(data: Path) -> None:
    with _started(data, "--port", "0") as process:
        output = _output_until(process, "until Ctrl-C")
        looked = ADDRESS.findall(output)
        for header, address in looked:
            name, _, value = header.partition(": ")
            request = urllib.request.Request(address, headers={name: value} if name else {})
            with urllib.request.urlopen(request, timeout=10) as answer:
                assert json.load(answer)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=20)
    assert len(looked) == 9
    assert "Traceback" not in output + rest
    assert process.returncode == 0


@pytest.mark.usefixtures("first")
@pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("curl")), reason="the README's lines are for bash and curl"
)
def test_every_line_of_the_readme_that_looks_around_works(data: Path) -> None:
    with _started(data, "--port", "0") as process:
        url = re.findall(r"serving on (\S+)", _output_until(process, "until Ctrl-C"))[0]
        before, rest = _look_around(url).split("MESSAGE= ")
        after, form = rest.split("PATIENT= ")
        ids = f"ITEM={_found(url, 'worklist', 'id')}; APPOINTMENT={_found(url, 'appointments', 'appointmentId')}\n"
        answers = _shell(ids + before)
        scheduled = answers[-1]["value"]
        assert [row["status"] for row in scheduled] == ["scheduled"] * 2
        cancelled, page, found = _shell(f"{_setting_lines(before)}\nMESSAGE={scheduled[1]['id']} \n#{after}")
        patient = next(one["id"] for one in found["value"] if one["channels"][0]["contact"])
        [preview] = _shell(f"{_setting_lines(before)}\nPATIENT={patient} \n#{form}")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert len(answers) == 8
    assert answers[5]["state"] == "resolved"
    assert cancelled["state"] == page["state"] == "cancelled"
    assert [event["state"] for event in page["events"]] == ["cancelled"]
    assert "24F5DA-A83008-7EFE6Z" in preview["text"]


def _look_around(url: str) -> str:
    """The lines of the README, for this host; ids that a person fills in stay open."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    part = text.partition("### Look around")[2].partition("\n## ")[0]
    lines = "".join(re.findall(r"```\n(.*?)```", part, re.DOTALL)).replace("http://127.0.0.1:7071", url)
    return re.sub(r"(?m)^(ITEM|APPOINTMENT)=.*$", "", lines)


def _setting_lines(script: str) -> str:
    return next(line for line in script.splitlines() if line.startswith("KEY="))


def _shell(script: str) -> list[dict[str, Any]]:
    """What each curl answered. A refusal fails."""
    whole = f"set -euo pipefail\ncurl() {{ command curl -sS --fail-with-body -w '\\n' \"$@\"; }}\n{script}"
    done = subprocess.run(["bash", "-c", whole], capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def _found(url: str, name: str, field: str) -> str:
    """As the README asks for it: an item of riverside's worklist, an ordinary appointment of the fifth day."""
    day = datetime.now(UTC).date() + timedelta(days=5)
    days = f"&from={day}&to={day}" if name == "appointments" else ""
    address = f"{url}/api/any/v1/{name}?clinicId=riverside{days}"
    request = urllib.request.Request(address, headers={"x-api-key": "local"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        values = [str(row[field]) for row in json.load(answer)["value"]]
    return next(value for value in values if name == "worklist" or value.endswith("-02"))


@pytest.mark.parametrize("line", ["storage:", "sample:", "host:"])
def test_ctrl_c_ends_it_cleanly_at_any_step(data: Path, line: str) -> None:
    with _started(data, "--port", "0") as process:
        output = _output_until(process, line)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=20)
    assert "Traceback" not in output + rest
    assert "stopped by Ctrl-C" in rest
    assert process.returncode == 130


@pytest.mark.usefixtures("first")
@pytest.mark.skipif(sys.platform != "linux", reason="finds Azurite's process in /proc")
def test_storage_that_goes_while_it_serves_is_told(data: Path) -> None:
    with _started(data, "--port", "0") as process:
        _output_until(process, "until Ctrl-C")
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        assert len(children) == 1
        os.kill(int(children[0]), signal.SIGKILL)
        output = _output_until(process, "stopped.")
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=20)
    assert "storage: The store did not answer. Azurite has gone: start again." in output
    assert "Traceback" not in output + rest


def test_a_port_that_is_taken_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = _run(tmp_path, "--once", "--port", str(port))
    assert done.returncode == 1
    assert (
        f"host: port {port} is taken. End the program that uses it, or choose another one with --port." in done.stdout
    )
    assert not (tmp_path / "azurite").exists()


def test_a_wrong_argument_is_explained(tmp_path: Path) -> None:
    done = _run(tmp_path, "--port", "seventy")
    assert done.returncode == 2
    assert "write a number from 0 to 65535" in done.stderr


def test_fresh_says_what_it_removes(tmp_path: Path) -> None:
    kept = tmp_path / "azurite" / "kept"
    kept.mkdir(parents=True)
    with _started(tmp_path, "--fresh", "--port", "0") as process:
        output = _output_until(process, "storage:")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert "--fresh: the data of earlier runs in" in output
    assert not kept.exists()
