"""The command as it is typed: help at once, and one sentence when something is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_OHC = Path(sys.executable).parent / "ohc"
_VERBS = (
    "demo",
    "serve",
    "migrate",
    "load",
    "verify",
    "receipt",
    "doctor",
    "administrator",
    "psql",
    "map",
    "summary",
    "verify-code",
    "trust",
)


def _run(*arguments, **environment):
    kept = {name: text for name, text in os.environ.items() if not name.startswith("OHC_")}
    return subprocess.run(
        [_OHC, *arguments],
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_names_every_verb():
    told = _run("--help").stdout
    assert all(verb in told for verb in _VERBS)


@pytest.mark.parametrize("verb", _VERBS)
def test_every_verb_explains_itself(verb):
    assert _run(verb, "--help").returncode == 0


def test_a_misspelt_setting_is_told_in_one_line():
    done = _run("verify", OHC_DATABSE_URL="x")
    assert (done.returncode, done.stderr) == (1, "ohc: there is no setting OHC_DATABSE_URL\n")


def test_nothing_heavy_is_imported_to_show_help():
    done = subprocess.run(
        [sys.executable, "-c", "import openhealthcode.cli, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert not {"starlette", "asyncpg", "cryptography", "jinja2"} & set(done.stdout.split())
