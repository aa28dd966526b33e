"""What the set-up does again, and what it leaves alone. The set-up itself ran before this test."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

import bootstrap


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone whose environment has just been set up for running, not for developing."""
    for name in ("requirements.lock", "requirements-dev.lock", *bootstrap._OURS):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "pyproject.toml").write_text("[build-system]\n[project]\nversion = '1'\n")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "_STAMP", tmp_path / ".venv" / "set-up.json")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    stamp(tmp_path, "requirements.lock")
    return tmp_path


def stamp(clone: Path, lock: str) -> None:
    content = bootstrap.json.dumps({"root": str(clone), lock: bootstrap._digest(lock)})
    (clone / ".venv" / "set-up.json").write_text(content)


def test_nothing_is_done_twice(clone: Path) -> None:
    assert clone.exists()
    assert bootstrap._is_up_to_date("requirements.lock")


def test_tools_for_developing_are_more_than_those_for_running(clone: Path) -> None:
    assert not bootstrap._is_up_to_date("requirements-dev.lock")
    stamp(clone, "requirements-dev.lock")
    assert bootstrap._is_up_to_date("requirements-dev.lock")
    assert bootstrap._is_up_to_date("requirements.lock")


@pytest.mark.parametrize("name", ["requirements.lock", "scripts/bootstrap.py"])
def test_a_change_of_what_it_depends_on_is_noticed(clone: Path, name: str) -> None:
    (clone / name).write_text("changed")
    assert not bootstrap._is_up_to_date("requirements.lock")


def test_a_change_of_the_project_is_noticed_and_one_of_its_tools_is_not(clone: Path) -> None:
    described = (clone / "pyproject.toml").read_text()
    (clone / "pyproject.toml").write_text(described + "[tool.ruff]\nline-length = 99\n")
    assert bootstrap._is_up_to_date("requirements.lock")
    (clone / "pyproject.toml").write_text(described.replace("'1'", "'2'"))
    assert not bootstrap._is_up_to_date("requirements.lock")


def test_a_clone_that_was_moved_is_set_up_anew(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bootstrap._is_up_to_date("requirements.lock")
    moved = clone.rename(clone.with_name("moved"))
    monkeypatch.setattr(bootstrap, "ROOT", moved)
    monkeypatch.setattr(bootstrap, "VENV", moved / ".venv")
    monkeypatch.setattr(bootstrap, "_STAMP", moved / ".venv" / "set-up.json")
    assert not bootstrap._is_up_to_date("requirements.lock")


def test_an_environment_whose_python_has_gone_is_set_up_anew(clone: Path) -> None:
    (clone / ".venv" / "bin" / "python").unlink()
    assert not bootstrap._is_up_to_date("requirements.lock")


def test_a_broken_stamp_counts_as_none(clone: Path) -> None:
    (clone / ".venv" / "set-up.json").write_text("{")
    assert not bootstrap._is_up_to_date("requirements.lock")


def test_an_operators_choices_come_before_pips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/mine.pem")
    monkeypatch.setenv("UV_PYTHON", "3.9")
    environment = bootstrap._environment_for_uv({"SSL_CERT_FILE": "/pips.pem"})
    assert environment["SSL_CERT_FILE"] == "/mine.pem"
    assert "UV_PYTHON" not in environment


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_is_pinned_by_hash(lock: str) -> None:
    text = (Path(bootstrap.__file__).parent.parent / lock).read_text()
    requirements = text.replace("\\\n", "").strip().splitlines()
    assert len(requirements) > 30
    assert [line for line in requirements if "==" not in line or "--hash=sha256:" not in line] == []


def test_this_clone_is_set_up_and_says_so_at_once(tmp_path: Path) -> None:
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "scripts/bootstrap.py", "--dev"],
        cwd=Path(bootstrap.__file__).parent.parent,
        # Were there anything to do, it would fail here before it touched the environment.
        env={"XDG_CACHE_HOME": str(tmp_path), "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout + done.stderr == ""
    assert time.monotonic() - begun < 20  # 0.1 s on an idle machine; setting up takes a minute
