"""Readiness over a real database: each missing part is named."""

from __future__ import annotations

from types import SimpleNamespace

import asyncpg
import pytest

from databases import in_a_loop_of_its_own
from openhealthcode.database import UnsuitableDatabase, open_pool, stamp
from openhealthcode.operations import Chore, check_mode
from openhealthcode.operations.readiness import missing
from openhealthcode.trust import Keys


@pytest.fixture
def keys(tmp_path):
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()


def _platform(pool, keys, **changed):
    parts = {"pool": pool, "keys": keys, "chores": (), "is_synthetic": False}
    return SimpleNamespace(**(parts | changed))


async def test_nothing_is_missing_from_a_migrated_database_entered_by_its_service(pool, keys):
    assert await missing(_platform(pool, keys)) == {}


async def test_the_owners_connection_is_not_ready_in_production(owner_url, keys):
    pool = await open_pool(owner_url, size=2)
    try:
        assert "owner" in (await missing(_platform(pool, keys)))["database"]
        assert await missing(_platform(pool, keys, is_synthetic=True)) == {}
    finally:
        await pool.close()


async def test_a_missing_migration_is_named(pool, keys, owner_url):
    owner = await asyncpg.connect(owner_url)
    await owner.execute("DELETE FROM ohc.migration")
    await owner.close()
    assert "ohc migrate" in (await missing(_platform(pool, keys)))["database"]


async def test_a_database_that_lets_nobody_in_is_named(pool, keys, database):
    owner = await asyncpg.connect(database.owner_url, database="postgres")
    await owner.execute(f"ALTER DATABASE {database.name} WITH ALLOW_CONNECTIONS false")
    await pool.close()
    assert (await missing(_platform(pool, keys)))["database"] == "it does not answer"
    await owner.execute(f"ALTER DATABASE {database.name} WITH ALLOW_CONNECTIONS true")
    await owner.close()


async def test_a_closed_key_store_is_noticed(pool, tmp_path):
    keys = Keys.open(tmp_path / "closed")
    keys.close()
    assert (await missing(_platform(pool, keys)))["keys"] == "it does not answer"


async def test_a_late_chore_is_named(pool, keys):
    async def nothing():
        return None

    late = Chore("sequence", -3600.0, nothing)
    assert await missing(_platform(pool, keys, chores=(late,))) == {"chores": "late: sequence"}


@pytest.mark.parametrize(("mode", "wanted"), [("synthetic", False), ("production", True)])
async def test_a_database_of_the_other_kind_is_refused(pool, owner_url, mode, wanted):
    in_a_loop_of_its_own(stamp(owner_url, mode))
    with pytest.raises(UnsuitableDatabase):
        await check_mode(pool, is_synthetic=wanted)
    await check_mode(pool, is_synthetic=not wanted)


async def test_a_database_without_a_stamp_is_refused(pool):
    with pytest.raises(UnsuitableDatabase, match="ohc migrate"):
        await check_mode(pool, is_synthetic=True)
