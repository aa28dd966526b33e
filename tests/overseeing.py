"""A hospital whose log is sequenced and followed at a word, with staff who are residents too."""

from __future__ import annotations

from typing import Any

import visits
from openhealthcode import access, audit, collection, registry
from openhealthcode.access import overseen
from openhealthcode.audit import Action, Agent, AgentKind, Event
from openhealthcode.database import Pool, transaction
from openhealthcode.registry import PractitionerEntry, PractitionerRole
from openhealthcode.standards import Certificate, CertificateKind, PurposeOfUse
from openhealthcode.standards.ids import PractitionerId, ResidentId
from openhealthcode.supervision import alerts
from openhealthcode.supervision.cases import Office, Person
from openhealthcode.trust import Keys


class Hospital:
    """What a test of the early warning needs."""

    def __init__(self, world: visits.World, sequencer: audit.Sequencer) -> None:
        self.world, self.sequencer = world, sequencer
        self.pool: Pool = world.pool
        self.keys: Keys = world.keys
        self.follower = alerts.Follower(world.pool, world.keys)
        self._latest: ResidentId | None = None

    async def staff(
        self, name: str, role: PractitionerRole = PractitionerRole.DOCTOR, **more: Any
    ) -> PractitionerId:
        entry = PractitionerEntry(f"test|{name}", self.world.hospital, name, role, **more)
        return await registry.register_practitioner(self.pool, entry)

    async def resident(self, serial: int, **person: Any) -> ResidentId:
        sent = visits.bundle(visits.patient(serial, **person), key=f"resident-{serial}")
        filed = await collection.file_bundle(
            self.pool, self.keys, bundle=sent, source=self.world.source
        )
        return filed.resident_id

    async def tie(self, who: PractitionerId, serial: int) -> bool:
        certificate = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(serial))
        return await overseen.tie_staff(self.pool, self.keys, who, certificate)

    async def look(self, who: PractitionerId, resident: ResidentId) -> access.Disclosure:
        await self._in_order(resident)
        return await access.disclose(
            self.pool,
            self.keys,
            resident_id=resident,
            practitioner_id=who,
            institution_id=self.world.hospital,
            purpose=PurposeOfUse.TREATMENT,
        )

    async def happens(
        self, who: PractitionerId, resident: ResidentId, action: Action, **more: Any
    ) -> None:
        """Something stands in the resident's log, as whoever does it would have it logged."""
        agent = Agent(AgentKind.PRACTITIONER, who, self.world.hospital)
        event = Event(action=action, agent=agent, **more)
        await self._in_order(resident)
        async with transaction(self.pool, resident=resident) as connection:
            await audit.append(connection, self.keys, resident, event)

    async def sequence(self) -> None:
        while await self.sequencer.sequence():
            pass

    async def _in_order(self, resident: ResidentId) -> None:
        """Leaves follow one another as things happened: those of one moment have no order."""
        if resident != self._latest:
            await self.sequence()
        self._latest = resident

    async def follow(self) -> int:
        await self.sequence()
        return await self.follower.follow()

    def officer(self, who: PractitionerId, department: str = "信息科") -> Person:
        return Person(Office.OFFICER, who, self.world.hospital, department)
