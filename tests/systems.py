"""An institution's system as its maker would write it: keys, assertions, tokens, requests."""

from __future__ import annotations

import secrets
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import httpx
from joserfc import jwk, jwt
from starlette.applications import Starlette
from starlette.middleware import Middleware

from openhealthcode import fhir, operations, registry
from openhealthcode.database import transaction
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind, Phone
from openhealthcode.standards.ids import InstitutionId, ResidentId, SystemId
from signing_in import Phones
from visits import World, national_id

BASE = "http://test"
EVERYTHING = "system/*.crs"


@dataclass(frozen=True)
class HospitalSystem:
    """A registered system with its private key."""

    system_id: SystemId
    key: jwk.ECKey

    def assertion(self, **changes: Any) -> str:
        """A good assertion, or one with some claims changed."""
        claims = {
            "iss": str(self.system_id),
            "sub": str(self.system_id),
            "aud": f"{BASE}/oauth/token",
            "exp": int(time.time()) + 240,
            "jti": secrets.token_hex(8),
        }
        header = {"alg": "ES256", "kid": self.key.kid, "typ": "JWT"}
        return jwt.encode(header, claims | changes, self.key)

    def form(self, scope: str = EVERYTHING, **changes: Any) -> dict[str, str]:
        """The form of a token request."""
        return {
            "grant_type": "client_credentials",
            "scope": scope,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self.assertion(**changes),
        }


async def connect(world: World, institution: InstitutionId, name: str = "his") -> HospitalSystem:
    """Register a system of an institution."""
    key = jwk.ECKey.generate_key("P-256", {"use": "sig", "kid": secrets.token_hex(4)})
    public = {"keys": [{**key.as_dict(private=False), "kid": key.kid}]}
    system_id = await registry.register_system(
        world.pool,
        registry.SystemEntry(f"test|{name}", institution, name, public, scopes=("system/*.cruds",)),
    )
    return HospitalSystem(system_id, key)


def application(world: World, phones: Phones | None = None) -> Starlette:
    """The interface alone, within the bounds every request passes."""
    app = Starlette(
        routes=fhir.routes(),
        middleware=[
            Middleware(
                operations.Around,
                largest_body_bytes=20_000_000,
                request_seconds=30,
                most_refusals_per_second=10**9,  # attackers here are faster than any network
                explain=fhir.explain,
            )
        ],
    )
    app.state.platform = SimpleNamespace(
        pool=world.pool, keys=world.keys, outbox=phones or Phones()
    )
    return app


@asynccontextmanager
async def calling(
    world: World,
    system: HospitalSystem | None = None,
    scope: str = EVERYTHING,
    phones: Phones | None = None,
):
    """A client that holds this system's access token, or none."""
    transport = httpx.ASGITransport(application(world, phones), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        client.headers["Accept-Language"] = "en"
        if system is not None:
            given = await client.post("/oauth/token", data=system.form(scope))
            assert given.status_code == 200, given.text
            client.headers["Authorization"] = f"Bearer {given.json()['access_token']}"
        yield client


@asynccontextmanager
async def resident_reading(world: World, resident: ResidentId):
    """The browser of a resident who is signed in."""
    about = Subject(
        Certificate.parse(CertificateKind.NATIONAL_ID, national_id(2)),
        "李试",
        Phone.parse("13912345678"),
    )
    async with transaction(world.pool, resident=resident) as connection:
        begun = await begin_session(connection, world.keys, resident, about)
    transport = httpx.ASGITransport(application(world), raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url=BASE, cookies={"ohc_resident": begun.token}
    ) as client:
        yield client
