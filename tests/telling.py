"""A process that breaks the glass and is killed while its gateway is being asked."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from uuid import uuid4

import visits
from openhealthcode import access, identity
from openhealthcode.database import open_pool, transaction
from openhealthcode.identity import Relation
from openhealthcode.sign_in import Message
from openhealthcode.standards import Certificate, CertificateKind, Phone
from openhealthcode.standards.ids import TerminalId
from openhealthcode.trust import Keys
from signing_in import Phones

OWN, WIFE, SON = map(Phone.parse, ("13912345678", "13712345671", "13612345672"))
EVERYBODY = (OWN, WIFE, SON)


class Dying(Phones):
    """Takes the process with it before it takes a message."""

    async def send(self, message: Message) -> None:  # noqa: ARG002 - nobody gets it
        os.kill(os.getpid(), signal.SIGKILL)


async def main(url: str, keys_at: Path) -> None:
    """Register somebody with a phone and two contacts, and break the glass."""
    world = await visits.world(await open_pool(url, size=2), Keys.open(keys_at))
    resident = await world.resident()
    async with transaction(world.pool, resident=resident) as connection:
        await identity.bind_phone(connection, world.keys, resident, OWN)
    await access.name_contact(world.pool, world.keys, resident, WIFE, Relation.SPOUSE)
    await access.name_contact(world.pool, world.keys, resident, SON, Relation.CHILD)
    await access.break_glass_for(
        world.pool,
        world.keys,
        Dying(),
        Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2)),
        practitioner_id=world.wang,
        institution_id=world.hospital,
        terminal_id=TerminalId(uuid4()),
        triage_level=1,
        reason="车祸昏迷，无法答复",
    )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
