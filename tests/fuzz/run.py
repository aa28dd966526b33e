"""The parsers under a coverage-guided fuzzer, for a time: ``run.py --seconds 600`` or ``run.py NAME``.

What makes a finding is kept below ``build/fuzz/NAME`` and tried again with ``--again FILE``. The
fuzzer (atheris) is built for Linux on x86-64 alone; ``test_targets.py`` runs everywhere.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "fuzz"
LONGEST_SECONDS = 10
LARGEST_MB = 1024
_RUNS = re.compile(r"number_of_executed_units: (\d+)")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("name", nargs="?", help="one target; all of them otherwise")
    parser.add_argument("--seconds", type=int, default=30, help="for each target")
    parser.add_argument("--again", type=Path, help="a file that made a finding")
    asked = parser.parse_args()
    sys.path[:0] = [str(ROOT / "tests")]
    if asked.name is None:
        sys.exit(_all(asked.seconds))
    _one(asked.name, asked.seconds, asked.again)


def _all(seconds: int) -> int:
    """Every target in a process of its own, one for each processor; says how many had findings."""
    from fuzz.targets import TARGETS  # noqa: PLC0415 - a single target imports it under the fuzzer

    def one(name: str) -> tuple[str, subprocess.CompletedProcess[str]]:
        command = [sys.executable, __file__, name, "--seconds", str(seconds)]
        return name, subprocess.run(command, capture_output=True, text=True, check=False)

    found = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, done in pool.map(one, TARGETS):
            runs = _RUNS.search(done.stderr)
            print(f"{name:22} {int(runs[1]) if runs else 0:>12,} examples", flush=True)
            if done.returncode != 0:
                found += 1
                print(done.stderr[-4000:], flush=True)
    print(f"{len(TARGETS)} targets, {seconds} s each, {found} with findings")
    return min(found, 1)


def _one(name: str, seconds: int, again: Path | None) -> None:
    import atheris  # noqa: PLC0415 - not built for every machine

    with atheris.instrument_imports(include=["openhealthcode"]):
        from fuzz.targets import TARGETS, attempted  # noqa: PLC0415 - seen by the fuzzer
    target = TARGETS[name]
    if again is not None:
        attempted(target, again.read_bytes())
        return
    corpus = KEPT / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    attempted(target, b"")  # what is made once is made before anything is measured
    atheris.Setup(
        [
            sys.argv[0],
            f"-max_total_time={seconds}",
            f"-max_len={target.longest}",
            f"-timeout={LONGEST_SECONDS}",
            f"-rss_limit_mb={LARGEST_MB}",
            f"-artifact_prefix={corpus}/finding-",
            "-print_final_stats=1",
            "-verbosity=0",
            str(corpus),
        ],
        lambda data: attempted(target, data),
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
