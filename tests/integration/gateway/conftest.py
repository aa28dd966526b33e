"""The three services, started once for the tests of a file."""

from __future__ import annotations

import pytest

import visits
from cash_desk import introduced, running
from openhealthcode.trust import Keys


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    with running(tmp_path_factory.mktemp("partners")) as started:
        yield started


@pytest.fixture
def keys(tmp_path):
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()


@pytest.fixture
async def world(pool, keys):
    return await visits.world(pool, keys)


@pytest.fixture
async def market(world, services):
    return await introduced(world, services, "http://test")
