"""Run every check there is, two at a time, and show what the failing ones said."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_BIN = Path(sys.executable).parent
_OURS = [sys.executable]

CHECKS: dict[str, list[str]] = {  # the slowest first
    "types": [str(_BIN / "mypy")],
    "documentation": [*_OURS, "scripts/check_docs.py"],
    "lint": [str(_BIN / "ruff"), "check", "--output-format=concise"],
    "format": [str(_BIN / "ruff"), "format", "--check", "--output-format=concise"],
    "imports": [str(_BIN / "lint-imports"), "--no-logo"],
    "budgets": [*_OURS, "scripts/check_budgets.py"],
    "schema": [*_OURS, "scripts/check_schema.py"],
    "reference": [*_OURS, "scripts/reference.py", "--check"],
    "manual": [*_OURS, "scripts/manual.py", "--check"],
    "locks": [*_OURS, "scripts/lock.py", "--check"],
}


def main() -> None:
    """Run all; fail if one does, but only after all have spoken."""
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(_run, CHECKS))
    sys.exit(not all(results))


def _run(name: str) -> bool:
    begun = time.monotonic()
    done = subprocess.run(
        CHECKS[name],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    took = time.monotonic() - begun
    passed = done.returncode == 0
    said = "" if passed else f"\n{done.stdout.strip()}\n"
    print(f"{'ok' if passed else 'FAILED':6} {name:14} {took:5.1f} s{said}", flush=True)
    return passed


if __name__ == "__main__":
    main()
