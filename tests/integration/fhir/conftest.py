"""A hospital, its system, and a caller with the system's token."""

from __future__ import annotations

import io
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

import systems
import visits
from openhealthcode.database import Pool
from openhealthcode.operations.logs import JsonLines
from openhealthcode.trust import Keys
from visits import World


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
async def hospital_system(world: World) -> systems.HospitalSystem:
    return await systems.connect(world, world.hospital)


@pytest.fixture
async def client(
    world: World, hospital_system: systems.HospitalSystem
) -> AsyncIterator[httpx.AsyncClient]:
    async with systems.calling(world, hospital_system) as calling:
        yield calling


@pytest.fixture
async def stranger(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with systems.calling(world) as calling:
        yield calling


@pytest.fixture
def log():
    """What the service tells in its log, as an operator reads it."""
    told = io.StringIO()
    handler = logging.StreamHandler(told)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield told
    root.removeHandler(handler)
    root.setLevel(level)
