"""An order or appointment that sends a resident somewhere explains that they are looked at there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

import visits
from openhealthcode import audit, collection, registry
from openhealthcode.access import overseen
from openhealthcode.audit import Action, Agent, AgentKind
from openhealthcode.database import transaction
from openhealthcode.record import referral_key, referred_to
from openhealthcode.registry import InstitutionEntry, InstitutionKind, PractitionerRole


def day(ago=0):
    return (datetime.now(UTC) - timedelta(days=ago)).date().isoformat()


def order(to, status="active", ago=0):
    return {
        "resourceType": "ServiceRequest",
        "status": status,
        "intent": "order",
        "code": {"text": "转诊会诊"},
        "authoredOn": day(ago),
        "performer": [{"reference": f"Organization/{to}"}],
    }


def appointment(status="booked"):
    return {
        "resourceType": "Appointment",
        "status": status,
        "start": f"{day()}T09:00:00+08:00",
        "end": f"{day()}T09:30:00+08:00",
        "participant": [
            {"actor": {"reference": "urn:uuid:resident-51"}, "status": "accepted"},
        ],
    }


@pytest.fixture
async def elsewhere(hospital):
    """A house that carries out what others order, and one of its doctors."""
    where = await registry.register_institution(
        hospital.pool,
        InstitutionEntry("test|centre", InstitutionKind.TOWNSHIP_CENTRE, "黛川镇卫生院"),
    )
    entry = registry.PractitionerEntry("test|rao", where, "饶医生", PractitionerRole.DOCTOR)
    who = await registry.register_practitioner(hospital.pool, entry)
    return SimpleNamespace(where=where, who=who)


async def filed(hospital, *resources, by=None):
    sent = visits.bundle(visits.patient(51), key="resident-51")
    for place, resource in enumerate(resources):
        about = {} if resource["resourceType"] == "Appointment" else {"subject": {"reference": "urn:uuid:resident-51"}}  # fmt: skip
        sent["entry"].append(
            {
                "fullUrl": f"urn:uuid:resident-51-{place}",
                "resource": resource | about,
                "request": {"method": "POST", "url": resource["resourceType"]},
            }
        )
    source = hospital.world.source
    if by is not None:
        source = collection.Source(Agent(AgentKind.SYSTEM, by, by), by)
    done = await collection.file_bundle(hospital.pool, hospital.keys, bundle=sent, source=source)
    return done.resident_id


async def explained(hospital, elsewhere, resident):
    """What explains a look at the resident in the other house."""
    agent = Agent(AgentKind.PRACTITIONER, elsewhere.who, elsewhere.where)
    detail = {"because": "kind-allowed", "items": []}
    event = audit.Event(action=Action.RECORD_DISCLOSE, agent=agent, detail=detail)
    async with transaction(hospital.pool, resident=resident) as connection:
        await audit.append(connection, hospital.keys, resident, event)
    await hospital.sequence()
    async with transaction(hospital.pool, task="supervision") as connection:
        found = await overseen.accesses_since(hospital.pool, hospital.keys, connection, 0, 100)
    (look,) = [one for one in found.accesses if one.agent == elsewhere.who]
    return look.evidence


async def test_an_order_to_another_house_explains_a_look_there(hospital, elsewhere):
    resident = await filed(hospital, order(elsewhere.where))
    assert await explained(hospital, elsewhere, resident) == {"referral"}


async def test_an_appointment_at_a_house_explains_a_look_there(hospital, elsewhere):
    resident = await filed(hospital, appointment(), by=elsewhere.where)
    assert await explained(hospital, elsewhere, resident) == {"referral"}


async def test_what_was_taken_back_or_is_old_or_sends_elsewhere_explains_nothing(
    hospital, elsewhere
):
    resident = await filed(
        hospital,
        order(elsewhere.where, status="revoked"),
        order(elsewhere.where, ago=120),
        order(hospital.world.hospital),
        appointment(),
    )
    assert await explained(hospital, elsewhere, resident) == set()


async def test_an_appointment_that_was_cancelled_explains_nothing(hospital, elsewhere):
    resident = await filed(hospital, appointment("cancelled"), by=elsewhere.where)
    assert await explained(hospital, elsewhere, resident) == set()


async def test_what_is_kept_of_it_names_no_institution(hospital, elsewhere):
    resident = await filed(hospital, order(elsewhere.where))
    async with transaction(hospital.pool, resident=resident) as connection:
        rows = await connection.fetch("SELECT tokens FROM record.entry WHERE is_current")
    kept = {token for row in rows for token in row["tokens"]}
    key = referral_key(str(elsewhere.where))
    assert hospital.keys.of(resident).token(key) in kept
    assert not any(elsewhere.where.bytes[:8] == token for token in kept)
    other = await hospital.resident(52)
    assert hospital.keys.of(other).token(key) not in kept


def test_other_resources_send_nobody_anywhere():
    report = {"resourceType": "DiagnosticReport", "performer": [{"reference": "Organization/x"}]}
    assert referred_to(report, "y") == ()
    practitioner = {
        "resourceType": "ServiceRequest",
        "performer": [{"reference": "Practitioner/x"}],
    }
    assert referred_to(practitioner, "y") == ()
