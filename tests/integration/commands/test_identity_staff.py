"""`ohc identity staff` ties staff to residents, and tells lines that fail by number alone."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

import visits
from openhealthcode.access import overseen
from openhealthcode.commands.identity_staff import staff
from openhealthcode.commands.migrate import migrate
from openhealthcode.database import open_pool, transaction
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput
from openhealthcode.trust import Keys


@pytest.fixture
async def settings(tmp_path, database):
    made = Settings(
        data_directory=tmp_path, database_url=database.url, database_owner_url=database.owner_url
    )
    await migrate(made, Console(file=io.StringIO()))
    keys = Keys.open(made.keys_at)
    pool = await open_pool(database.url, size=2)
    await (await visits.world(pool, keys)).resident()
    await pool.close()
    keys.close()
    return made


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=200)


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "staff.csv"
    path.write_bytes(text.encode(encoding))
    return path


async def test_each_line_is_tied_once_or_told_by_its_number(settings, console, tmp_path, database):
    own, nobody = visits.national_id(2), visits.national_id(77)
    path = written(
        tmp_path,
        "institution,staff_number,id_number\n"
        f"test|hospital,0217,{own}\n"
        f"test|hospital,0217,{own}\n"
        f"test|hospital,0217,{nobody}\n"
        f"test|hospital,9999,{own}\n"
        f"test|elsewhere,0217,{own}\n"
        "test|hospital,0217,=HYPERLINK(1)\n",
    )
    assert await staff(settings, console, path, "utf-8-sig") == 1
    told = console.file.getvalue()
    for expected in (
        "1 tied",
        "1 known before",
        "1 no resident",
        "2 no such staff",
        "1 unreadable",
    ):
        assert expected in told
    assert "lines 4, 5, 6, 7" in told
    for hidden in (own, nobody, "HYPERLINK"):
        assert hidden not in told
    pool = await open_pool(database.url, size=2)
    async with transaction(pool, task="supervision") as connection:
        assert await connection.fetchval("SELECT count(*) FROM access.staff_person") == 1
    await pool.close()


async def test_a_list_without_faults_ends_well(settings, console, tmp_path):
    text = f"id_number,institution,staff_number\n{visits.national_id(2)},test|hospital,0217\n"
    assert await staff(settings, console, written(tmp_path, text), "utf-8-sig") == 0


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("a,b\n1,2\n", "utf-8"),
        ("", "utf-8"),
        ("institution,staff_number,id_number\n人,2,3\n", "gb18030"),
    ],
)
async def test_another_file_is_refused(settings, console, tmp_path, text, encoding):
    with pytest.raises(InvalidInput):
        await staff(settings, console, written(tmp_path, text, encoding), "utf-8-sig")


def test_what_is_tied_cannot_be_asked_from_outside():
    assert set(overseen.__all__) & {"staff_among", "closeness"} == set()
