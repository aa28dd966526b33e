"""The demonstration over data that is not its own version's."""

from __future__ import annotations

from datetime import UTC, datetime

import asyncpg
import pytest
from rich.progress import Progress

from databases import in_a_loop_of_its_own
from openhealthcode import app, demonstration, registry
from openhealthcode.commands import demo
from openhealthcode.database import AnotherShape, UnsuitableDatabase, migrate, stamp
from openhealthcode.demonstration.region import INSTITUTION_SYSTEM
from openhealthcode.settings import Settings


@pytest.fixture
def settings(tmp_path, database):
    in_a_loop_of_its_own(stamp(database.owner_url, "synthetic"))
    return Settings(data_directory=tmp_path, database_url=database.owner_url)


async def test_what_another_version_began_says_how_to_start_over(settings):
    region = demonstration.generate(datetime.now(UTC).date())
    doctor = region.practitioners[0]
    place = next(each for each in region.institutions if each.key == doctor.institution)
    async with app.opened(settings, is_synthetic=True) as platform:
        institution_id = await registry.register_institution(
            platform.pool,
            registry.InstitutionEntry(f"{INSTITUTION_SYSTEM}|{place.key}", place.kind, place.name),
        )
        await registry.register_practitioner(
            platform.pool,
            registry.PractitionerEntry(
                "named otherwise then", institution_id, "甲", doctor.role,
                staff_number=doctor.staff_number,
            ),
        )  # fmt: skip
    with pytest.raises(UnsuitableDatabase, match="--reset"):
        await demo._filled(settings, Progress(disable=True))


@pytest.mark.parametrize(
    "meddle",
    [
        "UPDATE ohc.migration SET digest = sha256('as it was once')",
        "ALTER TABLE ohc.migration DROP COLUMN digest",
    ],
)
async def test_a_database_made_from_other_files_says_how_to_start_over(settings, meddle):
    owner = await asyncpg.connect(settings.owner_url)
    await owner.execute(meddle)
    await owner.close()
    with pytest.raises(UnsuitableDatabase, match="--reset"):
        await demo._prepare(settings)
    with pytest.raises(AnotherShape):
        await migrate(settings.owner_url)
