"""What the early warning is told of an access: words and marks, and no resident."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

import visits
from openhealthcode import access, audit, collection, consent, identity, registry
from openhealthcode.access import overseen
from openhealthcode.access.overseen import closeness
from openhealthcode.audit import Action, Agent, AgentKind, Outcome
from openhealthcode.database import transaction
from openhealthcode.identity.linking import RelationKind
from openhealthcode.registry import PractitionerRole
from openhealthcode.standards import Certificate, CertificateKind, NotFound, PurposeOfUse
from openhealthcode.supervision.alerts.gather import gather
from openhealthcode.supervision.warning import AccountState, Evidence, Relation, Trouble
from openhealthcode.trust import KeyClass


async def told(hospital):
    """What is told of everything so far."""
    await hospital.sequence()
    async with transaction(hospital.pool, task="supervision") as connection:
        found = await overseen.accesses_since(hospital.pool, hospital.keys, connection, 0, 10_000)
    return found.accesses


async def relations_of_the_last(hospital):
    return (await told(hospital))[-1].relations


async def test_a_look_at_ones_own_record_is_told_as_such(hospital):
    doctor = await hospital.staff("宁海")
    li = await hospital.resident(21, address=[{"text": "黛川县城关镇和平路12号3单元502室"}])
    await hospital.look(doctor, li)
    assert await relations_of_the_last(hospital) == set()  # nobody said who the doctor is
    assert await hospital.tie(doctor, 21)
    assert not await hospital.tie(doctor, 21)
    await hospital.look(doctor, li)
    assert await relations_of_the_last(hospital) == {"self"}


async def test_relatives_neighbours_and_co_workers(hospital):
    doctor, nurse = await hospital.staff("宁海"), await hospital.staff("葛红")
    here = "黛川县城关镇和平路12号3单元502室"
    own = await hospital.resident(31, address=[{"text": here}])
    mother = await hospital.resident(32, address=[{"text": "龙渠县西关街1号"}])
    flatmate = await hospital.resident(33, address=[{"text": here.replace("号", "号 ")}])
    neighbour = await hospital.resident(34, address=[{"text": "黛川县城关镇和平路9号"}])
    colleague = await hospital.resident(35, address=[{"text": "龙渠县东关街7号"}])
    stranger = await hospital.resident(36, address=[{"text": "龙渠县北关街7号"}])
    await hospital.tie(doctor, 31)
    await hospital.tie(nurse, 35)
    clerk = Agent(AgentKind.PRACTITIONER, nurse, hospital.world.hospital)
    await collection.relate(hospital.pool, hospital.keys, own, mother, RelationKind.MOTHER, clerk)
    expected = {
        mother: {"family"},
        flatmate: {"same-address"},
        neighbour: {"neighbour"},
        colleague: {"co-worker"},
        stranger: set(),
    }
    for resident, words in expected.items():
        await hospital.look(doctor, resident)
        assert await relations_of_the_last(hospital) == words


async def test_a_county_alone_makes_no_neighbours(hospital):
    doctor = await hospital.staff("宁海")
    await hospital.resident(41, address=[{"text": "黛川县"}])
    other = await hospital.resident(42, address=[{"text": "黛川县"}])
    await hospital.tie(doctor, 41)
    await hospital.look(doctor, other)
    assert await relations_of_the_last(hospital) == set()


async def test_the_dead_and_the_made_up_are_told(hospital):
    doctor = await hospital.staff("宁海")
    made_up = await hospital.resident(51)
    async with transaction(hospital.pool, resident=made_up) as connection:
        await identity.mark_canary(connection, hospital.keys, made_up, [])
    await hospital.look(doctor, made_up)
    assert await relations_of_the_last(hospital) == {"canary"}


async def test_what_is_on_file_around_an_access_explains_it(hospital):
    doctor = await hospital.staff("宁海")

    today = datetime.now(UTC).date().isoformat()
    visit = {
        "resourceType": "Encounter",
        "status": "in-progress",
        "class": {"system": f"{visits._HL7}/CodeSystem/v3-ActCode", "code": "AMB"},
        "period": {"start": today},
    }
    sent = visits.bundle(visits.patient(61), visit, key="resident-61")
    filed = await collection.file_bundle(
        hospital.pool, hospital.keys, bundle=sent, source=hospital.world.source
    )
    await hospital.look(doctor, filed.resident_id)
    assert (await told(hospital))[-1].evidence == {"visit"}
    elsewhere = await registry.register_institution(
        hospital.pool,
        registry.InstitutionEntry("test|other", registry.InstitutionKind.CLINIC, "别处诊所"),
    )

    await access.disclose(
        hospital.pool,
        hospital.keys,
        resident_id=filed.resident_id,
        practitioner_id=doctor,
        institution_id=elsewhere,
        purpose=PurposeOfUse.TREATMENT,
    )
    assert (await told(hospital))[-1].evidence == set()  # a visit elsewhere is none here


async def test_a_shown_code_explains_what_follows_it_by_the_same_person(hospital):
    doctor, other = await hospital.staff("宁海"), await hospital.staff("葛红")
    li = await hospital.resident(71)
    await hospital.happens(doctor, li, Action.RESIDENT_IDENTIFY, detail={"presentation": b"p" * 16})
    await hospital.look(doctor, li)
    await hospital.look(other, li)
    shown, by_who_saw_it, by_another = await told(hospital)
    assert shown.evidence == {"code"}
    assert by_who_saw_it.evidence == {"code"}
    assert by_another.evidence == set()


async def test_a_consent_and_its_withdrawal_are_told(hospital):
    li = await hospital.resident(81)
    consent_id, _ = await hospital.world.allow(li)
    await hospital.look(hospital.world.wang, li)

    await consent.withdraw(hospital.pool, hospital.keys, li, consent_id)
    await hospital.look(hospital.world.wang, li)
    allowed, refused = [
        one
        for one in await gather(hospital.pool, await told(hospital))
        if one.action == Action.RECORD_DISCLOSE
    ]
    assert Evidence.CONSENT in allowed.evidence or Evidence.WIDE_CONSENT in allowed.evidence
    assert not allowed.is_refused
    assert refused.is_refused
    assert refused.trouble is Trouble.WITHDRAWN


async def test_nothing_that_is_told_names_a_resident(hospital):
    doctor = await hospital.staff("宁海")
    li = await hospital.resident(91, name="欧阳标记", address=[{"text": "黛川县标记路12号"}])
    await hospital.tie(doctor, 91)
    await hospital.look(doctor, li)
    for one in await told(hospital):
        text = repr(one) + repr(one.resident_mark)
        for value in ("欧阳标记", "标记路", str(li), li.bytes.hex(), visits.national_id(91)):
            assert value not in text
        assert one.resident_mark == overseen.mark_of(hospital.keys, li)


async def test_a_suspended_account_is_told_from_its_suspension_on(hospital):
    doctor = await hospital.staff("宁海", PractitionerRole.NURSE, department="内科")
    li = await hospital.resident(95)
    await hospital.look(doctor, li)
    await registry.suspend_practitioner(hospital.pool, doctor)
    await hospital.look(doctor, li)
    before, after = await gather(hospital.pool, await told(hospital))
    assert (before.account, after.account) == (AccountState.ACTIVE, AccountState.SUSPENDED)
    assert before.department == "内科"
    assert before.role is PractitionerRole.NURSE


async def test_systems_are_watched_for_the_made_up_alone(hospital):
    li = await hospital.resident(97)
    agent = Agent(AgentKind.SYSTEM, hospital.world.hospital, hospital.world.hospital)

    async with transaction(hospital.pool, resident=li) as connection:
        event = audit.Event(action=Action.RECORD_DISCLOSE, agent=agent, outcome=Outcome.REFUSED)
        await audit.append(connection, hospital.keys, li, event)
    assert await gather(hospital.pool, await told(hospital)) == []
    async with transaction(hospital.pool, resident=li) as connection:
        await identity.mark_canary(connection, hospital.keys, li, [])
    (found,) = await gather(hospital.pool, await told(hospital))
    assert found.is_system
    assert Relation.CANARY in found.relations


async def test_nobody_is_tied_to_a_certificate_that_is_nobodys(hospital):
    doctor = await hospital.staff("宁海")
    unknown = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(99))
    with pytest.raises(NotFound):
        await overseen.tie_staff(hospital.pool, hospital.keys, doctor, unknown)


async def test_a_destroyed_log_key_hides_what_was_said_and_the_rest_goes_on(hospital):

    doctor = await hospital.staff("宁海")
    li = await hospital.resident(98)
    await hospital.look(doctor, li)
    hospital.keys.destroy(li, *KeyClass)
    (one,) = await told(hospital)
    assert (one.because, one.entries) == ("", 0)


async def test_a_look_after_a_registered_death_is_told_as_such(hospital, owner_url):
    doctor, li = await hospital.staff("宁海"), await hospital.resident(52)
    await hospital.look(doctor, li)
    owner = await asyncpg.connect(owner_url)
    await owner.execute(
        "INSERT INTO representation.death (resident_id, event_number, registered_at, sealed)"
        " VALUES ($1, 1, $2, '')",
        li,
        datetime.now(UTC) - timedelta(hours=1),
    )
    await owner.close()
    await hospital.look(doctor, li)
    assert await relations_of_the_last(hospital) == {"deceased"}


async def test_whose_keys_are_destroyed_is_compared_with_nobody(hospital):
    doctor = await hospital.staff("宁海")
    here = "黛川县城关镇和平路12号"
    own = await hospital.resident(53, address=[{"text": here}])
    other = await hospital.resident(54, address=[{"text": here}])
    await hospital.tie(doctor, 53)
    hospital.keys.destroy(own, *KeyClass)
    await hospital.look(doctor, other)
    assert await relations_of_the_last(hospital) == set()


async def test_what_is_remembered_of_people_is_bounded(hospital, monkeypatch):
    monkeypatch.setattr(closeness, "_MOST_REMEMBERED", 1)
    monkeypatch.setattr(closeness, "_remembered", OrderedDict())
    for serial in (55, 56, 57):
        resident = await hospital.resident(serial)
        await closeness.closeness(hospital.pool, hospital.keys, resident)
    assert len(closeness._remembered) <= 2


async def test_an_empty_log_tells_nothing(hospital):
    assert await told(hospital) == ()
