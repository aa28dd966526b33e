"""A process of its own in which a clinician and a system are at work until somebody stops them.

It is here and not beside its test because a spawned process has to be able to import it.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import portals
import systems
import visits
from openhealthcode.database import Announcements, open_pool
from openhealthcode.sign_in import Role
from openhealthcode.trust import Keys
from portals import Parts, browser
from signing_in import employ

LONGEST_SECONDS = 75


@dataclass
class Place:
    """Where the working process finds database and keys."""

    url: str
    keys: Path


def work_until_stopped(place: Place, told: Pipe) -> None:
    """Sign in, say who, go on working; answer when clinician and system last came through."""
    told.send(asyncio.run(_work(place, told)))


async def _work(place: Place, told: Pipe) -> tuple[float, float]:
    pool, keys = await open_pool(place.url, size=4), Keys.open(place.keys)
    world = await visits.world(pool, keys)
    system = await systems.connect(world, world.hospital)
    async with Announcements(place.url) as announcements:
        account = await employ(pool, keys, Role.CLINICIAN)
        clinic = browser(portals.application(Parts(pool, keys, announcements)))
        await portals.sign_in_clerk(clinic, account, "/clinic")
        async with systems.calling(world, system) as client:
            told.send((account.practitioner_id, system.system_id))
            last = [0.0, 0.0]
            alive, until = [True, True], time.monotonic() + LONGEST_SECONDS
            while any(alive) and time.monotonic() < until:
                page = await clinic.get("/clinic/account")
                answer = await client.get("/fhir/Organization?_count=1")
                alive = [page.url.path == "/clinic/account", answer.status_code != 401]
                last = [time.monotonic() if on else at for on, at in zip(alive, last, strict=True)]
                await asyncio.sleep(0.5)
        await clinic.aclose()
    await pool.close()
    return last[0], last[1]
