"""`ohc leak` says where a found file comes from, or that it cannot be said."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from typer.testing import CliRunner

import visits
from openhealthcode import access, app, cli
from openhealthcode.commands.leak import leak
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


async def test_a_found_copy_is_named_and_anything_else_is_not(settings, tmp_path):
    async with app.opened(settings) as platform:
        world = await visits.world(platform.pool, platform.keys)
        resident = await world.resident()
        copy = await access.own_copy(platform.pool, platform.keys, resident)
    found, nothing = tmp_path / "found.json", tmp_path / "nothing.csv"
    found.write_bytes(copy.copy_number.encode() + access.bundle(copy, "https://a.example/fhir"))
    nothing.write_text("name,number\n某某,1\n")
    for path, code, said in (
        (found, 0, "as copy to resident: by label"),
        (nothing, 1, "cannot be said"),
    ):
        console = Console(file=io.StringIO(), width=300)
        assert await leak(settings, console, path) == code
        assert said in console.file.getvalue()
        assert "李试" not in console.file.getvalue()
    assert await verify(settings, Console(file=io.StringIO()), ()) == 0


async def test_a_file_that_is_not_there(settings, tmp_path):
    with pytest.raises(InvalidInput):
        await leak(settings, Console(file=io.StringIO()), tmp_path / "none")


def test_the_command_is_there():
    ran = CliRunner().invoke(cli.app, ["leak", "--help"])
    assert ran.exit_code == 0
    assert "cannot be said" in ran.output
