"""What `ohc serve` tells other commands on its machine, and what they ask of it.

Two files in the data directory, named for the port: how it stands, written by whoever serves, whose lock
says that it lives; and which interpreter is wanted next, written by `ohc upgrade` before it sends SIGHUP.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from openhealthcode.commands.workers import Workers
from openhealthcode.settings import Settings
from openhealthcode.standards import HealthCodeError

_PRIVATE: Final = 0o600


class NotOurs(HealthCodeError):
    """The file that names the next release can be written by others."""

    code = "upgrade-not-ours"


class Standing(msgspec.Struct, frozen=True):
    """How the service at one port stands.

    Args:
        pid: the parent.
        python: the interpreter that those who answer were started with.
        answering: processes that take requests.
        leaving: processes that were replaced and are not gone yet.
        replaced: how often they were to be replaced so far.
        problem: why that failed the last time; empty if it did not.
    """

    pid: int
    python: str
    answering: tuple[int, ...]
    leaving: tuple[int, ...]
    replaced: int
    problem: str


class Held:
    """The place of the service that holds the port."""

    def __init__(self, path: Path) -> None:
        """Tell at this path."""
        self._path = path
        self._told: Standing | None = None
        self.replaced = 0
        self.problem = ""

    def tell(self, workers: Workers) -> None:
        """Write how it stands, if that has changed."""
        now = Standing(
            os.getpid(),
            workers.python,
            workers.answering,
            workers.leaving,
            self.replaced,
            self.problem,
        )
        if now != self._told:
            with contextlib.suppress(OSError):  # a full disk; it is told in the next turn
                _write(self._path, msgspec.json.encode(now))
                self._told = now

    def wanted(self, now: str) -> str:
        """The interpreter that is wanted next; the one there is, where none is named.

        Raises:
            NotOurs: somebody else could have written that.
        """
        named = _next(self._path)
        try:
            with named.open() as file:
                state = os.fstat(file.fileno())
                if state.st_uid != os.geteuid() or state.st_mode & 0o022:
                    raise NotOurs
                return file.read().strip() or now
        except FileNotFoundError:
            return now
        finally:
            with contextlib.suppress(OSError):
                named.unlink()


@contextmanager
def hold(settings: Settings, port: int) -> Iterator[Held]:
    """Say that the port is served from here, until the block ends or the process does."""
    path = _place(settings, port)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _lock(path).open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Held(path)
        path.unlink(missing_ok=True)


def was_served(settings: Settings, port: int) -> bool:
    """Whether a parent that held the port did not end in good order, so that others may still end."""
    return _place(settings, port).exists()


def standing(settings: Settings, port: int) -> Standing | None:
    """How the service at a port stands; nothing if none is there."""
    path = _place(settings, port)
    try:
        with _lock(path).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:  # its parent lives
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            return msgspec.json.decode(path.read_bytes(), type=Standing)
    except FileNotFoundError:
        pass
    return None


def ask(settings: Settings, port: int, found: Standing, python: str) -> None:
    """Have the service start those who answer from this interpreter."""
    _write(_next(_place(settings, port)), python.encode())
    os.kill(found.pid, signal.SIGHUP)


def _place(settings: Settings, port: int) -> Path:
    return settings.data_directory / f"serving-{port}.json"


def _lock(path: Path) -> Path:
    return path.with_suffix(".lock")


def _next(path: Path) -> Path:
    return path.with_suffix(".next")


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE), "wb") as file:
        file.write(content)
    fresh.rename(path)
