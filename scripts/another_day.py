"""Run the tests as on another day: what was written for this year must hold in the next.

``make another-day DAY="2028-02-29 11:00"`` (UTC) starts them with a clock that says so and goes on
from there, for the tests, every process they start and PostgreSQL. It takes libfaketime; what needs
a browser is left out, because browsers do not start with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_LIBRARIES: Final = (
    "usr/lib/*/faketime/libfaketimeMT.so.1",
    "usr/local/lib/faketime/libfaketimeMT.so.1",
)
_IN_EVERY_PROCESS: Final = """
import os, select, subprocess, time

def sleep(seconds):  # libfaketime 0.9.10 breaks clock_nanosleep, by which Python sleeps
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)

time.sleep = sleep
begin = subprocess.Popen.__init__
HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = ("LD_PRELOAD", "FAKETIME", "DONT_FAKE_MONOTONIC", "FAKETIME_DONT_FAKE_MONOTONIC")

def begin_on_that_day(self, *given, env=None, **named):  # also what is given no environment, as PostgreSQL is
    if env is not None:
        env = {name: os.environ[name] for name in NAMES} | dict(env)
        others = [one for one in env.get("PYTHONPATH", "").split(os.pathsep) if one and one != HERE]
        env["PYTHONPATH"] = os.pathsep.join([HERE, *others])
    begin(self, *given, env=env, **named)

subprocess.Popen.__init__ = begin_on_that_day
"""


def main(day: str, arguments: list[str]) -> int:
    """Run pytest; its exit code."""
    found = [path for pattern in _LIBRARIES for path in sorted(Path("/").glob(pattern))]
    if not found:
        print("this takes libfaketime (on Debian as root: apt-get install libfaketime)")
        return 2
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "sitecustomize.py").write_text(_IN_EVERY_PROCESS, encoding="utf-8")
        environment = os.environ | {
            "PYTHONPATH": folder,
            "LD_PRELOAD": str(found[0]),
            "FAKETIME": f"{moment.timestamp() - time.time():+.0f}s",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        command = [sys.executable, "-m", "pytest", "-m", "not browser", *arguments]
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], sys.argv[2:]))
