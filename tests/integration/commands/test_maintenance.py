"""`ohc migrate`, `ohc doctor`, `ohc load` and `ohc verify` on a database of the operator's own."""

from __future__ import annotations

import io
import json
import os

import asyncpg
import pytest
from rich.console import Console

from openhealthcode.commands.doctor import doctor
from openhealthcode.commands.load import load
from openhealthcode.commands.migrate import migrate
from openhealthcode.commands.verify import verify
from openhealthcode.database import mode
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


def _told(console):
    return console.file.getvalue()


def _bundle(national_id="880121195904160028", **patient):
    resource = {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:oid:2.16.156.10011.1.3", "value": national_id}],
        "name": [{"text": "测试", "family": "测", "given": ["试"]}],
        "gender": "female",
        "birthDate": "1959-04-16",
    }
    entry = {
        "fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000001",
        "resource": resource | patient,
        "request": {"method": "POST", "url": "Patient"},
    }
    return {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}


async def test_a_database_set_up_by_migrate_is_for_production(settings, console):
    assert await mode(settings.owner_url) == "production"
    await migrate(settings, console)
    assert _told(console) == "nothing to apply\n"


async def test_the_doctor_finds_nothing_wrong_with_a_sound_installation(settings, console):
    assert await doctor(settings, console) == 0, _told(console)
    assert "all is well" in _told(console)


async def test_the_doctor_names_what_is_wrong_and_what_mends_it(settings, console):
    settings.keys_at.mkdir(mode=0o755)
    os.chmod(settings.keys_at, 0o755)  # noqa: PTH101 - whatever the umask is
    owner = await asyncpg.connect(settings.owner_url)
    await owner.execute("DELETE FROM ohc.migration")
    await owner.close()
    assert await doctor(settings, console) == 1
    assert "chmod 700" in _told(console)
    assert "ohc migrate" in _told(console)


async def test_the_doctor_says_so_when_the_database_is_away(tmp_path, console):
    away = Settings(tmp_path, database_url="postgresql://nobody@127.0.0.1:1/x")
    assert await doctor(away, console) == 1
    assert "OHC_DATABASE_URL" in _told(console)


async def test_a_bad_file_is_named_with_its_reason_while_the_rest_go_on(
    settings, console, tmp_path
):
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.json").write_text("{", "utf-8")
    (folder / "b.json").write_text(json.dumps(_bundle()), "utf-8")
    assert await load(settings, console, [folder]) == 1
    told = _told(console)
    assert "refused  a.json  [json-malformed]" in told
    assert "filed    b.json  1 created" in told
    assert "2 files, 1 refused; 1 new residents; 1 entries: 1 created" in told


async def test_loading_twice_changes_nothing(settings, console, tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(_bundle()), "utf-8")
    assert await load(settings, console, [tmp_path / "a.json"]) == 0
    assert await load(settings, console, [tmp_path / "a.json"]) == 0
    assert "filed    a.json  1 unchanged" in _told(console)


async def test_after_a_load_the_planner_knows_what_there_is(settings, console, tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(_bundle()), "utf-8")
    await load(settings, console, [tmp_path / "a.json"])
    assert await rows_expected(settings, "record.entry") == 1


async def rows_expected(settings, table):
    owner = await asyncpg.connect(settings.owner_url)
    count = await owner.fetchval("SELECT reltuples FROM pg_class WHERE oid = $1::regclass", table)
    await owner.close()
    return count


async def test_a_path_that_does_not_exist_is_told_before_anything_is_filed(settings, console):
    with pytest.raises(InvalidInput, match="there is no"):
        await load(settings, console, [settings.data_directory / "missing"])


async def test_verify_names_the_event_somebody_altered(settings, console, tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(_bundle()), "utf-8")
    await load(settings, console, [tmp_path / "a.json"])
    assert await verify(settings, console, []) == 0
    assert "complete and unaltered" in _told(console)
    owner = await asyncpg.connect(settings.owner_url)
    await owner.execute("UPDATE audit.event SET recorded_at = recorded_at - interval '1 hour'")
    await owner.close()
    assert await verify(settings, console, []) == 1
    assert "altered            This event was altered." in _told(console)
