"""`ohc identity canaries` plants residents who do not exist, tells who they are to nobody, and logs it."""

from __future__ import annotations

import io

import asyncpg
import pytest
from rich.console import Console

from openhealthcode.commands.canaries import canaries
from openhealthcode.commands.migrate import migrate
from openhealthcode.commands.verify import verify
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput


@pytest.fixture
async def settings(tmp_path, database):
    made = Settings(
        data_directory=tmp_path, database_url=database.url, database_owner_url=database.owner_url
    )
    await migrate(made, Console(file=io.StringIO()))
    return made


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=200)


async def test_they_are_planted_and_not_named(settings, console, database):
    await canaries(settings, console, 3)
    told = console.file.getvalue()
    assert told.startswith("3 planted")
    assert not [word for word in told.split() if word.isdigit() and len(word) > 2]
    owner = await asyncpg.connect(database.owner_url)
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 3
    assert await owner.fetchval("SELECT count(*) FROM identity.canary") == 6
    await owner.close()
    assert await verify(settings, Console(file=io.StringIO()), ()) == 0


async def test_how_many_is_within_reason(settings, console):
    with pytest.raises(InvalidInput):
        await canaries(settings, console, 0)
