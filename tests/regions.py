"""Two installations that know each other by one trust list: a home region and a clinic elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware

import visits
from clinic_desk import Desk, application
from openhealthcode import fhir, gateway, operations, registry, trust
from openhealthcode.database import Pool
from openhealthcode.gateway import HttpRegions
from openhealthcode.registry import Region
from openhealthcode.trust import Authority, Issuer, Keys, StatusList
from signing_in import Phones
from trusting import Nation, issuer_of
from visits import World

HOME = Region(880101, 7, "黛川县", "Daichuan", "")
AWAY = Region(880202, 8, "雁回县", "Yanhui", "https://away.test")


@dataclass
class Installation:
    """One region: its database, keys, people and the service other regions reach."""

    world: World
    region: Region
    issuer: Issuer
    outbox: Phones = field(default_factory=Phones)

    @classmethod
    async def made(cls, pool: Pool, directory: Path, region: Region) -> Installation:
        keys = Keys.open(directory, region=region.number, division=region.division)
        issuer = issuer_of(keys, keys.issuers.make())
        return cls(await visits.world(pool, keys), region, issuer)

    @property
    def pool(self) -> Pool:
        return self.world.pool

    @property
    def keys(self) -> Keys:
        return self.world.keys

    @property
    def asks(self) -> HttpRegions:
        return HttpRegions(self.pool, self.keys)

    async def believe(self, nation: Nation, document: bytes, issuers: list[Issuer]) -> None:
        """Take the nation's list over; nothing is revoked."""
        trust.admit(self.keys.directory, Authority(trust.NATIONAL, nation.roots))
        await trust.publish(self.pool, self.keys, document, trust.NATIONAL)
        if self.issuer in issuers:
            nothing = StatusList.of((), size=trust.STATUS_LIST_SIZE)
            await trust.publish_status(
                self.pool, self.keys, self.issuer, nothing, datetime.now(UTC)
            )

    def service(self) -> Starlette:
        app = Starlette(
            routes=gateway.routes(),
            middleware=[
                Middleware(
                    operations.Around,
                    largest_body_bytes=20_000_000,
                    request_seconds=30,
                    explain=fhir.explain,
                )
            ],
        )
        app.state.platform = SimpleNamespace(pool=self.pool, keys=self.keys, outbox=self.outbox)
        return app

    async def desk(self) -> Desk:
        """A clinician of this region at a browser."""
        app = application(self.world)
        app.state.platform.regions = self.asks
        desk = await Desk.opened(self.world, app)
        await desk.sign_in()
        return desk


@dataclass
class Two:
    """The home region of a resident and another, and the nation that lists both."""

    nation: Nation
    home: Installation
    away: Installation

    async def list(self, *issuers: Issuer) -> None:
        """Publish the nation's next list, naming these, in both."""
        listed = list(issuers)
        document = self.nation.listing(*listed)
        for one in (self.home, self.away):
            await one.believe(self.nation, document, listed)
        for one, other in ((self.home, self.away), (self.away, self.home)):
            if other.issuer in listed:
                issuer = other.issuer
                token, _ = await trust.status_document(other.pool, issuer.region, issuer.key_id)
                await trust.import_status(one.pool, one.keys, token, issuer)


@asynccontextmanager
async def two_regions(pools: tuple[Pool, Pool], directory: Path) -> AsyncIterator[Two]:
    """Both, introduced to each other, the home region answering at a port of this machine."""
    home = await Installation.made(pools[0], directory / "home", HOME)
    away = await Installation.made(pools[1], directory / "away", AWAY)
    two = Two(Nation.made(), home, away)
    await two.list(home.issuer, away.issuer)
    async with _answering(home.service()) as address:
        home.region = replace(HOME, address=address)
        await registry.admit_region(away.pool, home.region)
        await registry.admit_region(home.pool, away.region)
        yield two
    home.keys.close()
    away.keys.close()


@asynccontextmanager
async def _answering(app: Starlette) -> AsyncIterator[str]:
    """Serve in the loop of the test, whose pools these are."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="error", ws="none", lifespan="off")
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells by this flag alone
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving
