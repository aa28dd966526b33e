"""Start the three services, each as a process of its own, and end them with their starter."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_PACKAGE: Final = "openhealthcode.demonstration.partners"
_NAMES: Final = ("insurer", "payment", "cashier")
_GOODBYE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Running:
    """Where each service is, and what it says of itself."""

    directory: Path
    said: Mapping[str, Mapping[str, Any]]

    def address(self, name: str) -> str:
        """Where a service listens."""
        return f"http://127.0.0.1:{self.said[name]['port']}"

    def tell(self, name: str, told: Mapping[str, Any]) -> None:
        """Put down beside a service what it has to know of the others."""
        (self.directory / name / "told.json").write_text(json.dumps(told), "utf-8")


@asynccontextmanager
async def running(directory: Path) -> AsyncIterator[Running]:
    """Run the three until the block ends.

    Args:
        directory: holds a folder for each, with its key and its database.
    """
    async with starting(directory) as ready:
        yield await ready()


@asynccontextmanager
async def starting(directory: Path) -> AsyncIterator[Callable[[], Awaitable[Running]]]:
    """As ``running``, for who has other things to do until they are ready."""
    async with AsyncExitStack() as stack:
        started = [await stack.enter_async_context(_process(directory, name)) for name in _NAMES]

        async def ready() -> Running:
            said = [await _said(one) for one in started]
            return Running(directory, dict(zip(_NAMES, said, strict=True)))

        yield ready


@asynccontextmanager
async def _process(directory: Path, name: str) -> AsyncIterator[asyncio.subprocess.Process]:
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        _PACKAGE,
        name,
        str(directory / name),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # a key pressed to end the demonstration is not for them
    )
    try:
        yield started
    finally:
        if started.stdin is not None:
            started.stdin.close()
        try:
            await asyncio.wait_for(started.wait(), _GOODBYE_SECONDS)
        except TimeoutError:
            started.kill()
            await started.wait()


async def _said(started: asyncio.subprocess.Process) -> Mapping[str, Any]:
    """The first line of a service's output.

    Raises:
        RuntimeError: it ended before it said anything.
    """
    assert started.stdout is not None  # noqa: S101 - it was asked for
    line = await started.stdout.readline()
    if not line:
        raise RuntimeError("a service of the demonstration did not start")
    said: Mapping[str, Any] = json.loads(line)
    return said
