"""The program put together: it starts over the right database, answers monitors, and ends cleanly."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest

from databases import in_a_loop_of_its_own
from openhealthcode import app
from openhealthcode.database import UnsuitableDatabase, stamp
from openhealthcode.settings import Settings


@pytest.fixture
def settings(tmp_path, database):
    in_a_loop_of_its_own(stamp(database.owner_url, "production"))
    return Settings(data_directory=tmp_path, database_url=database.url)


@asynccontextmanager
async def _started(settings, **options):
    created = app.create(settings, **options)
    async with created.router.lifespan_context(created):
        transport = httpx.ASGITransport(created)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client


async def test_a_started_program_is_alive_and_ready(settings):
    async with _started(settings) as client:
        assert (await client.get("/healthz")).text == "alive\n"
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, {"ready": True, "missing": {}})


async def test_metrics_count_what_was_asked(settings):
    async with _started(replace(settings, sequencing_seconds=3600)) as client:
        await client.get("/healthz")
        told = (await client.get("/metrics")).text
        assert 'ohc_requests_total{method="GET",route="/healthz",status="200"}' in told
        assert 'ohc_database_connections{state="open"}' in told
        assert "ohc_log_waiting_events 0.0" in told
        assert 'ohc_chore_late_seconds{chore="sequence"} 0.0' in told


async def test_a_synthetic_database_is_not_served(settings):
    with pytest.raises(UnsuitableDatabase):
        async with _started(settings, is_synthetic=True):
            pass


async def test_an_unknown_address_is_answered_in_words(settings):
    async with _started(settings) as client:
        answer = await client.get("/nowhere", headers={"Accept-Language": "en"})
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")


async def test_a_body_beyond_the_bound_is_refused(settings):
    async with _started(replace(settings, largest_body_bytes=10)) as client:
        assert (await client.post("/language", content=bytes(11))).status_code == 413


async def test_what_was_started_is_stopped_again(settings):
    before = asyncio.all_tasks()
    async with _started(settings):
        pass
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
