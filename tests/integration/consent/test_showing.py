"""Showing the code as a consent: only to a counter that asked, only as chosen, only what belongs there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

import visits
from carrying_codes import Region
from openhealthcode import access, collection, consent, trust
from openhealthcode.audit import Action
from openhealthcode.consent import Notice, Showing
from openhealthcode.consent.presence import Means, Presence
from openhealthcode.consent.showing import LIFETIME, OPENED
from openhealthcode.healthcode import Presentation, PresentedBy, Scan
from openhealthcode.standards import InvalidInput, PurposeOfUse, RecordCategory, Scene
from openhealthcode.standards.ids import InstitutionId, PresentationId, TerminalId
from openhealthcode.trust import Keys

TOLD = Notice("showing-v1", "zh-CN", ("给谁", "看什么"))


@pytest.fixture
async def world(pool, tmp_path):
    keys = Keys.open(tmp_path / "keys")
    yield await visits.world(pool, keys)
    keys.close()


@pytest.fixture
async def resident(world):
    return await world.resident()


async def choose(world, resident, showing=Showing.CONSENT, **more):
    notice = TOLD if showing is Showing.CONSENT else None
    await consent.choose_showing(world.pool, world.keys, resident, showing, notice=notice, **more)


def presented(world, resident, **changes) -> Presentation:
    fields = {
        "resident_id": resident,
        "presentation_id": PresentationId(uuid4()),
        "practitioner_id": world.wang,
        "institution_id": world.hospital,
        "terminal_id": TerminalId(uuid4()),
        "purpose": PurposeOfUse.TREATMENT,
        "scene": Scene.CONSULTATION,
        "presented_at": datetime.now(UTC),
        "by": PresentedBy.COUNTER,
    }
    return Presentation(**{**fields, **changes})


async def shown(world, resident, **changes):
    return await access.open_by_showing(
        world.pool, world.keys, presented(world, resident, **changes)
    )


async def look(world, resident, **more):
    found = await world.look(resident, **more)
    return {entry.type for entry in found.entries}


async def test_by_default_it_opens_nothing(world, resident):
    assert await shown(world, resident) is None
    chosen = await consent.showing_choice(world.pool, world.keys, resident)
    assert (chosen.showing, chosen.notice) == (Showing.ASK, None)


async def test_chosen_it_opens_what_belongs_to_the_step_and_nothing_closed_or_sensitive(
    world, resident
):
    await choose(world, resident)
    given = await shown(world, resident)
    assert given is not None
    (one,) = await consent.consents(world.pool, world.keys, resident)
    assert (one.consent_id, one.institution_id, one.practitioner_id) == (
        given,
        world.hospital,
        None,
    )
    assert (one.end_at - one.granted_at, one.notice) == (LIFETIME, TOLD)
    seen = await look(world, resident)
    assert seen == {"AllergyIntolerance", "Condition", "Observation"}  # no family history
    entries = await world.look(resident)
    assert b"F32.1" not in b"".join(entry.body for entry in entries.entries)
    lines = await access.own_log(world.pool, world.keys, resident)
    (granted,) = [line for line in lines if line.action == Action.CONSENT_GRANT]
    assert granted.agent_id == resident
    assert granted.detail["allowed"] == sorted(OPENED[Scene.CONSULTATION])


async def test_vaccination_opens_allergies_and_vaccinations(world, resident):
    await choose(world, resident)
    assert await shown(world, resident, scene=Scene.VACCINATION)
    assert await look(world, resident) == {"AllergyIntolerance"}
    assert OPENED[Scene.VACCINATION] == {RecordCategory.ALLERGIES, RecordCategory.IMMUNISATIONS}


@pytest.mark.parametrize("by", [one for one in PresentedBy if one is not PresentedBy.COUNTER])
async def test_what_could_be_photographed_or_found_never_opens(world, resident, by):
    await choose(world, resident)
    assert await shown(world, resident, by=by) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"scene": Scene.REGISTRATION},
        {"purpose": PurposeOfUse.EMERGENCY, "scene": Scene.EMERGENCY},
        {"presented_at": datetime.now(UTC) - timedelta(minutes=10)},
    ],
)
async def test_another_step_purpose_or_moment_opens_nothing(world, resident, changes):
    await choose(world, resident)
    assert await shown(world, resident, **changes) is None


async def test_another_institution_sees_nothing_by_it(world, resident):
    await choose(world, resident)
    await shown(world, resident, institution_id=InstitutionId(uuid4()))
    assert await look(world, resident) == set()


async def test_it_is_taken_back_like_any_other_and_asking_again_is_chosen_at_once(world, resident):
    await choose(world, resident)
    given = await shown(world, resident)
    await consent.withdraw(world.pool, world.keys, resident, given)
    assert await look(world, resident) == set()
    await choose(world, resident, Showing.ASK)
    assert await shown(world, resident) is None
    chosen = await consent.showing_choice(world.pool, world.keys, resident)
    assert chosen.showing is Showing.ASK


async def test_what_is_filed_afterwards_is_not_in_it(world, resident):
    await choose(world, resident)
    await shown(world, resident)
    before = len((await world.look(resident)).entries)
    later = visits.bundle(visits.patient(), visits.glucose("2026-11-22"), key="later")
    await collection.file_bundle(
        world.pool,
        world.keys,
        bundle=later,
        source=replace(world.source, institution_id=await elsewhere(world)),
    )
    assert len((await world.look(resident)).entries) == before


async def elsewhere(world):
    return await visits.registry.register_institution(
        world.pool,
        visits.registry.InstitutionEntry(
            "test|elsewhere", visits.registry.InstitutionKind.SECONDARY_HOSPITAL, "别院"
        ),
    )


async def test_nobody_consents_untold(world, resident):
    with pytest.raises(InvalidInput):
        await consent.choose_showing(world.pool, world.keys, resident, Showing.CONSENT)


async def test_a_choice_written_or_moved_in_the_database_opens_nothing(world, resident, database):
    await choose(world, resident)
    other = await world.resident(serial=5)
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute(
        "INSERT INTO consent.showing_choice SELECT $1, event_number, chosen_at, sealed"
        " FROM consent.showing_choice",
        other,
    )
    assert await shown(world, other) is None
    await owner.execute("UPDATE consent.showing_choice SET sealed = sealed || '\\x00'::bytea")
    await owner.close()
    assert await shown(world, resident) is None


async def test_chosen_under_duress_it_opens_the_plausible_view(world, resident):
    pressed = Presence(means=Means.PIN_ON_PHONE, is_under_duress=True)
    await choose(world, resident, presence=pressed)
    assert await shown(world, resident)
    assert await look(world, resident) == {"AllergyIntolerance"}


async def test_an_answer_to_the_counter_opens_at_the_scan(world, resident):
    region = await Region.published(world.pool, world.keys)
    await choose(world, resident)
    challenge = b"q" * 32
    trusted = await trust.current(world.pool, world.keys)
    scan = Scan(world.wang, world.hospital, TerminalId(uuid4()), Scene.CONSULTATION)
    for asked, is_open in ((challenge, True), (b"", False)):
        text = (await region.certificate(resident)).shown(challenge=asked)
        visit = await access.identify_signed(
            world.pool, world.keys, text, trusted, scan, challenges=[challenge]
        )
        assert visit.is_open is is_open
