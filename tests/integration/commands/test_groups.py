"""`ohc group` approves by ID numbers, names nobody, and takes back."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from rich.console import Console

import visits
from openhealthcode import app, collection
from openhealthcode.commands.groups import approve, end, show
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
async def hospital(settings):
    async with app.opened(settings) as platform:
        world = await visits.world(platform.pool, platform.keys)
        for serial in (2, 4):
            await collection.file_bundle(
                world.pool,
                world.keys,
                bundle=visits.bundle(visits.patient(serial), key=f"r{serial}"),
                source=world.source,
            )
        await platform.sequencer.sequence()
        return str(world.hospital)


async def said_by(run, *given, **named) -> str:
    console = Console(file=io.StringIO(), width=200)
    settings, *more = given
    await run(settings, console, *more, **named)
    return console.file.getvalue()


async def test_a_group_is_approved_listed_and_ended(settings, hospital, tmp_path):
    numbers = [visits.national_id(serial) for serial in (2, 4, 6, 2)]
    members = tmp_path / "members.txt"
    members.write_text("\n".join(numbers), encoding="utf-8")
    terms = {
        "institution": hospital,
        "name": "糖尿病队列",
        "purpose": "随访研究",
        "until": (datetime.now(UTC) + timedelta(days=30)).replace(tzinfo=None),
    }
    told = await said_by(approve, settings, members, **terms)
    group_id = told.split(":")[0]
    assert "2 of 3 are registered here" in told
    assert f"/fhir/Group/{group_id}/$export" in told
    listed = await said_by(show, settings)
    assert listed.startswith(f"{group_id}  糖尿病队列 (2), 黛川县人民医院: 随访研究; until ")
    assert not any(number in told + listed for number in numbers)
    await said_by(end, settings, UUID(group_id))
    assert "; ended " in await said_by(show, settings)
    assert await verify(settings, Console(file=io.StringIO()), ()) == 0


async def test_what_names_nobody_is_refused(settings, hospital, tmp_path):
    terms = {"name": "a", "purpose": "b", "until": datetime.now(UTC) + timedelta(days=1)}
    members = tmp_path / "members.txt"
    for text in ("", "110105", visits.national_id(6)):
        members.write_text(text, encoding="utf-8")
        with pytest.raises(InvalidInput):
            await said_by(approve, settings, members, institution=hospital, **terms)
    members.write_text(visits.national_id(2), encoding="utf-8")
    with pytest.raises(InvalidInput):
        await said_by(approve, settings, members, institution="test|nowhere", **terms)
    with pytest.raises(InvalidInput):
        await said_by(approve, settings, tmp_path / "none", institution=hospital, **terms)
