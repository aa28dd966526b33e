"""FHIR reads by id over HTTP: authorised, decided, logged and durable; beside a bare route.

Two server processes, PostgreSQL and the load generator (wrk, 16 connections) share the processors.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
from measure import ROOT, Figure, below, median, seconds_of
from visit.world import Region, free_port, processors, region, run

import systems
import visits
from openhealthcode.database import open_pool
from openhealthcode.trust import Keys

CONNECTIONS = 16
WARM_SECONDS, SECONDS, ROUNDS = 3, 8, 5
RESIDENTS, ENTRIES = 1_000, 5


def measure(*, is_full: bool) -> Iterator[Figure]:  # noqa: ARG001 - the same either way
    with region(RESIDENTS, entries=ENTRIES) as settled:
        token_for = _system(settled)
        places = run(_places(settled))
        with server(settled, "served") as (site, pid):
            token = token_for(site)
            ids = [fhir_id for fhir_id, _, _ in places]
            paths = [f"/fhir/Observation/{fhir_id}" for fhir_id in ids]
            ours = [load(settled, site, pid, asking(paths, token)) for _ in range(ROUNDS)]
        with server(settled, "bare") as (site, pid):
            paths = [f"/bare/{resident}/{entry}" for _, resident, entry in places]
            bare = [load(settled, site, pid, asking(paths, "")) for _ in range(ROUNDS)]
    yield Figure(
        "http_read_logged",
        round(median([one["rate"] for one in ours])),
        "1/s",
        baseline=round(median([one["rate"] for one in bare])),
        baseline_is="a bare Starlette route reading the same row, not authorised, decided or logged",
        cpu_us=round(median([one["cpu_us"] for one in ours]), 1),
        notes={
            "p50_ms": median([one["p50"] for one in ours]),
            "p99_ms": median([one["p99"] for one in ours]),
            "bare_p99_ms": median([one["p99"] for one in bare]),
            "bare_cpu_us": round(median([one["cpu_us"] for one in bare]), 1),
            "processes": processors(),
            "connections": CONNECTIONS,
        },
    )


@contextlib.contextmanager
def server(settled: Region, application: str) -> Iterator[tuple[str, int]]:
    """``application`` served by as many processes as there are processors; address and pid."""
    port = free_port()
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), str(Path(__file__).parents[1])]),
        "BENCH_URL": settled.postgres.url,
        "BENCH_OWNER_URL": settled.postgres.owner_url,
        "BENCH_KEYS": str(settled.keys),
        "BENCH_DIRECTORY": str(settled.directory / "served"),
    }
    command = [sys.executable, "-m", "uvicorn", "--factory", f"visit.serving:{application}",
               "--port", str(port), "--workers", str(processors()), "--no-access-log",
               "--log-level", "error", "--loop", "uvloop", "--http", "httptools"]  # fmt: skip
    told = (settled.directory / f"{application}.log").open("wb")
    running = subprocess.Popen(command, env=environment, start_new_session=True, stderr=told)
    told.close()
    try:
        site = f"http://127.0.0.1:{port}"
        _wait(site)
        yield site, running.pid
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        running.wait(timeout=30)


def _wait(site: str) -> None:
    for _ in range(300):
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"{site}/healthz", timeout=1)
            time.sleep(1)  # all processes, not the first
            return
        time.sleep(0.1)
    raise RuntimeError("the server did not start")


def _system(settled: Region):
    """Register the hospital's system; how it gets a token at an address."""

    async def connect() -> systems.HospitalSystem:
        pool = await open_pool(settled.postgres.url, size=2)
        world = await visits.world(pool, Keys.open(settled.keys))
        system = await systems.connect(world, world.hospital)
        await pool.close()
        return system

    system = run(connect())

    def token(site: str) -> str:
        form = system.form(aud=f"{site}/oauth/token")
        answer = httpx.post(f"{site}/oauth/token", data=form)
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    return token


async def _places(settled: Region) -> list[tuple[str, str, str]]:
    """FHIR id, resident and entry of every observation."""
    owner = await asyncpg.connect(settled.postgres.owner_url)
    rows = await owner.fetch(
        "SELECT resident_id, entry_id FROM record.entry WHERE type = 'Observation'"
    )
    await owner.close()
    keys = Keys.open(settled.keys)
    return [
        (keys.seal_id(r["resident_id"], r["entry_id"]), str(r["resident_id"]), str(r["entry_id"]))
        for r in rows
    ]


def asking(paths: list[str], token: str) -> str:
    """What wrk is told: to read one of these at random, again and again."""
    return (
        "local paths = {" + ",".join(f'"{path}"' for path in paths) + "}\n"
        f'wrk.headers["Authorization"] = "Bearer {token}"\n'
        "request = function() return wrk.format(nil, paths[math.random(#paths)]) end\n"
    )


def load(
    settled: Region, site: str, pid: int, told: str, *, connections: int = CONNECTIONS
) -> dict[str, float]:
    """Load for some seconds after a warm-up: rate, latencies and processor time of a request."""
    wrk = shutil.which("wrk")
    if wrk is None:
        sys.exit("wrk is not installed: apt-get install wrk")
    script = settled.directory / "load.lua"
    script.write_text(told)
    load = [wrk, "-t1", f"-c{connections}", "--latency", "-s", str(script)]
    subprocess.run([*load, f"-d{WARM_SECONDS}s", site], check=True, capture_output=True)
    before = sum(map(seconds_of, below(pid)))
    said = subprocess.run(
        [*load, f"-d{SECONDS}s", site], check=True, capture_output=True, text=True
    ).stdout
    spent = sum(map(seconds_of, below(pid))) - before
    assert "Non-2xx" not in said, said
    done = int(re.search(r"(\d+) requests in", said)[1])
    return {
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]),
        "p50": _milliseconds(said, "50%"),
        "p99": _milliseconds(said, "99%"),
        "cpu_us": spent / done * 1e6,
    }


def _milliseconds(said: str, share: str) -> float:
    number, unit = re.search(rf"{share}\s+([\d.]+)(us|ms|s)", said).groups()
    return round(float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit], 3)
