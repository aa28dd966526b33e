"""The processes below `ohc serve`: started, started again when they die, replaced by another release's.

The parent does little on purpose. It holds the port and, where the database is ours, the database; who
answers is started from the interpreter of a release, which need not be the parent's.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Final

from openhealthcode.operations import forget_process
from openhealthcode.standards import HealthCodeError

_MODULE: Final = "openhealthcode.commands.worker"
_READY: Final = "ready"
_LONGEST_START_SECONDS: Final = 120.0
_LONGEST_GOODBYE_SECONDS: Final = 15.0
_PAUSE_SECONDS: Final = 0.05
_AGAIN_AFTER_SECONDS: Final = 1.0


class NotServing(HealthCodeError):
    """A process that should answer requests did not come up."""

    code = "service-not-started"


@dataclass(slots=True)
class _Process:
    popen: subprocess.Popen[bytes]
    told: int
    """The reading end of the pipe in which it says that it is ready, or why not."""
    started_at: float
    said: str = ""

    def hear(self) -> str:
        """What it said by now."""
        if not self.said:
            with contextlib.suppress(BlockingIOError):
                self.said = os.read(self.told, 4096).decode(errors="replace")
        return self.said

    @property
    def is_gone(self) -> bool:
        return self.popen.poll() is not None

    def signal(self, number: signal.Signals) -> None:
        if not self.is_gone:
            self.popen.send_signal(number)

    def forget(self) -> None:
        os.close(self.told)
        forget_process(self.popen.pid)


@dataclass(slots=True)
class Workers:
    """As many processes of one release as were asked for, and those of the one before that still leave."""

    listening: socket.socket
    count: int
    python: str
    """The interpreter they are started with."""
    _answering: list[_Process] = field(default_factory=list)
    _leaving: list[_Process] = field(default_factory=list)
    _life: tuple[int, int] = field(default_factory=os.pipe)

    def start(self) -> None:
        """Start them and wait until all answer.

        Raises:
            NotServing: one does not, for the reason it gave.
        """
        self._answering = self._generation(self.python)

    def replace(self, python: str) -> None:
        """Start as many from another interpreter; when all answer, send those before away.

        Raises:
            NotServing: they do not come up; those before go on.
        """
        fresh = self._generation(python)
        before, self._answering, self.python = self._answering, fresh, python
        for process in before:
            process.signal(signal.SIGUSR1)
        self._leaving += before

    def mend(self) -> None:
        """Start again who died, and forget who has left."""
        for place, process in enumerate(self._answering):
            is_time = monotonic() - process.started_at > _AGAIN_AFTER_SECONDS
            if process.is_gone and is_time:
                process.forget()
                self._answering[place] = self._start(self.python)
        for process in [one for one in self._leaving if one.is_gone]:
            process.forget()
            self._leaving.remove(process)

    @property
    def answering(self) -> tuple[int, ...]:
        """Those that take requests, by their numbers."""
        return tuple(one.popen.pid for one in self._answering if not one.is_gone)

    @property
    def leaving(self) -> tuple[int, ...]:
        """Those that were replaced and still answer whoever is connected."""
        return tuple(one.popen.pid for one in self._leaving if not one.is_gone)

    def stop(self) -> None:
        """Have all of them answer what is being answered, and go."""
        _end([*self._answering, *self._leaving])
        self._answering, self._leaving = [], []
        for end in self._life:
            os.close(end)

    def _generation(self, python: str) -> list[_Process]:
        fresh = [self._start(python) for _ in range(self.count)]
        try:
            _wait_until_ready(fresh)
        except BaseException:
            _end(fresh)
            raise
        return fresh

    def _start(self, python: str) -> _Process:
        told, telling = os.pipe()
        os.set_blocking(told, False)
        passed = (self.listening.fileno(), self._life[0], telling)
        try:
            popen = subprocess.Popen([python, "-m", _MODULE, *map(str, passed)], pass_fds=passed)
        except OSError as error:
            os.close(told)
            raise NotServing(f"{python} cannot be started ({error.strerror})") from None
        finally:
            os.close(telling)
        return _Process(popen, told, monotonic())


def _wait_until_ready(processes: Sequence[_Process]) -> None:
    give_up_at = monotonic() + _LONGEST_START_SECONDS
    for process in processes:
        while process.hear() != _READY:
            if process.is_gone:
                raise NotServing(process.hear() or "a process ended at its start; see the log")
            if monotonic() > give_up_at:
                raise NotServing("a process did not begin to answer in time; see the log")
            sleep(_PAUSE_SECONDS)


def _end(processes: Sequence[_Process]) -> None:
    for process in processes:
        process.signal(signal.SIGTERM)
    give_up_at = monotonic() + _LONGEST_GOODBYE_SECONDS
    for process in processes:
        while not process.is_gone and monotonic() < give_up_at:
            sleep(_PAUSE_SECONDS)
        process.signal(signal.SIGKILL)
        process.popen.wait()
        process.forget()
