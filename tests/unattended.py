"""A server that files and discloses without end, to be killed: what it acknowledges, it prints.

``python tests/unattended.py DIRECTORY SEED`` starts (or recovers) the embedded database below
DIRECTORY. Each line is written after the commit it tells of: ``filed RESIDENT ENTRY`` or
``shown RESIDENT NUMBER``.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import visits
from openhealthcode import access, collection
from openhealthcode.audit import Sequencer
from openhealthcode.database import embedded, migrate, open_pool
from openhealthcode.standards import PurposeOfUse
from openhealthcode.trust import Keys

ORIGIN = "log.test"


async def main(directory: Path, seed: int) -> None:
    async with await embedded.start(directory / "pg") as server:
        await migrate(server.owner_url)
        print(f"owner {server.owner_url}", flush=True)
        pool = await open_pool(server.url, size=8)
        keys = Keys.open(directory / "keys")
        world = await visits.world(pool, keys)
        sequencer = Sequencer(pool, directory / "log", keys.checkpoint_signer(ORIGIN))
        await asyncio.gather(
            sequencer.run(pause_seconds=0.02), *(_work(world, seed * 10 + n) for n in range(4))
        )


async def _work(world: visits.World, place: int) -> None:
    resident = await world.resident(serial=2 + place * 2)
    await world.allow(resident, with_what_is_added=True)
    for number in range(10**9):
        person = visits.patient(2 + place * 2)
        sent = visits.bundle(person, visits.glucose("2026-02-01"), key=f"again-{place}-{number}")
        filed = await collection.file_bundle(
            world.pool, world.keys, bundle=sent, source=world.source
        )
        print(f"filed {resident} {filed.entries[-1].entry_id}", flush=True)
        seen = await access.disclose(
            world.pool,
            world.keys,
            resident_id=resident,
            practitioner_id=world.wang,
            institution_id=world.hospital,
            purpose=PurposeOfUse.TREATMENT,
        )
        print(f"shown {resident} {seen.number}", flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
