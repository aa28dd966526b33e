"""The import contracts hold, and each of them can be broken."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def lint(tree: Path) -> str:
    """What import-linter says of a copy of the source."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"],
        cwd=tree,
        env={"PYTHONPATH": str(tree / "src"), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    leave_out = shutil.ignore_patterns("__pycache__", "static", "vendor")
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=leave_out)
    return tmp_path


def test_the_contracts_hold(tree: Path) -> None:
    assert lint(tree) == ""


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("standards/sex.py", "import openhealthcode.database", "Upper layers"),
        ("consent/rules.py", "import openhealthcode.record", "Upper layers"),
        ("fhir/__init__.py", "import openhealthcode.portal", "Upper layers"),
        ("portal/__init__.py", "from openhealthcode.record import reading", "read by access"),
        ("record/__init__.py", "import openhealthcode.record.reading", "read by access"),
        ("collection/file.py", "import openhealthcode.identity.reading", "read by access"),
        ("audit/__init__.py", "import openhealthcode.audit.reading", "read by access"),
        (
            "access/__init__.py",
            "from openhealthcode.record import writing",
            "written by collection",
        ),
        ("app.py", "import openhealthcode.demonstration", "demonstration is known"),
        ("consent/rules.py", "import asyncpg", "No framework"),
    ],
)
def test_a_forbidden_import_is_found(
    tree: Path, module: str, statement: str, contract: str
) -> None:
    with (tree / "src" / "openhealthcode" / module).open("a") as file:
        file.write(f"\n{statement}\n")
    said = lint(tree)
    assert "BROKEN" in said
    assert contract in said


def test_a_folder_without_a_place_in_the_layers_is_found(tree: Path) -> None:
    (tree / "src" / "openhealthcode" / "billing").mkdir()
    (tree / "src" / "openhealthcode" / "billing" / "__init__.py").touch()
    assert "billing" in lint(tree)
