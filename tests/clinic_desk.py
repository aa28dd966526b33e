"""A clinician at a browser and a resident with a phone, for tests of the clinic's pages."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace

import httpx
from starlette.applications import Starlette

import visits
from openhealthcode import access, consent, healthcode, registry
from openhealthcode.audit import Sequencer
from openhealthcode.database import Announcements
from openhealthcode.portal import layout, routes
from openhealthcode.sign_in import Role, staff
from openhealthcode.standards import HealthCodeError, RecordCategory
from openhealthcode.standards.ids import DeviceReference, PractitionerId, RequestId, ResidentId
from openhealthcode.trust import totp_code
from signing_in import Phones
from visits import World

SITE = "https://clinic.test"
PASSWORD = "correct horse battery staple"


def application(
    world: World,
    announcements: Announcements | None = None,
    sequencer: Sequencer | None = None,
) -> Starlette:
    """The portal over this world's database."""
    app = Starlette(routes=routes(), exception_handlers={HealthCodeError: layout.explain})
    app.state.platform = SimpleNamespace(
        pool=world.pool,
        keys=world.keys,
        announcements=announcements,
        outbox=Phones(),
        sequencer=sequencer,
    )
    return app


@dataclass
class Phone:
    """A resident's phone."""

    world: World
    resident: ResidentId
    device: DeviceReference

    @classmethod
    async def of(cls, world: World, resident: ResidentId) -> Phone:
        device = healthcode.new_device_reference()
        await healthcode.enrol_device(world.pool, device, resident, datetime.now(UTC))
        return cls(world, resident, device)

    def code(self, at: datetime | None = None) -> str:
        return healthcode.issue(self.world.keys, self.device, at or datetime.now(UTC))

    async def waiting(self) -> RequestId:
        pool, keys = self.world.pool, self.world.keys
        (asked,) = await consent.requests_waiting(pool, keys, self.resident)
        return asked.request_id

    async def allow(self, *withheld: RecordCategory):
        pool, keys, request = self.world.pool, self.world.keys, await self.waiting()
        shown = await access.preview(pool, keys, self.resident, request)
        return await consent.allow(
            pool,
            keys,
            self.resident,
            request,
            categories=shown.request.ask.categories - set(withheld),
            previewed_number=shown.number,
            notice=visits.TOLD,
        )

    async def refuse(self) -> None:
        request = await self.waiting()
        await consent.refuse(self.world.pool, self.world.keys, self.resident, request)

    async def withdraw(self, consent_id) -> None:
        await consent.withdraw(self.world.pool, self.world.keys, self.resident, consent_id)


@dataclass
class Desk:
    """A clinician's browser; follows redirects as a browser does."""

    world: World
    browser: httpx.AsyncClient
    account: staff.NewAccount
    number: str = "0217"
    answers: list[httpx.Response] = field(default_factory=list)

    @classmethod
    async def opened(
        cls,
        world: World,
        app: Starlette,
        number: str = "0217",
        practitioner: PractitionerId | None = None,
    ) -> Desk:
        account = await staff.create_account(
            world.pool,
            world.keys,
            practitioner or world.wang,
            staff_number=number,
            password=PASSWORD,
            roles=(Role.CLINICIAN,),
        )
        return cls(world, browser_of(app), account, number)

    async def get(self, path: str, **more) -> httpx.Response:
        return await self.browser.get(path, **more)

    async def post(self, path: str, **fields) -> httpx.Response:
        return await self.browser.post(path, data=fields, headers={"Origin": SITE})

    async def sign_in(self, *, password: str = PASSWORD, back: str = "/clinic") -> httpx.Response:
        totp = totp_code(self.account.totp_secret, time.time())
        return await self.post(
            "/clinic/sign-in", account=self.number, password=password, totp=totp, back=back
        )

    async def scan(self, code: str, scene: str = "consultation") -> httpx.Response:
        return await self.post("/clinic/scan", code=code, scene=scene)

    async def ask(self, visit: str, *categories: str, hours: str = "4") -> httpx.Response:
        wanted = list(categories or ("allergies", "conditions", "laboratory", "family-history"))
        return await self.post(
            visit, scene="consultation", category=wanted, hours=hours, step="ask"
        )


def browser_of(app: Starlette, **more) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url=SITE,
        follow_redirects=True,
        headers={"Accept-Language": "zh-CN"},
        **more,
    )


async def colleague(world: World) -> PractitionerId:
    """Another doctor of the same hospital."""
    return await registry.register_practitioner(
        world.pool,
        registry.PractitionerEntry(
            "test|lin",
            world.hospital,
            "林月",
            registry.PractitionerRole.DOCTOR,
            staff_number="0318",
        ),
    )
