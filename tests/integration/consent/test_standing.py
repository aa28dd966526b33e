"""Consents given ahead of visits: whom they open to, what stays closed, and how they end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import visits
from openhealthcode import access, audit, consent, registry
from openhealthcode.consent import Because, ConsentKind, Manner, Notice, Terms
from openhealthcode.database import Pool
from openhealthcode.registry import PractitionerEntry, PractitionerRole
from openhealthcode.sign_in import Scope, SystemAccess
from openhealthcode.standards import (
    InvalidInput,
    NotFound,
    RecordCategory,
    SensitiveCategory,
)
from openhealthcode.standards.ids import InstitutionId, PractitionerId, SystemId
from openhealthcode.trust import Keys
from visits import World

TOLD = Notice("v1", "zh-CN", ("谁可以看：黛川县人民医院。", "多久：从现在起 30 天，到期自动结束。"))
EVERYTHING = frozenset(RecordCategory)


@pytest.fixture
async def world(pool: Pool, tmp_path: Path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


@pytest.fixture
async def chen(world: World) -> PractitionerId:
    """A colleague in another department."""
    entry = PractitionerEntry(
        "test|chen", world.hospital, "陈静", PractitionerRole.DOCTOR, department="心内科"
    )
    return await registry.register_practitioner(world.pool, entry)


def terms(world: World, **more) -> Terms:
    base = Terms(
        kind=ConsentKind.STANDING,
        institution_id=world.hospital,
        categories=EVERYTHING,
        days=30,
    )
    return replace(base, **more)


async def give(world: World, resident, said: Terms):
    return await consent.give(world.pool, world.keys, resident, said, TOLD)


async def seen(world: World, resident, **more) -> int:
    return len((await world.look(resident, **more)).entries)


async def reasons(world: World, resident) -> list[str]:
    lines = await access.own_log(world.pool, world.keys, resident)
    return [str(line.detail["because"]) for line in lines if "because" in line.detail]


async def test_an_institution_is_allowed_with_everybody_who_works_there(world, chen):
    resident = await world.resident()
    await give(world, resident, terms(world))
    assert await seen(world, resident) == await seen(world, resident, practitioner_id=chen) == 6
    assert set(await reasons(world, resident)) == {Because.INSTITUTION_ALLOWED}


async def test_a_department_is_allowed_and_no_other(world, chen):
    resident = await world.resident()
    await give(world, resident, terms(world, department="心内科"))
    assert await seen(world, resident, practitioner_id=chen) == 6
    assert await seen(world, resident) == 0
    assert await reasons(world, resident) == [
        Because.OTHER_RECIPIENT,
        Because.DEPARTMENT_ALLOWED,
    ]


async def test_a_family_doctor_is_allowed_alone_and_sees_what_is_filed_later(world, chen):
    resident = await world.resident()
    said = terms(world, kind=ConsentKind.FAMILY_DOCTOR, practitioner_id=world.wang, days=1095)
    await give(world, resident, said)
    assert await seen(world, resident) == 6
    assert await seen(world, resident, practitioner_id=chen) == 0
    await world.resident(*visits.LIFE, visits.glucose("2026-03-01", 7.0))
    assert await seen(world, resident) > 6


async def test_sensitive_matters_need_a_consent_of_their_own_and_end_with_the_first(world):
    resident = await world.resident()
    first = await give(world, resident, terms(world))
    assert await seen(world, resident) == 6
    mental = frozenset({SensitiveCategory.MENTAL_HEALTH})
    await give(world, resident, terms(world, sensitive=mental, added_to=first))
    assert await seen(world, resident) == 7
    await consent.withdraw(world.pool, world.keys, resident, first)
    assert await seen(world, resident) == 0
    given = await consent.consents(world.pool, world.keys, resident)
    assert all(one.withdrawn_at for one in given)


async def test_sensitive_matters_are_withdrawn_alone(world):
    resident = await world.resident()
    first = await give(world, resident, terms(world))
    mental = frozenset({SensitiveCategory.MENTAL_HEALTH})
    apart = await give(world, resident, terms(world, sensitive=mental, added_to=first))
    await consent.withdraw(world.pool, world.keys, resident, apart)
    assert await seen(world, resident) == 6


async def test_what_was_told_is_kept_with_the_consent(world):
    resident = await world.resident()
    said = terms(world, department="心内科", manner=Manner.KEEP, days=90)
    await give(world, resident, said)
    (kept,) = await consent.consents(world.pool, world.keys, resident)
    assert kept.notice == TOLD
    assert (kept.kind, kept.department, kept.manner) == (said.kind, "心内科", Manner.KEEP)
    assert kept.end_at - kept.granted_at == timedelta(days=90)
    assert kept.categories == EVERYTHING


async def test_systems_read_only_what_may_be_kept(world):
    clinic = await registry.register_institution(
        world.pool,
        registry.InstitutionEntry("test|clinic", registry.InstitutionKind.CLINIC, "诊所"),
    )
    resident = await world.resident()
    (entry, *_) = (await access.own_record(world.pool, world.keys, resident)).entries
    fhir_id = world.keys.seal_id(resident, entry.entry_id)
    system = SystemAccess(
        SystemId(clinic), InstitutionId(clinic), frozenset({Scope("*", frozenset("rs"))})
    )

    async def read():
        return await access.read_entry(
            world.pool, world.keys, system=system, type=entry.type, fhir_id=fhir_id
        )

    await give(world, resident, terms(world, institution_id=clinic))
    with pytest.raises(NotFound):
        await read()
    await give(world, resident, terms(world, institution_id=clinic, manner=Manner.KEEP))
    assert (await read()).version == 1
    assert await reasons(world, resident) == [Because.INSTITUTION_ALLOWED, Because.ONLY_TO_LOOK]


@pytest.mark.parametrize(
    "wrong",
    [
        {"categories": frozenset()},
        {"days": 0},
        {"days": 367},
        {"kind": ConsentKind.FAMILY_DOCTOR, "days": 3 * 366 + 1},
        {"kind": ConsentKind.VISIT},
        {"sensitive": frozenset({SensitiveCategory.GENETIC})},
    ],
)
async def test_terms_no_consent_can_have_are_refused_and_nothing_is_written(world, wrong):
    resident = await world.resident()
    with pytest.raises(InvalidInput):
        await give(world, resident, terms(world, **wrong))
    assert not await consent.consents(world.pool, world.keys, resident)
    actions = [line.action for line in await access.own_log(world.pool, world.keys, resident)]
    assert audit.Action.CONSENT_GRANT not in actions


async def test_a_person_of_another_institution_is_no_recipient(world, chen):
    clinic = await registry.register_institution(
        world.pool,
        registry.InstitutionEntry("test|clinic", registry.InstitutionKind.CLINIC, "诊所"),
    )
    resident = await world.resident()
    with pytest.raises(InvalidInput):
        await give(world, resident, terms(world, institution_id=clinic, practitioner_id=chen))


async def test_a_consent_of_one_resident_opens_nothing_of_another(world):
    one, other = await world.resident(), await world.resident(serial=3)
    consent_id = await give(world, one, terms(world))
    assert await seen(world, other) == 0
    with pytest.raises(consent.NothingToWithdraw):
        await consent.withdraw(world.pool, world.keys, other, consent_id)
    assert await seen(world, one) == 6


async def test_a_changed_consent_is_another_one_told_anew(world):
    """Another manner or kind is not written over: the first ends as the second begins (PIPL 14)."""
    resident = await world.resident()
    first = await give(world, resident, terms(world))
    mental = frozenset({SensitiveCategory.MENTAL_HEALTH})
    apart = await give(world, resident, terms(world, sensitive=mental, added_to=first))
    said = terms(world, manner=Manner.KEEP, categories=frozenset({RecordCategory.LABORATORY}))
    second = await give(world, resident, replace(said, replaces=first))
    given = {
        one.consent_id: one for one in await consent.consents(world.pool, world.keys, resident)
    }
    assert given[first].withdrawn_at is not None
    assert given[apart].withdrawn_at is not None
    assert (given[second].withdrawn_at, given[second].notice) == (None, TOLD)
    assert await seen(world, resident) == 2
    with pytest.raises(consent.NothingToWithdraw):
        await give(world, resident, replace(said, replaces=first))
    assert len(await consent.consents(world.pool, world.keys, resident)) == 3


async def test_nobody_replaces_a_consent_of_another(world):
    resident, other = await world.resident(), await world.resident(serial=4)
    first = await give(world, resident, terms(world))
    with pytest.raises(consent.NothingToWithdraw):
        await give(world, other, terms(world, replaces=first))
    assert await seen(world, resident) == 6
