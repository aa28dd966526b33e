"""A small region whose log is kept for real: keys, database, files."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from openhealthcode import audit
from openhealthcode.audit.finding import Report
from openhealthcode.audit.sequence import Sequencer
from openhealthcode.audit.verify import verify
from openhealthcode.database import Pool, transaction
from openhealthcode.standards import PurposeOfUse, Scene
from openhealthcode.standards.ids import InstitutionId, ResidentId
from openhealthcode.trust import Keys

ORIGIN = "region.example/log"


def event(**detail: object) -> audit.Event:
    return audit.Event(
        action=audit.Action.RECORD_DISCLOSE,
        agent=audit.Agent(audit.AgentKind.PRACTITIONER, uuid4(), InstitutionId(uuid4())),
        purpose=PurposeOfUse.TREATMENT,
        scene=Scene.CONSULTATION,
        detail=detail or {"items": [[uuid4().bytes, 1, bytes(32)]]},
    )


class Region:
    """What the tests do to a log, by right and as an intruder."""

    def __init__(self, pool: Pool, keys: Keys, folder: Path, owner_url: str) -> None:
        self.pool = pool
        self.keys = keys
        self.folder = folder
        self._owner_url = owner_url
        self.sequencer = self.new_sequencer()

    def new_sequencer(self) -> Sequencer:
        """As another process would make it."""
        return Sequencer(self.pool, self.folder, self.keys.checkpoint_signer(ORIGIN))

    async def register(self) -> ResidentId:
        resident_id = ResidentId(uuid4())
        self.keys.of(resident_id, create=True)
        async with transaction(self.pool, resident=resident_id) as connection:
            await audit.open_chain(connection, resident_id)
        return resident_id

    async def log(self, resident_id: ResidentId, events: int = 1) -> None:
        for _ in range(events):
            async with transaction(self.pool, resident=resident_id) as connection:
                await audit.append(connection, self.keys, resident_id, event())

    async def verify(self, **options: Any) -> Report:
        verifier = self.keys.checkpoint_verifier(ORIGIN)
        options = {"keys": self.keys, **options}
        return await verify(self.pool, self.folder, verifier, **options)

    async def found(self, **options: Any) -> list[tuple[str, UUID | None, int | None]]:
        report = await self.verify(**options)
        return [(f.kind.value, f.resident_id, f.number) for f in report.findings]

    async def meddle(self, *statements: str) -> list[asyncpg.Record]:
        """Run statements as a superuser, answering the last one's rows."""
        intruder = await asyncpg.connect(self._owner_url)
        try:
            async with intruder.transaction():
                rows: list[asyncpg.Record] = []
                for statement in statements:
                    rows = await intruder.fetch(statement)
                return rows
        finally:
            await intruder.close()

    async def until_the_queue_is_empty(self, *, within_seconds: float) -> None:
        async with asyncio.timeout(within_seconds):
            for _ in range(10_000):
                if not await self.meddle("SELECT number FROM audit.pending"):
                    return
                await asyncio.sleep(0.02)

    @property
    def head(self) -> str:
        return (self.folder / "checkpoint").read_text()


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Keys]:
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()


@pytest.fixture
def region(pool: Pool, keys: Keys, tmp_path: Path, owner_url: str) -> Iterator[Region]:
    made = Region(pool, keys, tmp_path / "log", owner_url)
    yield made
    made.sequencer.close()
