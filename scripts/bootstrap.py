"""Set up ``.venv`` from the locked packages, on a machine that has nothing but Python.

Quick when there is nothing to do, safe when several run at once, and all from the configured
package index with every file checked against the hash in the lock.
"""

import sys

if not (3, 11) <= sys.version_info < (3, 15):  # said before anything newer is used
    sys.exit(
        "OpenHealthCode runs on Python 3.11 to 3.14, and this is "
        + sys.version.split()[0]
        + ".\nName another one: make PYTHON=/path/to/python3.12 ..."
    )

import argparse
import fcntl
import hashlib
import json
import os
import subprocess
import tomllib
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
_STAMP = VENV / "set-up.json"
_RUN, _DEV = "requirements.lock", "requirements-dev.lock"
_OURS = ("scripts/bootstrap.py", "scripts/pinned_uv.py")


def main() -> None:
    """Set up what is asked for unless it is there already."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dev", action="store_true", help="with the tools for tests and checks")
    lock = _DEV if parser.parse_args().dev else _RUN
    if _is_up_to_date(lock):
        return
    with (ROOT / ".set-up.lock").open("w") as turn:
        _wait_for(turn)
        if not _is_up_to_date(lock):  # somebody else may just have done it
            _set_up(_DEV if _DEV in _stamped() else lock)


def _wait_for(turn: IO[str]) -> None:
    try:
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Waiting for another set-up of this folder", file=sys.stderr, flush=True)
        fcntl.flock(turn, fcntl.LOCK_EX)


def _set_up(lock: str) -> None:
    # Imported here: this is the slow path.
    import package_index  # noqa: PLC0415
    import pinned_uv  # noqa: PLC0415

    index = package_index.configured(os.environ, Path.home())
    try:
        uv = pinned_uv.fetch(index, cache())
    except pinned_uv.NotFetched as error:
        sys.exit(
            f"Setting up failed: {error}.\n"
            "Behind a mirror, name it in PIP_INDEX_URL; behind a private certificate authority,"
            " in SSL_CERT_FILE."
        )
    environment = _environment_for_uv(index.environment())
    is_reusable = (VENV / "bin" / "python").exists() and _stamped().get("root", str(ROOT)) == str(
        ROOT
    )
    _STAMP.unlink(missing_ok=True)
    if not is_reusable:
        _uv(uv, environment, "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV))
    print(f"Installing the packages of {lock}", file=sys.stderr, flush=True)
    # The lock and ourselves in one go, so that nobody meanwhile finds the program gone. Ours is a
    # folder and has no hash, hence not --require-hashes: a test sees to it that all others have.
    into = ("--python", str(VENV / "bin" / "python"), *index.options())
    _uv(uv, environment, "pip", "sync", *into, str(ROOT / lock), "-", told=f"-e {ROOT}\n")
    fresh = _STAMP.with_suffix(".new")
    fresh.write_text(json.dumps({"root": str(ROOT), lock: _digest(lock)}))
    fresh.replace(_STAMP)


def _uv(uv: Path, environment: dict[str, str], *arguments: str, told: str = "") -> None:
    # Not from our folder: the week a new release waits was waited when the lock was made, and a
    # mirror that does not tell when a file appeared could not satisfy it here.
    done = subprocess.run(
        [uv, *arguments], env=environment, cwd="/", input=told, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"Setting up failed: uv {' '.join(arguments[:2])} ended with {done.returncode}.")


def _environment_for_uv(told: dict[str, str]) -> dict[str, str]:
    leave_out = {
        *("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "UV_PYTHON"),
        *("UV_EXCLUDE_NEWER", "UV_NO_VERIFY_HASHES", "UV_REQUIRE_HASHES"),
    }
    environment = {**told, **{k: v for k, v in os.environ.items() if k not in leave_out}}
    environment["UV_PYTHON_DOWNLOADS"] = "never"
    uv_cache = Path(environment.get("UV_CACHE_DIR") or _usercache() / "uv")
    existing = next(path for path in (uv_cache, *uv_cache.parents) if path.exists())
    if existing.stat().st_dev != ROOT.stat().st_dev:
        environment.setdefault("UV_LINK_MODE", "copy")  # said, or uv warns that it cannot link
    return environment


def _is_up_to_date(lock: str) -> bool:
    stamped = _stamped()
    wanted = (lock, _DEV)
    return (VENV / "bin" / "python").exists() and any(
        name in stamped and stamped[name] == _digest(name) for name in wanted
    )


def _stamped() -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(_STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return found


def _digest(lock: str) -> str:
    """What the environment depends on: the lock, the project's own metadata, where it lies."""
    digest = hashlib.sha256(str(ROOT).encode())
    for name in (lock, *_OURS):
        digest.update((ROOT / name).read_bytes())
    described = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for table in ("build-system", "project"):  # the other tables are for tools
        digest.update(json.dumps(described[table]).encode())
    return digest.hexdigest()


def _usercache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def cache() -> Path:
    """Shared by all clones of this user if there is a home to keep it in."""
    shared = _usercache() / "openhealthcode"
    try:
        shared.mkdir(parents=True, exist_ok=True)
    except OSError:
        return ROOT / ".venv-tools"
    return shared if os.access(shared, os.W_OK) else ROOT / ".venv-tools"


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nInterrupted; the next set-up goes on from here.")
