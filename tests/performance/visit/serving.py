"""The program as it is served, for benchmarks; ``BENCH_*`` in the environment says over what."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openhealthcode import app
from openhealthcode.operations import tell_in_json
from openhealthcode.settings import Settings

PLAIN_PAGE = """SELECT body FROM record.entry WHERE resident_id = $1 AND type = 'Observation'
                   AND is_current ORDER BY day DESC, entry_id DESC LIMIT 20"""
PLAIN_ALL = "SELECT body FROM record.entry WHERE resident_id = $1 AND is_current"
PLAIN = "SELECT body FROM record.entry WHERE resident_id = $1 AND entry_id = $2 AND is_current"


def served() -> Starlette:
    """Everything, over the benchmark's database and keys, telling each request as it would."""
    tell_in_json("info")
    settings = Settings(
        data_directory=Path(os.environ["BENCH_DIRECTORY"]),
        database_url=os.environ["BENCH_URL"],
        key_directory=Path(os.environ["BENCH_KEYS"]),
        database_connections=8,
    )
    return app.create(settings, is_synthetic=True)


def bare() -> Starlette:
    """The least a Starlette route can do: the same row, as it lies there, to anybody."""

    @asynccontextmanager
    async def lifespan(application: Starlette) -> AsyncIterator[None]:
        url = os.environ["BENCH_OWNER_URL"]
        async with asyncpg.create_pool(url, min_size=8, max_size=8) as application.state.pool:
            yield

    async def read(request: Request) -> Response:
        place = request.path_params
        pool = request.app.state.pool
        body = await pool.fetchval(PLAIN, place["resident"], place["entry"])
        return Response(body, media_type="application/fhir+json")

    async def read_some(request: Request) -> Response:
        statement = PLAIN_PAGE if "search" in request.url.path else PLAIN_ALL
        pool = request.app.state.pool
        rows = await pool.fetch(statement, request.path_params["resident"])
        return Response(b",".join(row["body"] for row in rows), media_type="application/fhir+json")

    routes = [
        Route("/bare/search/{resident}", read_some),
        Route("/bare/all/{resident}", read_some),
        Route("/bare/{resident}/{entry}", read),
    ]
    return Starlette(routes=routes, lifespan=lifespan)
