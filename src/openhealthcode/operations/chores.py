"""Work that goes on beside the requests: repeated, watched, and never the end of the program."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final

_LOG: Final = logging.getLogger("openhealthcode.chores")
_LATE_AFTER_SECONDS: Final = 30.0


class Chore:
    """Something done again and again while the program runs.

    A failure is told and the next turn tried; what matters is how long ago the last turn succeeded.
    """

    def __init__(
        self,
        name: str,
        every_seconds: float,
        work: Callable[[], Awaitable[object]],
        *,
        late_after_seconds: float = _LATE_AFTER_SECONDS,
    ) -> None:
        """Describe it.

        Args:
            name: for the log and for readiness.
            every_seconds: the pause between two turns.
            work: one turn.
            late_after_seconds: how long a turn may take before somebody should look.
        """
        self.name = name
        self._every_seconds = every_seconds
        self._work = work
        self._late_after_seconds = late_after_seconds
        self._due_at = monotonic() + every_seconds

    @property
    def late_seconds(self) -> float:
        """How long it has been due without having succeeded."""
        return max(0.0, monotonic() - self._due_at)

    @property
    def is_late(self) -> bool:
        """Whether it should have succeeded by now and has not."""
        return self.late_seconds > self._late_after_seconds

    async def go_on(self) -> None:
        """Take turns until cancelled."""
        while True:
            try:
                await self._work()
                self._due_at = monotonic() + self._every_seconds
            except Exception:  # noqa: BLE001 - a chore that failed is tried again, whatever it was
                _LOG.exception("a chore failed", extra={"facts": {"chore": self.name}})
            await asyncio.sleep(self._every_seconds)


@asynccontextmanager
async def kept_up(chores: Sequence[Chore]) -> AsyncIterator[None]:
    """Do these chores beside the block, and stop them with it."""
    tasks = [asyncio.create_task(chore.go_on(), name=chore.name) for chore in chores]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
