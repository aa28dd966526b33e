"""Resolve the dependencies and write the locks the set-up installs from.

``uv.lock`` is for uv; the two exports beside it can be installed from any index, because they name
hashes and no addresses. ``--check`` says, without a network, whether all three agree.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import package_index
import pinned_uv
from bootstrap import ROOT, cache

_EXPORTS = {
    "requirements.lock": ["--no-dev", "--extra", "paper"],
    "requirements-dev.lock": ["--all-groups", "--all-extras"],
}
_FROM_THE_PUBLIC_INDEX = {"UV_DEFAULT_INDEX": package_index.PUBLIC, "UV_SYSTEM_CERTS": "1"}


def main() -> None:
    """Lock, or check the locks."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="change nothing")
    choice.add_argument("--upgrade", action="store_true", help="to the newest that is a week old")
    asked = parser.parse_args()
    uv = pinned_uv.fetch(package_index.configured(os.environ, Path.home()), cache())
    if asked.check:
        _uv(uv, "lock", "--check", "--offline")
        stale = [name for name in _EXPORTS if (ROOT / name).read_text() != _export(uv, name)]
        if stale:
            sys.exit(f"{', '.join(stale)}: not what uv.lock says; run `make lock`")
    else:
        _uv(uv, "lock", *(["--upgrade"] if asked.upgrade else []))
        for name in _EXPORTS:
            (ROOT / name).write_text(_export(uv, name))


def _export(uv: Path, name: str) -> str:
    how = ["--frozen", "--quiet", "--no-header", "--no-emit-project", "--no-annotate"]
    return _uv(uv, "export", *how, *_EXPORTS[name])


def _uv(uv: Path, *arguments: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("UV_", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [uv, *arguments],
        cwd=ROOT,
        env={**environment, **_FROM_THE_PUBLIC_INDEX},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"uv {arguments[0]} failed")
    return done.stdout


if __name__ == "__main__":
    main()
