"""Filing over HTTP: single results, and others' Bundles as transactions; checked, sealed, logged, durable.

Beside it the same JSON parsed and inserted as plain rows, one commit for each request.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

import asyncpg
import httpx
import orjson
from measure import Figure, below, seconds_of
from record.lives import bundles, bytes_per_entry
from visit.http import CONNECTIONS, ROUNDS, load, server
from visit.world import Region, observation, processors, region, run

import systems
import visits
from openhealthcode import collection
from openhealthcode.database import open_pool
from openhealthcode.standards.ids import EntryId
from openhealthcode.trust import Keys

RESIDENTS, AT_ONCE, PLAIN_SECONDS = 300, 4, 4.0
_INSERT = "INSERT INTO ohc.plain (body) VALUES ($1)"


@dataclass(frozen=True)
class Sender:
    """A hospital's system, and the residents it has filed something of."""

    system: systems.HospitalSystem
    patients: list[str]

    def token(self, site: str) -> str:
        form = self.system.form(aud=f"{site}/oauth/token")
        answer = httpx.post(f"{site}/oauth/token", data=form)
        answer.raise_for_status()
        return str(answer.json()["access_token"])


def measure(*, is_full: bool) -> Iterator[Figure]:  # noqa: ARG001 - the same either way
    with region(0, entries=0) as empty:
        sender = run(_sender(empty))
        yield _created(empty, sender)
    sent = list(bundles())
    if sent:
        yield from _imported(sent)


async def _sender(empty: Region) -> Sender:
    pool = await open_pool(empty.postgres.url, size=8)
    world = await visits.world(pool, Keys.open(empty.keys))
    patients = []
    for number in range(RESIDENTS):
        person = visits.patient(name="测试")
        person["identifier"] = [{"system": "urn:bench", "value": f"R{number}"}]
        sent = visits.bundle(person, observation(0), key=f"r{number}")
        filed = await collection.file_bundle(pool, world.keys, bundle=sent, source=world.source)
        own = EntryId(filed.resident_id)
        patients.append(world.keys.seal_id(filed.resident_id, own))
    system = await systems.connect(world, world.hospital)
    await pool.close()
    return Sender(system, patients)


def _created(empty: Region, sender: Sender) -> Figure:
    with server(empty, "served") as (site, pid):
        told = _posting(sender, sender.token(site))
        ours = [load(empty, site, pid, told) for _ in range(ROUNDS)]
    body = orjson.dumps(observation(1)).decode()
    plain = [run(_plain(empty, [[body]] * 100_000, CONNECTIONS)) for _ in range(ROUNDS)]
    return Figure(
        "create_observation",
        round(median(one["rate"] for one in ours)),
        "1/s",
        baseline=round(median(plain)),
        baseline_is="the same JSON inserted as plain rows, one commit each",
        cpu_us=round(median(one["cpu_us"] for one in ours), 1),
        notes={
            "p50_ms": median(one["p50"] for one in ours),
            "p99_ms": median(one["p99"] for one in ours),
            "bytes": len(body.encode()),
            "connections": CONNECTIONS,
            "processes": processors(),
        },
    )


def _posting(sender: Sender, token: str) -> str:
    """What wrk is told: to file a result of one resident or another, no two of them alike."""
    patients = ",".join(f'"{patient}"' for patient in sender.patients)
    template = orjson.dumps(
        observation(1) | {"subject": {"reference": "Patient/@patient"}, "issued": "@issued"}
    ).decode()
    return (
        f"local patients = {{{patients}}}\n"
        f"local template = [==[{template}]==]\n"
        "local number = 0\n"
        'wrk.method = "POST"\n'
        f'wrk.headers["Authorization"] = "Bearer {token}"\n'
        'wrk.headers["Content-Type"] = "application/fhir+json"\n'
        "request = function()\n"
        "  number = number + 1\n"
        '  local issued = string.format("2025-11-22T%02d:%02d:%02d.%03dZ",'
        " (number / 3600000) % 24, (number / 60000) % 60, (number / 1000) % 60, number % 1000)\n"
        '  local body = template:gsub("@patient", patients[math.random(#patients)])\n'
        '  body = body:gsub("@issued", issued)\n'
        '  return wrk.format("POST", "/fhir/Observation", nil, body)\n'
        "end\n"
    )


def _imported(sent: list[bytes]) -> Iterator[Figure]:
    rates, plain, processor, sizes = [], [], [], []
    for _ in range(ROUNDS):
        with region(0, entries=0) as empty:
            sender = run(_sender(empty))
            with server(empty, "served") as (site, pid):
                rate, cpu = run(_transactions(sent, site, pid, sender.token(site)))
            rates.append(rate)
            processor.append(cpu)
            sizes.append(run(bytes_per_entry(empty)))
            plain.append(run(_plain(empty, [_rows(one) for one in sent], AT_ONCE)))
    yield Figure(
        "import_entries",
        round(median(rates)),
        "1/s",
        baseline=round(median(plain)),
        baseline_is="the same entries inserted as plain rows, one commit a Bundle",
        cpu_us=round(median(processor), 1),
        notes={"bundles": len(sent), "at_once": AT_ONCE, "processes": processors()},
    )
    bodies = [row for one in sent for row in _rows(one)]
    yield Figure(
        "bytes_per_entry",
        round(median(sizes)),
        "B",
        baseline=round(sum(map(len, bodies)) / len(bodies)),
        baseline_is="characters of an entry's JSON as it was sent",
        notes={"counted": "the record's table with its indexes"},
    )


def _rows(sent: bytes) -> list[str]:
    return [orjson.dumps(entry["resource"]).decode() for entry in orjson.loads(sent)["entry"]]


async def _transactions(sent: list[bytes], site: str, pid: int, token: str) -> tuple[float, float]:
    """Entries a second, and processor time of one in microseconds."""
    waiting = iter(sent)
    done = 0
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}

    async def worker(client: httpx.AsyncClient) -> None:
        nonlocal done
        for body in waiting:
            answer = await client.post("/fhir", content=body, headers=headers)
            assert answer.status_code == 200, answer.text[:500]
            done += len(answer.json()["entry"])

    async with httpx.AsyncClient(base_url=site, timeout=60) as client:
        before = sum(map(seconds_of, below(pid)))
        started = time.perf_counter()
        await asyncio.gather(*(worker(client) for _ in range(AT_ONCE)))
        elapsed = time.perf_counter() - started
    return done / elapsed, (sum(map(seconds_of, below(pid))) - before) / done * 1e6


async def _plain(empty: Region, sent: list[list[str]], at_once: int) -> float:
    """Rows a second, so many connections at once, each batch a transaction; some seconds at most."""
    pool = await asyncpg.create_pool(empty.postgres.owner_url, min_size=at_once, max_size=at_once)
    await pool.execute("CREATE TABLE IF NOT EXISTS ohc.plain (id serial PRIMARY KEY, body jsonb)")
    waiting, done = iter(sent), 0
    started = time.perf_counter()

    async def worker() -> None:
        nonlocal done
        for rows in waiting:
            async with pool.acquire() as connection, connection.transaction():
                await connection.executemany(_INSERT, [(row,) for row in rows])
            done += len(rows)
            if time.perf_counter() - started > PLAIN_SECONDS:
                return

    await asyncio.gather(*(worker() for _ in range(at_once)))
    elapsed = time.perf_counter() - started
    await pool.execute("TRUNCATE ohc.plain")
    await pool.close()
    return done / elapsed
