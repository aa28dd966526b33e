"""What others notice of slow clients and of a storm of replays, and what hostile requests take in memory.

One process as it is served. The others ask for one entry after the other at an even pace, whatever the
server does, so that waiting counts as it would for a person.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
from audit.strangers import exchange
from measure import ROOT, Figure, median
from visit.http import _places, _system, _wait
from visit.world import Region, free_port, region, run

import hostile

RESIDENTS, ENTRIES = 200, 5
PACE, SECONDS, ROUNDS = 100, 8, 3
SLOW_CLIENTS = 500
STORM = 10
_HERE = Path(__file__).resolve().parent


def measure(*, is_full: bool) -> Iterator[Figure]:  # noqa: ARG001 - one length only
    with region(RESIDENTS, entries=ENTRIES) as settled:
        token_for, places = _system(settled), run(_places(settled))
        paths = [f"/fhir/Observation/{fhir_id}" for fhir_id, _, _ in places]
        with _served(settled) as (port, pid):
            site = f"http://127.0.0.1:{port}"
            others = _Others(port, token_for(site), paths)
            yield _memory(site, pid, others.token)
        with _served(settled) as (port, _):
            others = _Others(port, token_for(f"http://127.0.0.1:{port}"), paths)
            yield from run(_disturbed(others))


def _memory(site: str, pid: int, token: str) -> Figure:
    """The most the process took above what it had, over every hostile request one by one."""
    headers = hostile.FHIR | {"Authorization": f"Bearer {token}"}
    httpx.post(f"{site}/fhir/Observation", content=b"{}", headers=headers)
    before, worst, worst_is = _resident_mb(pid), 0.0, ""
    for name, body in _bodies():
        (Path("/proc") / str(pid) / "clear_refs").write_text("5")  # the peak begins anew
        answer = httpx.post(f"{site}/fhir/Observation", content=body, headers=headers, timeout=60)
        assert 400 <= answer.status_code < 500, (name, answer.status_code)
        used = _peak_mb(pid) - before
        if used > worst:
            worst, worst_is = used, name
    return Figure(
        "hostile_memory",
        round(worst, 1),
        "MB",
        baseline=round(before, 1),
        baseline_is="what the process takes without them, megabytes",
        notes={"worst": worst_is, "kept_afterwards_mb": round(_resident_mb(pid) - before, 1)},
    )


def _bodies() -> Iterator[tuple[str, bytes]]:
    yield from hostile.RAW.items()
    head = b'{"resourceType":"Observation","status":"final","code":{"text":"x"},"extension":['
    one = b'{"url":"urn:a","valueString":"' + b"y" * 60 + b'"}'
    yield "a hundred thousand extensions", head + b",".join([one] * 100_000) + b"]}"
    yield (
        "ten megabytes of one text",
        head[:-13] + b'"note":[{"text":"' + b"z" * 9_900_000 + b'"}]}',
    )
    yield "numbers kept as written", head[:-13] + b'"x":[' + b"1.50," * 800_000 + b"1]}"


def _resident_mb(pid: int) -> float:
    return _status_kb(pid, "VmRSS") / 1024


def _peak_mb(pid: int) -> float:
    return _status_kb(pid, "VmHWM") / 1024


def _status_kb(pid: int, name: str) -> int:
    lines = (Path("/proc") / str(pid) / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


async def _disturbed(others: _Others) -> list[Figure]:
    await others.ask(2)
    quiet: list[float] = []
    slow: list[float] = []
    stormed: list[float] = []
    for _ in range(ROUNDS):
        quiet.append(_p99(await others.ask(SECONDS)))
        async with _beside("slow", others.port, str(SLOW_CLIENTS)):
            slow.append(_p99(await others.ask(SECONDS)))
        async with _beside("storm", others.port, str(STORM * PACE)):
            stormed.append(_p99(await others.ask(SECONDS)))
        await asyncio.sleep(2)
    common = {"others_per_second": PACE, "quiet_p99_ms": round(median(quiet), 2)}
    return [
        Figure(
            "slow_clients_p99_ratio",
            round(median([b / a for a, b in zip(quiet, slow, strict=True)]), 2),
            "ratio",
            baseline=round(median(quiet), 2),
            baseline_is="p99 without them, milliseconds, in turn",
            notes=common | {"slow_clients": SLOW_CLIENTS, "p99_ms": round(median(slow), 2)},
        ),
        Figure(
            "replay_storm_p99_ratio",
            round(median([b / a for a, b in zip(quiet, stormed, strict=True)]), 2),
            "ratio",
            baseline=round(median(quiet), 2),
            baseline_is="p99 without them, milliseconds, in turn",
            notes=common
            | {
                "replays_per_second": STORM * PACE,
                "p99_ms": round(median(stormed), 2),
            },
        ),
    ]


def _p99(samples: list[float]) -> float:
    return statistics.quantiles(samples, n=100)[-1]


class _Others:
    """A system that reads entries at an even pace over a few connections."""

    def __init__(self, port: int, token: str, paths: list[str]) -> None:
        self.port, self.token, self._paths = port, token, paths

    async def ask(self, seconds: float) -> list[float]:
        """Milliseconds from when each was due to its answer."""
        lines = [await asyncio.open_connection("127.0.0.1", self.port) for _ in range(16)]
        free = asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]()
        for line in lines:
            free.put_nowait(line)
        started = time.perf_counter()
        due = [started + number / PACE for number in range(int(seconds * PACE))]
        samples = await asyncio.gather(*(self._one(at, free) for at in due))
        for _, writer in lines:
            writer.close()
        return list(samples)

    async def _one(self, due: float, free: asyncio.Queue) -> float:
        await asyncio.sleep(due - time.perf_counter())
        line = await free.get()
        status = await exchange(line, self.request(random.choice(self._paths)))
        free.put_nowait(line)
        assert status == 200, status
        return (time.perf_counter() - due) * 1000

    def request(self, path: str) -> bytes:
        head = f"GET {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {self.token}\r\n\r\n"
        return head.encode()


@contextlib.asynccontextmanager
async def _beside(kind: str, port: int, *more: str) -> AsyncIterator[None]:
    """Strangers of some kind, in a process of their own, as long as the block lasts."""
    command = [sys.executable, str(_HERE / "strangers.py"), kind, str(port), *more]
    running = await asyncio.create_subprocess_exec(*command)
    await asyncio.sleep(3)
    try:
        yield
        assert running.returncode is None, "the strangers gave up"
    finally:
        with contextlib.suppress(ProcessLookupError):
            running.terminate()
        await running.wait()


@contextlib.contextmanager
def _served(settled: Region) -> Iterator[tuple[int, int]]:
    """The program in one process; its port and pid."""
    port = free_port()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "tests"),
        "BENCH_URL": settled.postgres.url,
        "BENCH_KEYS": str(settled.keys),
        "BENCH_DIRECTORY": str(settled.directory / "served"),
    }
    told = (settled.directory / "served.log").open("wb")
    command = [sys.executable, str(_HERE / "serving.py"), str(port)]
    running = subprocess.Popen(command, env=environment, stderr=told, stdout=told)
    told.close()
    try:
        _wait(f"http://127.0.0.1:{port}")
        yield port, running.pid
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(timeout=30)
