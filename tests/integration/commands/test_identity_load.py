"""`ohc identity load`: a file of people goes in, each row has its result, and it can be resumed."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import date, timedelta
from multiprocessing import active_children

import asyncpg
import pytest
from rich.console import Console

from many_people import number_of
from openhealthcode.collection.bulk import ResultFile, ResultsOfAnother, TableMalformed
from openhealthcode.commands.identity_load import _FEW_ROWS, load, reading
from openhealthcode.commands.migrate import migrate
from openhealthcode.commands.verify import verify
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput, Sex

NUMBERS = ["880121195904160028", "880121199001010019", "880121198505050028"]
MARKED = "标记姓名"


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
def register(tmp_path):
    path = tmp_path / "people.csv"
    rows = [f"{MARKED}{chr(0x7532 + n)},{number}" for n, number in enumerate(NUMBERS)]
    path.write_text("\n".join(["姓名,身份证号", *rows, f"{MARKED},123", ""]))
    return path


def born(serial):
    return date(1960, 1, 1) + timedelta(days=serial)


async def run(settings, console, path, *, kinds="ws-364-3", encoding="utf-8-sig", **how):
    return await load(settings, console, path, None, reading(kinds, encoding), **how)


def results_of(path):
    with path.with_name(path.name + ".results.csv").open(newline="") as file:
        return list(csv.DictReader(file))


async def test_each_row_has_its_result_and_nobody_is_named(settings, console, register):
    assert await run(settings, console, register) == 1
    rows = results_of(register)
    assert [row["outcome"] for row in rows] == ["new", "new", "new", "refused"]
    assert [len(row["patient"]) for row in rows] == [64, 64, 64, 0]
    assert rows[3]["code"] == "national-id-malformed"
    told = console.file.getvalue() + json.dumps(rows, ensure_ascii=False)
    assert "3 new" in told
    assert MARKED not in told
    assert not any(number in told for number in NUMBERS)


async def test_an_interrupted_load_goes_on_and_makes_nobody_twice(settings, console, register):
    whole = register.read_text()
    results = register.with_name(register.name + ".results.csv")
    await run(settings, console, register)
    first = results_of(register)
    # As if it had stopped after two rows, the third being in the database already.
    results.unlink()
    with ResultFile(results, register) as kept:
        kept.state.rows = 2
        kept._keep()
    assert register.read_text() == whole
    await run(settings, console, register)
    assert [(row["row"], row["outcome"]) for row in results_of(register)] == [
        ("3", "unchanged"),
        ("4", "refused"),
    ]
    assert results_of(register)[0]["patient"] == first[2]["patient"]
    assert await run(settings, console, register) == 1, "nothing is left to do"
    owner = await asyncpg.connect(settings.owner_url)
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 3
    await owner.close()


async def test_the_log_is_whole_without_a_server(settings, console, register):
    await run(settings, console, register)
    assert await verify(settings, Console(file=io.StringIO()), []) == 0


async def test_the_planner_knows_of_everybody_who_was_registered(settings, console, register):
    await run(settings, console, register)
    owner = await asyncpg.connect(settings.owner_url)
    expected = "SELECT reltuples FROM pg_class WHERE oid = 'identity.resident'::regclass"
    assert await owner.fetchval(expected) == 3
    await owner.close()


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ({"kinds": "nowhere"}, InvalidInput),
        ({"encoding": "no-such"}, InvalidInput),
        ({"encoding": "ascii"}, TableMalformed),
    ],
)
async def test_what_cannot_be_read_is_one_sentence(settings, console, register, options, refusal):
    with pytest.raises(refusal) as refused:
        await run(settings, console, register, **options)
    assert MARKED not in str(refused.value)


async def test_a_file_that_is_not_there_leaves_nothing_behind(settings, console, tmp_path):
    with pytest.raises(InvalidInput):
        await run(settings, console, tmp_path / "nothing.csv")
    assert not (tmp_path / "nothing.csv.results.csv").exists()


async def test_the_results_of_another_file_are_never_written_over(settings, console, register):
    await run(settings, console, register)
    register.write_text("姓名,身份证号\n")
    with pytest.raises(ResultsOfAnother):
        await run(settings, console, register)


async def test_what_the_public_security_service_answered_weighs_most(settings, console, register):
    await run(settings, console, register, is_checked=True)
    owner = await asyncpg.connect(settings.owner_url)
    levels = await owner.fetch("SELECT DISTINCT verification FROM identity.identifier")
    await owner.close()
    assert [row["verification"] for row in levels] == ["checked"]


async def test_a_long_file_is_written_by_several_processes(settings, console, tmp_path):
    """One row more than a single process takes, the last of them nobody's number."""
    path = tmp_path / "many.csv"
    numbers = [number_of(serial, born(serial), Sex.FEMALE).number for serial in range(_FEW_ROWS)]
    lines = [f"{MARKED}{serial},{number}" for serial, number in enumerate(numbers)]
    path.write_text("\n".join(["姓名,身份证号", *lines, f"{MARKED},123", ""]))
    assert await run(settings, console, path, processes=2) == 1
    rows = results_of(path)
    assert [int(row["row"]) for row in rows] == list(range(1, _FEW_ROWS + 2))
    assert Counter(row["outcome"] for row in rows) == {"new": _FEW_ROWS, "refused": 1}
    assert len({row["patient"] for row in rows}) == _FEW_ROWS + 1
    assert not active_children()
    assert await verify(settings, Console(file=io.StringIO()), []) == 0
