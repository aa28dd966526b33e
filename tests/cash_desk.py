"""Insurer, payment service and cash desk beside a world, for tests of what one code is used for."""

from __future__ import annotations

import asyncio
import re
import secrets
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from joserfc import jwk, jwt

from clinic_desk import Phone
from openhealthcode import registry
from openhealthcode.demonstration import partners
from openhealthcode.demonstration.partners import Running
from openhealthcode.gateway import HttpPartners
from openhealthcode.registry import Partner, TerminalEntry
from openhealthcode.sign_in.systems import ProvenTerminal, code_digest
from openhealthcode.standards import CodeUse
from openhealthcode.standards.ids import TerminalId
from visits import World

ENDPOINT = "http://test/resolve"
BOTH = frozenset({CodeUse.SETTLE, CodeUse.PAY})


@dataclass
class Terminal:
    """A certified terminal with its private key."""

    world: World
    terminal_id: TerminalId
    key: jwk.ECKey
    roles: frozenset[CodeUse]

    @classmethod
    async def certified(cls, world: World, *roles: CodeUse, days: int = 30) -> Terminal:
        key = jwk.ECKey.generate_key("P-256")
        terminal_id = await registry.certify_terminal(
            world.pool,
            TerminalEntry(
                f"test|{secrets.token_hex(4)}",
                world.hospital,
                "收费窗口一",
                key.as_dict(private=False),
                frozenset(roles),
                datetime.now(UTC) + timedelta(days=days),
            ),
        )
        return cls(world, terminal_id, key, frozenset(roles))

    def assertion(self, code: str, uses: list[str], changes: dict[str, Any] | None = None) -> str:
        claims = {
            "iss": str(self.terminal_id),
            "aud": ENDPOINT,
            "exp": int(time.time()) + 50,
            "jti": secrets.token_hex(8),
            "code": code_digest(code),
            "uses": uses,
            "operator": str(self.world.wang),
        }
        return jwt.encode({"alg": "ES256", "typ": "JWT"}, claims | (changes or {}), self.key)

    async def proven(self) -> ProvenTerminal:
        found = await registry.terminal(self.world.pool, self.terminal_id)
        return ProvenTerminal(found, self.world.wang)


@dataclass
class Market:
    """The three services as they run, introduced to a world."""

    world: World
    services: Running
    partners: HttpPartners
    insurer: Partner
    payment: Partner
    switching: Partner
    phones: dict[Any, Phone] = field(default_factory=dict)

    @property
    def pool(self):
        return self.world.pool

    @property
    def keys(self):
        return self.world.keys

    def said_by(self, name: str) -> bytes:
        """Everything a service keeps on its disk but keys and introductions."""
        folder = self.services.directory / name
        return b"".join(one.read_bytes() for one in sorted(folder.glob("data.sqlite*")))

    async def account(self, owner: str = "小李") -> dict[str, str]:
        """A customer opens an account with the payment service."""
        async with httpx.AsyncClient() as browser:
            page = await browser.post(self.payment.address + "/", data={"owner": owner})
        names = ("number", "account", "code")
        return {name: re.search(rf'id="{name}">([^<]+)<', page.text)[1] for name in names}

    async def voucher(self, id_no: str, name: str) -> str:
        """A customer opens the insurer's own application."""
        async with httpx.AsyncClient() as browser:
            url = self.insurer.address + "/vouchers"
            drawn = await browser.post(url, json={"idNo": id_no, "userName": name})
        return drawn.json()["code"]

    async def settle(self, org: str, token: str, fen: int) -> httpx.Response:
        async with httpx.AsyncClient() as desk:
            asked = {"orgId": org, "ecToken": token, "totalFee": fen}
            return await desk.post(self.insurer.address + "/settlements", json=asked)

    async def charge(self, org: str, auth_code: str, fen: int) -> httpx.Response:
        asked = {
            "appid": "wx0",
            "mchid": org,
            "description": "门诊费用",
            "out_trade_no": secrets.token_hex(8),
            "payer": {"auth_code": auth_code},
            "amount": {"total": fen, "currency": "CNY"},
            "scene_info": {"store_info": {"id": "1"}},
        }
        async with httpx.AsyncClient() as desk:
            url = self.payment.address + "/v3/pay/transactions/codepay"
            return await desk.post(url, json=asked)


@contextmanager
def running(directory: Path) -> Iterator[Running]:
    """The three services until the block ends, watched over by a thread of its own."""
    loop, services = asyncio.new_event_loop(), partners.running(directory)
    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(loop.run_until_complete, services.__aenter__()).result()
        thread.submit(loop.run_until_complete, services.__aexit__(None, None, None)).result()
    loop.close()


async def introduced(world: World, services: Running, site: str) -> Market:
    reached = HttpPartners(world.keys, "test.invalid/log")
    market = Market(world, services, reached, *[None] * 3)  # type: ignore[arg-type] # just below
    await partners.introduce(market, services, site=site, operator_id=world.wang)
    for one in await registry.partners(world.pool):
        name = {"fusion": "insurer", "binding": "payment", "switching": "switching"}[one.joining]
        setattr(market, name, one)
    return market


def kept_by(services: Running, name: str) -> dict[str, list[str]]:
    """Every value a service has in its database, by table."""
    with closing(sqlite3.connect(services.directory / name / "data.sqlite")) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            table: [str(one) for row in database.execute(f"SELECT * FROM {table}") for one in row]
            for (table,) in tables
        }
