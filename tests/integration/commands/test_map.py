"""`ohc map` shows the map in force, compares a text with it, and goes through what was filed."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

import visits
from openhealthcode import app, collection, terminology
from openhealthcode.commands.migrate import migrate
from openhealthcode.commands.sensitive_map import compare, reread, show
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput
from openhealthcode.terminology import MapUnreadable, packaged_map, read_map


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
