"""How figures are taken: each beside a baseline of the same run, medians, CPU time and load noted.

``python tests/performance/measure.py --area visit`` runs one area and writes ``build/bench.json``:
a list of objects with ``name``, ``value``, ``unit``, ``baseline``, ``ratio`` and ``command``.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
AREAS = {
    "visit": ("codes", "disclosing", "loading", "http", "paging", "starting"),
    "consent": ("deciding", "destroying", "hiding", "timing"),
    "identity": ("accuracy", "linking", "looking_up", "enrolling", "growing", "matching_over_http"),
    "record": ("validating", "reading", "filing", "growth"),
    "log": ("verifying", "sequencing", "mapping", "restoring", "enduring"),
    "supervision": ("overview", "warning_figures", "first_ten", "tracing"),
    "code": (
        "signed",
        "national",
        "certificates",
        "scanning",
        "routing",
        "redeeming",
    ),  # in the folder healthcode: Python has a module called code
}
FOLDERS = {"code": "healthcode", "log": "audit"}
RESULTS = ROOT / "build" / "bench.json"


@dataclass
class Figure:
    """One measured figure.

    Args:
        name: as in the project's list of figures.
        baseline: what the same machine did in the same run without us, in the same unit.
        baseline_is: what the baseline is, in words.
        cpu_us: processor time of one operation in our own processes, where it was taken.
        load: foreign load while measuring, in cores; above 0.3 the figure does not count.
    """

    name: str
    value: float
    unit: str
    baseline: float | None = None
    baseline_is: str = ""
    cpu_us: float | None = None
    notes: dict[str, object] = field(default_factory=dict)
    load: float = 0.0
    command: str = ""

    @property
    def ratio(self) -> float | None:
        return None if not self.baseline else round(self.value / self.baseline, 4)


def median(samples: list[float]) -> float:
    return statistics.median(samples)


def per_call_us(call: Callable[[], object], *, calls: int, rounds: int = 9) -> float:
    """Median over rounds of the processor time of one call, in microseconds."""
    call()
    samples = []
    for _ in range(rounds):
        started = time.process_time_ns()
        for _ in range(calls):
            call()
        samples.append((time.process_time_ns() - started) / calls / 1000)
    return median(samples)


class Load:
    """What the machine's processors did besides us while a figure was taken, in cores."""

    def __init__(self) -> None:
        self._busy, self._at, self._own = _busy_seconds(), time.monotonic(), _own_seconds()

    def foreign(self) -> float:
        elapsed = time.monotonic() - self._at
        own = _own_seconds() - self._own
        return round(max(0.0, (_busy_seconds() - self._busy - own) / elapsed), 2)


def _busy_seconds() -> float:
    try:
        fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    except OSError:
        return 0.0
    user, nice, system, _, _, irq, softirq, steal = map(int, fields)
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _own_seconds() -> float:
    """Processor time of this process and of all processes below it."""
    return sum(seconds_of(pid) for pid in below(os.getpid()))


def below(root: int) -> Iterator[int]:
    """A process and all its descendants."""
    yield root
    try:
        tasks = list(Path(f"/proc/{root}/task").iterdir())
        children = " ".join((task / "children").read_text() for task in tasks).split()
    except OSError:
        return
    for child in children:
        yield from below(int(child))


def seconds_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--area", choices=sorted(AREAS))
    parser.add_argument("--only", help="one part of an area")
    parser.add_argument("--full", action="store_true", help="the long ones too")
    options = parser.parse_args()
    sys.path[:0] = [str(ROOT / "tests"), str(Path(__file__).parent)]
    figures: list[Figure] = []
    for area, parts in AREAS.items():
        if options.area not in (None, area):
            continue
        for part in parts:
            if options.only not in (None, part):
                continue
            folder = FOLDERS.get(area, area)
            module = importlib.import_module(f"{folder}.{part}")
            load = Load()
            for figure in module.measure(is_full=options.full):
                figure.load = load.foreign()
                figure.command = f"make bench AREA={area}{' FULL=1' if options.full else ''}"
                figures.append(figure)
                _tell(figure)
                load = Load()
    if not figures:
        parser.error("no such part")
    _write(figures)


def _tell(figure: Figure) -> None:
    beside = f", baseline {figure.baseline:g} ({figure.baseline_is})" if figure.baseline else ""
    cpu = f", {figure.cpu_us:.0f} µs of processor each" if figure.cpu_us else ""
    print(
        f"{figure.name}: {figure.value:g} {figure.unit}{beside}{cpu}, "
        f"foreign load {figure.load}, {figure.notes or ''}",
        flush=True,
    )


def _write(figures: list[Figure]) -> None:
    """Replace what was measured now, keep what was measured before."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    names = {figure.name for figure in figures}
    rows = [row for row in kept if row["name"] not in names]
    rows += [{**asdict(figure), "ratio": figure.ratio} for figure in figures]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    # Modules import this file as ``measure``; there shall be one Figure, not two.
    sys.modules["measure"] = sys.modules["__main__"]
    main()
