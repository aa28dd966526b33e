"""`ohc verify` of files begins without what the other commands need, and is the same command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import histories
from openhealthcode import entrance

_LINES = "complete and unaltered"


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with a log, a history of its own, and its public keys."""
    folder = tmp_path_factory.mktemp("published")
    own = histories.events(5)
    files = histories.log_of(folder / "log", own, among=3)
    data = histories.history_of(files, own, among=3)
    (folder / "history.json").write_bytes(data)
    (folder / "broken.json").write_bytes(data.replace(b"record.disclose", b"record.own-view", 1))
    (folder / "keys.txt").write_text(
        f"{histories.LOG.verifier_key}\n{histories.RECEIPTS.verifier_key}\n"
    )
    (folder / "policy").write_text(histories.POLICY)
    return folder


def run(place: Path, *arguments: str, also: str = "") -> subprocess.CompletedProcess[str]:
    program = f"import sys; from openhealthcode.entrance import main\ntry: main()\nfinally: {also or 'pass'}"
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_files_are_checked_without_the_libraries_of_the_command_line(place):
    done = run(
        place,
        "verify",
        "--history",
        "history.json",
        "--log=log",
        "--policy",
        "policy",
        also="print(*sys.modules)",
    )
    assert done.returncode == 0
    assert done.stdout.count(_LINES) == 2
    loaded = set(done.stdout.split())
    assert not {"typer", "rich", "http.client", "asyncpg", "starlette"} & loaded
    assert "openhealthcode.database" not in loaded


def test_it_says_what_the_whole_command_line_says(place):
    arguments = ["verify", "--history", "history.json", "--policy", "policy"]
    light = run(place, *arguments)
    program = "from openhealthcode.cli import main; main()"
    whole = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (light.returncode, light.stdout) == (whole.returncode, whole.stdout)
    assert _LINES in light.stdout


def test_a_file_that_was_altered_fails(place):
    done = run(place, "verify", "--history", "broken.json")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_what_cannot_be_read_is_said_in_one_line(place):
    done = run(place, "verify", "--history", "nothing.json")
    assert (done.returncode, done.stderr) == (1, "ohc: nothing.json cannot be read\n")


def test_kept_files_count(place):
    done = run(place, "verify", "--history", "history.json", "--kept", "history.json")
    assert done.returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["serve"],
        ["verify"],
        ["verify", "--help"],
        ["verify", "--kept", "x"],
        ["verify", "--history"],
        ["verify", "--history", "a", "--history", "b"],
        ["verify", "--history", "a", "--demo"],
        ["verify", "history.json", "--log", "x"],
        ["verify", "--history="],
    ],
)
def test_anything_else_is_left_to_the_whole_command_line(arguments):
    assert entrance._given(arguments) is None


def test_every_option_is_read_both_ways():
    given = [
        "verify",
        "--log=a",
        "--history",
        "b",
        "--keys=c",
        "--policy",
        "d",
        "--kept=e",
        "--kept",
        "f",
    ]
    assert entrance._given(given) == {
        "--log": ["a"],
        "--history": ["b"],
        "--keys": ["c"],
        "--policy": ["d"],
        "--kept": ["e", "f"],
    }
