"""``$match`` as a hospital's system asks it: authorised, counted, decided, logged and durable.

One question at a time, half of them without the number, of later records of people among a hundred
thousand or a million registered; by ten systems in turn, since each is stopped at its limit.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import httpx
from measure import Figure, median
from visit.http import server
from visit.world import Region, processors, region, run

import systems
import visits
from openhealthcode import identity
from openhealthcode.database import open_pool
from openhealthcode.fhir.person import identifier_of
from openhealthcode.identity import Registration, sealing
from openhealthcode.standards.ids import ResidentId
from openhealthcode.transparency.leaf import EMPTY_CHAIN
from openhealthcode.trust import Keys
from performance.identity.corpus.records import Record
from performance.identity.engine import registration_of
from performance.identity.looking_up import fill

SYSTEMS, WARM_UP, QUESTIONS = 10, 500, 4_000
_EVERYBODY = """
INSERT INTO audit.chain (resident_id, next_number, head, consent_version)
SELECT DISTINCT resident_id, 1, $1::bytea, 0 FROM identity.variant ON CONFLICT DO NOTHING
"""
_RECEIVED = """
INSERT INTO identity.identity_record
       (resident_id, record_key, verification, received_at, sealed)
SELECT resident_id, sha256(uuid_send(resident_id)), 'asserted', now(), repeat('x', 300)::bytea
  FROM audit.chain WHERE resident_id <> ALL ($1::uuid[]) ON CONFLICT DO NOTHING
"""


def measure(*, is_full: bool) -> Iterator[Figure]:
    residents, named = (1_000_000, "1m") if is_full else (100_000, "100k")
    with region(0, entries=0) as settled:
        _, sought = fill(settled, residents)
        sought = sought[: WARM_UP + QUESTIONS]
        run(_make_whole(settled, sought))
        hospitals = run(_connect(settled))
        with server(settled, "served") as (site, _):
            tokens = [_token(site, system) for system in hospitals]
            answered = _ask(site, tokens, [record for record, _ in sought])[WARM_UP:]
    times = sorted(took for took, _ in answered)
    found = sorted(took for took, total in answered if total)
    yield Figure(
        f"match_http_p99_{named}",
        round(_at(times, 0.99), 2),
        "ms",
        notes={
            "p50": round(median(times), 2),
            "p99.9": round(_at(times, 0.999), 2),
            "found": round(len(found) / len(times), 3),
            "p99_found": round(_at(found, 0.99), 2),
            "residents": residents,
            "questions": len(times),
            "processes": processors(),
        },
    )


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


async def _make_whole(settled: Region, sought: list[tuple[Record, UUID]]) -> None:
    """Give everybody a log and what was received; those who are asked for, keys and a name too."""
    keys = Keys.open(settled.keys)
    known = {ResidentId(resident_id): record for record, resident_id in sought}
    owner = await asyncpg.connect(settled.postgres.owner_url)
    await owner.execute(_EVERYBODY, EMPTY_CHAIN)
    await owner.execute(_RECEIVED, list(known))
    keys.prepare(known)
    received = [
        (resident_id, *_sealed(keys, resident_id, registration_of(record)))
        for resident_id, record in known.items()
    ]
    at = datetime.now(UTC)
    await owner.copy_records_to_table(
        "identity_record",
        schema_name="identity",
        columns=("resident_id", "record_key", "sealed", "verification", "received_at"),
        records=[(*row, "asserted", at) for row in received],
    )
    await owner.execute("VACUUM ANALYZE")
    await owner.close()
    keys.close()


def _sealed(keys: Keys, resident_id: ResidentId, registration: Registration) -> tuple[bytes, bytes]:
    return sealing.seal_registration(keys, resident_id, registration, identity.Source())


async def _connect(settled: Region) -> list[systems.HospitalSystem]:
    pool = await open_pool(settled.postgres.url, size=2)
    world = await visits.world(pool, Keys.open(settled.keys))
    made = [await systems.connect(world, world.hospital, f"his-{n}") for n in range(SYSTEMS)]
    await pool.close()
    return made


def _token(site: str, system: systems.HospitalSystem) -> str:
    form = system.form(aud=f"{site}/oauth/token")
    answer = httpx.post(f"{site}/oauth/token", data=form)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def _ask(site: str, tokens: list[str], records: list[Record]) -> list[tuple[float, int]]:
    """Milliseconds until the whole answer was read, and how many it named."""
    bodies = [
        json.dumps(_question(registration_of(record), is_numbered=place % 2 == 0)).encode()
        for place, record in enumerate(records)
    ]
    connection = http.client.HTTPConnection(urlsplit(site).netloc)
    answers = []
    for place, body in enumerate(bodies):
        headers = {
            "Authorization": f"Bearer {tokens[place % len(tokens)]}",
            "Content-Type": "application/fhir+json",
        }
        started = time.perf_counter()
        connection.request("POST", "/fhir/Patient/$match", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        took = (time.perf_counter() - started) * 1000
        if answer.status not in (200, 400, 422):
            raise RuntimeError(f"{answer.status}: {text[:300]!r}")
        if answer.status == 200:
            answers.append((took, json.loads(text)["total"]))
    return answers


def _question(registration: Registration, *, is_numbered: bool) -> dict[str, Any]:
    patient: dict[str, Any] = {"resourceType": "Patient", "name": [{"text": registration.name}]}
    if registration.certificates and is_numbered:
        patient["identifier"] = [identifier_of(one) for one in registration.certificates]
    if registration.birth_date:
        patient["birthDate"] = registration.birth_date.isoformat()
    if registration.phone:
        patient["telecom"] = [{"system": "phone", "value": registration.phone.number}]
    if registration.address:
        patient["address"] = [{"text": registration.address}]
    patient["gender"] = registration.sex.value
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": patient}],
    }
