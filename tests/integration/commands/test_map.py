"""`ohc map` shows the map in force, compares a text with it, and goes through what was filed."""

from __future__ import annotations

import io
from uuid import uuid4

import asyncpg
import pytest
from rich.console import Console

import visits
from openhealthcode import app, collection, terminology
from openhealthcode.commands.doctor import doctor
from openhealthcode.commands.migrate import migrate
from openhealthcode.commands.sensitive_map import compare, reread, show
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput
from openhealthcode.standards.ids import PractitionerId
from openhealthcode.terminology import (
    MapReviewer,
    MapUnreadable,
    editions,
    packaged_map,
    read_map,
)


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


async def test_what_is_shown_is_a_map_and_compares_as_no_change(settings, console, tmp_path):
    await show(settings, console)
    text = console.file.getvalue()
    assert read_map(text) == (packaged_map().edition, packaged_map().rows)
    path = tmp_path / "map.toml"
    path.write_text(text, encoding="utf-8")
    await compare(settings, console, path)
    assert console.file.getvalue().endswith("closes 0 more, no longer lists 0\n")


async def test_a_text_is_compared_word_by_word(settings, console, tmp_path):
    text = terminology.write_map(packaged_map().edition, packaged_map().rows)
    path = tmp_path / "map.toml"
    path.write_text(text.replace('"庇护所"', '"收容站", "救助站"'), encoding="utf-8")
    await compare(settings, console, path)
    told = console.file.getvalue().splitlines()
    assert "+ abuse          word         收容站" in told
    assert "- abuse          word         庇护所" in told
    assert told[-1] == "closes 2 more, no longer lists 1"


async def test_a_file_that_is_no_map_is_refused(settings, console, tmp_path):
    with pytest.raises(InvalidInput):
        await compare(settings, console, tmp_path / "missing.toml")
    (tmp_path / "wrong.toml").write_text("[[row]]\n", encoding="utf-8")
    with pytest.raises(MapUnreadable):
        await compare(settings, console, tmp_path / "wrong.toml")


async def test_rereading_goes_to_the_end_once(settings, console):
    async with app.opened(settings) as platform:
        world = await visits.world(platform.pool, platform.keys)
        await world.resident()
    await reread(settings, console)
    await reread(settings, console)
    line = f"edition {packaged_map().edition.version}: 1 residents, 0 entries closed"
    assert console.file.getvalue().splitlines() == [line, line]
    async with app.opened(settings) as platform:
        assert not await collection.reread(platform.pool, platform.keys, seconds=1)


async def test_the_doctor_says_who_reviewed_it_and_when_it_was_altered(
    settings, console, owner_url
):
    assert await doctor(settings, console) == 0
    assert "reviewed by nobody yet" in console.file.getvalue()
    async with app.opened(settings) as platform:
        author, decider = (MapReviewer(PractitionerId(uuid4()), name) for name in ("王编", "李审"))
        number = await editions.begin(platform.pool, platform.keys, author)
        draft = await editions.edition_numbered(platform.pool, number)
        await editions.propose(platform.pool, draft, author, "审阅过，不作改动")
        proposal = await editions.edition_numbered(platform.pool, number)
        await editions.decide(platform.pool, platform.keys, proposal, decider, is_approved=True)
    assert await doctor(settings, console) == 0
    assert "reviewed by 王编、李审" in console.file.getvalue()
    owner = await asyncpg.connect(owner_url)
    await owner.execute("UPDATE terminology.edition SET document = document || '# opened'")
    await owner.close()
    editions._COMPILED.clear()
    assert await doctor(settings, console) == 1
    assert "restore terminology.edition" in console.file.getvalue()
