"""From ``make demo`` to the first page with everything installed, and what the whole of it occupies."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from measure import ROOT, Figure, below, median
from visit.world import free_port

ROUNDS = 5


def measure(*, is_full: bool) -> Iterator[Figure]:  # noqa: ARG001 - the same either way
    started = [_start() for _ in range(ROUNDS)]
    yield Figure(
        "demo_start_warm",
        round(median([seconds for seconds, _, _ in started]), 2),
        "s",
        baseline=round(median([again for _, again, _ in started]), 2),
        baseline_is="a second start over the same data",
    )
    yield Figure(
        "demo_rss",
        round(median([megabytes for _, _, megabytes in started])),
        "MB",
        notes={"counted": "proportional share (PSS) of every process, PostgreSQL's included"},
    )


def _start() -> tuple[float, float, float]:
    """Seconds of a first start and of a second one, and the memory after the first."""
    folder = Path(tempfile.mkdtemp(prefix="ohc-bench-"))
    folder.chmod(0o711)
    try:
        first, memory = _once(folder)
        second, _ = _once(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return first, second, memory


def _once(folder: Path) -> tuple[float, float]:
    port = free_port()
    kept = {name: text for name, text in os.environ.items() if not name.startswith("OHC_")}
    started = time.perf_counter()
    running = subprocess.Popen(
        ["make", "demo", f"ARGS=--port {port}"],
        cwd=ROOT,
        env={**kept, "OHC_DATA_DIRECTORY": str(folder)},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not _is_up(port):
            time.sleep(0.05)
            assert running.poll() is None, "it ended"
        seconds = time.perf_counter() - started
        return seconds, sum(map(_megabytes, below(running.pid)))
    finally:
        os.killpg(running.pid, signal.SIGINT)
        running.wait(timeout=30)


def _is_up(port: int) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"http://127.0.0.1:{port}/demo", timeout=5).status_code == 200
    return False


def _megabytes(pid: int) -> float:
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) / 1024
    return 0.0
