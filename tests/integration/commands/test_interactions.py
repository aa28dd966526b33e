"""`ohc interactions`: a table is loaded whole or not at all, and takes the place of the release's."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from openhealthcode.commands import interactions as verbs
from openhealthcode.commands.migrate import migrate
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput
from openhealthcode.terminology.interactions import (
    InteractionsUnreadable,
    drop_interactions,
    interaction_table,
    interactions_with,
    load_interactions,
    packaged_interactions,
)
from openhealthcode.terminology.interactions.table import _rows

HEAD = "one,other,severity,zh,en,source\n"
GOOD = HEAD + "B01AA,C10AA,moderate,出血,bleeding,ours\nC10AA05,J01FA09,high,肌病,muscle,ours\n"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def pairs(pool, *codes):
    return [(one.one, one.other) for one in await interactions_with(pool, codes)]


async def test_until_a_table_is_loaded_the_releases_own_is_in_force(pool):
    edition, packaged = packaged_interactions()
    table = await interaction_table(pool)
    assert (table.edition, table.pairs, table.loaded_at) == (edition, len(packaged), None)
    assert ("B01AC04", "A02BC01") in await pairs(pool, "A02BC01")
    assert await pairs(pool, "C08CA01") == []
    assert await pairs(pool) == []


async def test_a_loaded_table_takes_its_place_as_a_whole(pool):
    table = await load_interactions(pool, io.StringIO(GOOD), " ours 2026 ", NOW)
    assert (table.edition, table.pairs, table.loaded_at) == ("ours 2026", 2, NOW)
    assert await interaction_table(pool) == table
    assert await pairs(pool, "A02BC01") == []
    assert await pairs(pool, "B01AA03") == [("B01AA", "C10AA")], "by what stands above it"
    assert await pairs(pool, "C10AA05") == [("B01AA", "C10AA"), ("C10AA05", "J01FA09")]
    assert await pairs(pool, "C10AA07") == [("B01AA", "C10AA")]
    (one,) = await interactions_with(pool, ["B01AA03"])
    assert (one.says, one.severity, one.source) == (("出血", "bleeding"), "moderate", "ours")

    again = await load_interactions(pool, io.StringIO(HEAD + "A02B,C10A,low,甲,a,b\n"), "2", NOW)
    assert await interaction_table(pool) == again
    assert await pairs(pool, "B01AA03") == []

    assert (await drop_interactions(pool)).edition == packaged_interactions()[0]
    assert ("B01AC04", "A02BC01") in await pairs(pool, "A02BC01")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "columns"),
        ("a,b\n", "columns"),
        (HEAD, "no pair"),
        (GOOD + "B01AA,C10AA,low,甲,a,b\n", "line 4: this pair stands twice"),
        (GOOD + "C10AA,B01AA,low,甲,a,b\n", "line 4: this pair stands twice"),
        (GOOD + "warfarin,C10AA,low,甲,a,b\n", "line 4: a code"),
        (GOOD + "B01AA,C10AA0,low,甲,a,b\n", "line 4: a code"),
        (GOOD + "B01AB,C10AA,grave,甲,a,b\n", "line 4: severity"),
        (GOOD + "B01AB,C10AA,low,甲,,b\n", "line 4: a field"),
        (GOOD + "B01AB,C10AA,low,甲,a\n", "line 4: a field"),
        (GOOD + f"B01AB,C10AA,low,{'甲' * 501},a,b\n", "line 4: a field"),
        (GOOD + 'B01AB,"' + "x" * 200_000, "no CSV"),
    ],
)
async def test_a_file_with_a_fault_changes_nothing_and_says_in_which_line(pool, text, says):
    before = await load_interactions(pool, io.StringIO(GOOD), "ours", NOW)
    with pytest.raises(InteractionsUnreadable, match=says):
        await load_interactions(pool, io.StringIO(text), "next", NOW)
    assert await interaction_table(pool) == before
    assert len(await pairs(pool, "C10AA05")) == 2


@pytest.mark.parametrize("edition", ["", "  ", "x" * 501])
async def test_an_edition_has_a_name(pool, edition):
    with pytest.raises(InteractionsUnreadable):
        await load_interactions(pool, io.StringIO(GOOD), edition, NOW)


async def test_more_pairs_than_go_in_at_once_are_loaded_too(pool):
    lines = [f"A{n:02}B,C{m:02}C,low,甲,a,b\n" for n in range(80) for m in range(80)]
    table = await load_interactions(pool, io.StringIO(HEAD + "".join(lines)), "many", NOW)
    assert table.pairs == 6_400
    assert len(await pairs(pool, "A07B")) == 80


@given(st.text(max_size=200))
def test_whatever_the_file_holds_it_is_a_table_or_one_error(text):
    try:
        rows = list(_rows(io.StringIO(HEAD + text)))
    except InteractionsUnreadable:
        return
    assert all(len(row) == 6 and all(row) for row in rows)


@pytest.fixture
async def settings(tmp_path, database):
    made = Settings(
        data_directory=tmp_path, database_url=database.url, database_owner_url=database.owner_url
    )
    await migrate(made, Console(file=io.StringIO()))
    return made


async def test_the_command_loads_says_what_is_in_force_and_goes_back(settings, tmp_path):
    console = Console(file=io.StringIO(), width=200)
    path = tmp_path / "pairs.csv"
    path.write_text("\ufeff" + GOOD, encoding="utf-8")
    await verbs.show(settings, console)
    await verbs.load(settings, console, path, "ours")
    await verbs.show(settings, console)
    await verbs.drop(settings, console)
    packaged = packaged_interactions()[0]
    said = console.file.getvalue().splitlines()
    assert [line.split(":")[0] for line in said] == [packaged, "ours", "ours", packaged]
    with pytest.raises(InvalidInput):
        await verbs.load(settings, console, tmp_path / "missing.csv", "ours")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InteractionsUnreadable):
        await verbs.load(settings, console, path, "ours")
