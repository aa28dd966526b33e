"""Write the rows of a file in several processes: one decides what goes together, the others do it.

Reading, checking and comparing the rows with those under way stays in one process, in the order of the
file, so that it comes to the same as with one. Sealing, hashing and the database are most of the work.
What is passed lives in memory alone: pipes between parent and children.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from threading import Thread
from types import TracebackType
from typing import Final, Self
from uuid import UUID

import msgspec

from openhealthcode.collection.bulk.batches import OwnDesk
from openhealthcode.collection.bulk.model import Candidate, Row, RowResult
from openhealthcode.collection.model import Source
from openhealthcode.database import Pool
from openhealthcode.identity import Newcomer, Registration, quality
from openhealthcode.identity.matching import Variant
from openhealthcode.standards import HealthCodeError
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

Opening = Callable[[], AbstractAsyncContextManager[tuple[Pool, Keys]]]
"""Opens database and keys; called in each process, so it must be one that can be passed on."""

_AT_ONCE: Final = 3
"""Batches of each process: one in the database, one being sealed, one waiting."""
_GOODBYE_SECONDS: Final = 20.0
_GOODBYE: Final = b""
_OBJECTS_BETWEEN_COLLECTIONS: Final = 20_000


class ProcessLost(HealthCodeError):
    """A process of this load ended before its work was done; started again, it goes on from there."""

    code = "process-lost"


@dataclass(frozen=True, slots=True)
class _Passed:
    """A candidate as it is passed to another process."""

    number: int
    resident_id: UUID
    registration: Registration
    variant: Variant
    found: tuple[str, ...]

    @classmethod
    def of(cls, candidate: Candidate) -> _Passed:
        newcomer = candidate.newcomer
        return cls(
            candidate.number,
            newcomer.resident_id,
            newcomer.registration,
            newcomer.variant,
            tuple(rule.code for rule in candidate.found),
        )

    def received(self) -> Candidate:
        rules = quality.in_force()
        return Candidate(
            self.number,
            Newcomer(ResidentId(self.resident_id), self.registration, self.variant),
            tuple(rule for code in self.found if (rule := rules.of(code)) is not None),
        )


@dataclass(frozen=True, slots=True)
class _Job:
    """Rows to register together, or else each alone."""

    number: int
    together: tuple[_Passed, ...] = ()
    alone: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class _Done:
    number: int
    results: list[RowResult]


_ENCODER: Final = msgspec.msgpack.Encoder()
_JOBS: Final = msgspec.msgpack.Decoder(_Job)
_DONE: Final = msgspec.msgpack.Decoder(_Done)


@dataclass(slots=True)
class _Worker:
    """One process as its parent sees it."""

    process: BaseProcess
    pipe: Pipe
    waiting: dict[int, asyncio.Future[list[RowResult]]] = field(default_factory=dict)
    sending: asyncio.Lock = field(default_factory=asyncio.Lock)


class ProcessDesk:
    """Writes rows in several processes; an asynchronous context in which they live."""

    def __init__(self, processes: int, opening: Opening, source: Source) -> None:
        self.at_once = _AT_ONCE * processes
        self._processes = processes
        self._opening = opening
        self._source = source
        self._workers: list[_Worker] = []
        self._numbers = count()

    async def __aenter__(self) -> Self:
        """Start the processes; they open database and keys for themselves."""
        context = get_context("spawn")
        for _ in range(self._processes):
            ours, theirs = context.Pipe()
            given = (self._opening, self._source, theirs)
            process = context.Process(target=_work, args=given, daemon=True)
            process.start()
            theirs.close()
            worker = _Worker(process, ours)
            self._workers.append(worker)
            _listen(ours, partial(_receive, worker))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let them finish; at an error, stop them: what they had not committed is undone."""
        for worker in self._workers:
            if error is not None:
                worker.process.terminate()
            with suppress(OSError):  # it is gone already
                await asyncio.to_thread(worker.pipe.send_bytes, _GOODBYE)
        for worker in self._workers:
            await asyncio.to_thread(worker.process.join, _GOODBYE_SECONDS)
            worker.process.kill()
            worker.pipe.close()

    async def together(self, candidates: Sequence[Candidate]) -> list[RowResult]:
        """As ``register_together``, in one of the processes."""
        if not candidates:
            return []
        return await self._ask(_Job(next(self._numbers), tuple(map(_Passed.of, candidates))))

    async def alone(self, rows: Sequence[Row]) -> list[RowResult]:
        """Each as ``register_alone``, in their order, in one of the processes."""
        return await self._ask(_Job(next(self._numbers), alone=tuple(rows)))

    async def _ask(self, job: _Job) -> list[RowResult]:
        worker = min(self._workers, key=lambda one: len(one.waiting))
        answer: asyncio.Future[list[RowResult]] = asyncio.get_running_loop().create_future()
        worker.waiting[job.number] = answer
        try:
            async with worker.sending:  # in a thread: while one side is full, the other is read
                await asyncio.to_thread(worker.pipe.send_bytes, _ENCODER.encode(job))
        except OSError:
            raise ProcessLost from None
        return await answer


def _receive(worker: _Worker, message: bytes) -> None:
    """Hand an answer to whoever waits for it; to all who wait, that none will come."""
    if message:
        done = _DONE.decode(message)
        answer = worker.waiting.pop(done.number)
        if not answer.done():
            answer.set_result(done.results)
        return
    for answer in worker.waiting.values():
        if not answer.done():
            answer.set_exception(ProcessLost())


def _listen(pipe: Pipe, deliver: Callable[[bytes], None]) -> None:
    """Hand over each message in this loop; an empty one when the other side is gone.

    Read by a thread: a loop would have to read what has arrived of a message by then.
    """
    loop = asyncio.get_running_loop()

    def listen() -> None:
        message = None
        while message != _GOODBYE:
            try:
                message = pipe.recv_bytes()
            except (EOFError, OSError):
                message = _GOODBYE
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(deliver, message)

    Thread(target=listen, daemon=True).start()


def _work(opening: Opening, source: Source, pipe: Pipe) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us decides
    with asyncio.Runner(loop_factory=_event_loop) as runner:
        runner.run(_serve(opening, source, pipe))


def _event_loop() -> asyncio.AbstractEventLoop:
    """The one in C, where it is to be had: half of what a process does is talk to the database."""
    try:
        import uvloop  # noqa: PLC0415 - is not to be had everywhere
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def _serve(opening: Opening, source: Source, pipe: Pipe) -> None:
    received: asyncio.Queue[bytes] = asyncio.Queue()
    async with opening() as (pool, keys), asyncio.TaskGroup() as jobs:
        _listen(pipe, received.put_nowait)
        gc.freeze()
        gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
        desk = OwnDesk(pool, keys, source)
        while message := await received.get():
            jobs.create_task(_do(desk, _JOBS.decode(message), pipe))


async def _do(desk: OwnDesk, job: _Job, pipe: Pipe) -> None:
    if job.alone:
        results = await desk.alone(job.alone)
    else:
        results = await desk.together([passed.received() for passed in job.together])
    with suppress(OSError):  # committed all the same
        pipe.send_bytes(_ENCODER.encode(_Done(job.number, results)))
