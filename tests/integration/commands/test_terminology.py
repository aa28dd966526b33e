"""`ohc terminology` loads an operator's code systems and says which there are."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from openhealthcode import app, terminology
from openhealthcode.commands.migrate import migrate
from openhealthcode.commands.terminology import delivery_of, load, show
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput
from openhealthcode.terminology.loaded import UnreadableCodes, VersionLoaded

SAID = {"url": "", "version": "", "name": "", "encoding": "utf-8-sig", "chinese": None}
LIST = {"url": "urn:test:list", "version": "2026", "name": "MyList"}


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


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("编码,名称\nI10,原发性高血压\nE11,2型糖尿病\n", encoding="gb18030")
    return path


async def test_a_table_is_loaded_listed_and_found(settings, console, table):
    said = SAID | LIST | {"encoding": "gb18030"}
    await load(settings, console, delivery_of(table, "csv", **said))
    assert "urn:test:list 2026: 2 concepts" in console.file.getvalue()
    with pytest.raises(VersionLoaded):
        await load(settings, console, delivery_of(table, "csv", **said))
    await show(settings, console)
    listed = console.file.getvalue().splitlines()
    assert any("2  loaded" in line and "urn:test:list 2026" in line for line in listed)
    assert any(
        "59  complete" in line and terminology.systems.ETHNIC_GROUP in line for line in listed
    )
    async with app.opened(settings) as platform:
        found = await terminology.find(platform.pool, "tnb", ["urn:test:list"], "zh-CN")
    assert [each.code for each in found] == ["E11"]


async def test_of_a_wrong_encoding_nothing_is_loaded(settings, console, table):
    with pytest.raises(UnreadableCodes):
        await load(settings, console, delivery_of(table, "csv", **(SAID | LIST)))
    async with app.opened(settings) as platform:
        assert await terminology.loaded.versions(platform.pool) == []


@pytest.mark.parametrize(
    ("name", "file_format", "said"),
    [
        ("list.csv", "xml", LIST),
        ("list.csv", "csv", {"version": "1"}),
        ("list.csv", "csv", {"version": "1", "url": "urn:x"}),
        ("list.csv", "csv", {"name": "X", "url": "urn:x"}),
        ("list.csv", "loinc", {}),
        ("list.csv", "rf2", {}),
        ("none.csv", "csv", LIST),
        (".", "csv", LIST),
    ],
)
def test_what_has_to_be_said_of_a_file_is_asked_for(table, name, file_format, said):
    with pytest.raises(InvalidInput):
        delivery_of(table.parent / name, file_format, **(SAID | said))
