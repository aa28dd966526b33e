"""While the database is away, callers are told to ask again; what is a fault of ours stays one."""

from __future__ import annotations

import asyncio

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from openhealthcode import fhir, operations
from openhealthcode.database import DatabaseAway, is_away, open_pool, transaction

STATEMENTS = {
    "/ended": "SELECT pg_sleep(60)",
    "/refused": "SELECT 1 / 0",
    "/answered": "SELECT 1",
}


@pytest.fixture
async def client(pool):
    async def ask(request):
        async with transaction(pool) as connection:
            await connection.fetchval(STATEMENTS[request.url.path])
        return PlainTextResponse("done")

    around = Middleware(
        operations.Around, largest_body_bytes=1_000, request_seconds=30, explain=fhir.explain
    )
    app = Starlette(routes=[Route(path, ask) for path in STATEMENTS], middleware=[around])
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


END = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE query LIKE 'SELECT pg_sleep%' AND datname = current_database()"""


def code_of(answer):
    (coding,) = answer.json()["issue"][0]["details"]["coding"]
    return coding["code"]


async def test_who_meets_a_database_that_goes_away_is_told_to_ask_again(client, owner_url):
    asking = asyncio.create_task(client.get("/ended"))
    owner = await asyncpg.connect(owner_url)
    while not await owner.fetch(END):  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.02)
    await owner.close()
    answer = await asking
    assert (answer.status_code, code_of(answer)) == (503, "database-away")
    assert (await client.get("/answered")).status_code == 200, "the next one is served"


async def test_what_went_wrong_stays_a_fault(client):
    answer = await client.get("/refused")
    assert answer.status_code == 500
    assert code_of(answer) != "database-away"


async def test_a_database_that_is_not_there_is_away(tmp_path):
    with pytest.raises(DatabaseAway):
        await open_pool(f"postgresql://nobody@/none?host={tmp_path}&port=5432")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (asyncpg.CannotConnectNowError("starting"), True),
        (asyncpg.ConnectionDoesNotExistError("gone"), True),
        (asyncpg.CrashShutdownError("crashed"), True),
        (asyncpg.DiskFullError("no room"), True),
        (asyncpg.InterfaceError("connection is closed"), True),
        (asyncpg.InterfaceError("another operation is in progress"), False),
        (asyncpg.UniqueViolationError("twice"), False),
        (asyncpg.QueryCanceledError("asked to"), False),
        (FileNotFoundError(), False),
    ],
)
def test_only_what_says_so_means_that_it_is_away(error, said):
    assert is_away(error) is said
