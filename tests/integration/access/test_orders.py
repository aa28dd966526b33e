"""An order is told what the resident lets its institution see, in the request that files it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

import merged
import visits
from openhealthcode import access, audit, consent, registry
from openhealthcode.access import orders
from openhealthcode.access.orders import Prescriber, RepeatUnexplained
from openhealthcode.audit import reading as log
from openhealthcode.database import transaction
from openhealthcode.record.orders import EXPLANATION, RECOGNITION, REPEAT_REASON
from openhealthcode.sign_in import Scope, SystemAccess
from openhealthcode.standards import NotFound, PurposeOfUse, RecordCategory
from openhealthcode.standards.ids import EntryId, InstitutionId, ResidentId, SystemId
from openhealthcode.trust import Keys, UnknownKey
from visits import World

LOINC, ATC = "http://loinc.org", "http://www.whocc.no/atc"
READS = frozenset({Scope("*", frozenset("crs"))})


@pytest.fixture
async def world(pool, tmp_path) -> World:
    return await visits.world(pool, Keys.open(tmp_path / "keys"))


def today(days_ago: int = 0) -> str:
    return (datetime.now(UTC).date() - timedelta(days=days_ago)).isoformat()


def report(days_ago: int = 2, mark: str = "HR", code: str = "58410-2") -> dict[str, Any]:
    sent: dict[str, Any] = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "LAB"}]}],
        "code": {"coding": [{"system": LOINC, "code": code}], "text": "血常规"},
        "effectiveDateTime": today(days_ago),
        "presentedForm": [{"contentType": "text/plain", "data": "5q2j5bi4"}],
    }  # fmt: skip
    return sent | ({"extension": [{"url": RECOGNITION, "valueCode": mark}]} if mark else {})


def prescribed(atc: str, text: str, days_ago: int = 3) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"coding": [{"system": ATC, "code": atc}], "text": text},
        "authoredOn": today(days_ago),
    }


def allergic(text: str) -> dict[str, Any]:
    return visits.allergy(text)


RECORD = (
    report(),
    prescribed("B01AA03", "华法林钠片"),
    allergic("青霉素"),
)


@pytest.fixture
async def li(world: World) -> ResidentId:
    """Somebody whose record another hospital has filed."""
    return await world.resident(*RECORD)


@pytest.fixture
async def elsewhere(world: World) -> InstitutionId:
    """The hospital that orders."""
    return await registry.register_institution(
        world.pool,
        registry.InstitutionEntry(
            "test|other",
            registry.InstitutionKind.SECONDARY_HOSPITAL,
            "黛川县中医院",
            division_code="880102",
        ),
    )


def system_of(institution: InstitutionId, scopes: frozenset[Scope] = READS) -> SystemAccess:
    return SystemAccess(SystemId(UUID(int=7)), institution, scopes)


async def allow(
    world: World,
    resident: ResidentId,
    institution: InstitutionId,
    categories: frozenset[RecordCategory] = visits.EVERYTHING,
    **more: Any,
) -> None:
    """The resident lets an institution's systems read, and keep, for a month."""
    terms = consent.Terms(
        kind=consent.ConsentKind.STANDING,
        institution_id=institution,
        categories=categories,
        manner=consent.Manner.KEEP,
        days=30,
        **more,
    )
    await consent.give(world.pool, world.keys, resident, terms, visits.TOLD)


def examination(world: World, resident: ResidentId, *reason: str, **more: Any) -> dict[str, Any]:
    coded = [{"coding": [{"system": REPEAT_REASON, "code": one}]} for one in reason]
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "subject": {"reference": f"Patient/{world.keys.seal_id(resident, EntryId(resident))}"},
        "code": {"coding": [{"system": LOINC, "code": "58410-2"}], "text": "血常规"},
        "authoredOn": today(),
        **({"reasonCode": coded} if coded else {}),
        **more,
    }


def medicine(world: World, resident: ResidentId, atc: str, **more: Any) -> dict[str, Any]:
    about = examination(world, resident)["subject"]
    return {**prescribed(atc, "某药", 0), "subject": about, **more}


async def told(
    world: World, asker: Any, resident: ResidentId, *resources: dict[str, Any]
) -> list[str]:
    found = await orders.compare_orders(
        world.pool, world.keys, asker=asker, resident_id=resident, resources=resources
    )
    return [one.finding.kind.value for one in found]


async def last_event(world: World, resident: ResidentId) -> log.LogLine:
    async with transaction(world.pool, resident=resident) as connection:
        state, _ = await audit.chain(connection, resident)
        ((line, _),) = await log.numbered(
            connection, world.keys, resident, (state.next_number - 1,)
        )
    return line


async def test_a_recognised_result_of_another_institution_is_told_if_consent_allows(
    world, li, elsewhere
):
    system = system_of(elsewhere)
    order = examination(world, li)
    assert await told(world, system, li, order) == []
    line = await last_event(world, li)
    assert (line.action, line.outcome) == ("record.disclose", "refused")

    await allow(world, li, elsewhere)
    assert await told(world, system, li, order) == ["result-elsewhere"]
    line = await last_event(world, li)
    assert line.outcome == "done"
    assert line.detail["ordering"] is True
    assert len(line.detail["items"]) == 1, "exactly what was told is in the log"


async def test_nothing_to_tell_and_nothing_that_may_be_told_leave_the_same_trace(world, elsewhere):
    """Of one a result is hidden, the other has none: the same answer, the same event."""
    system, traces = system_of(elsewhere), []
    for serial, filed in ((5, [report(), allergic("青霉素")]), (7, [allergic("青霉素")])):
        resident = await world.resident(*filed, serial=serial)
        everything_else = visits.EVERYTHING - {RecordCategory.LABORATORY}
        await allow(world, resident, elsewhere, everything_else)
        assert await told(world, system, resident, examination(world, resident)) == []
        line = await last_event(world, resident)
        traces.append((line.action, line.outcome, line.detail["items"], line.detail["because"]))
    assert traces[0] == traces[1]
    assert traces[0][1] == "done", "a permission in force that had nothing to tell is no refusal"


async def test_a_hidden_result_is_never_used(world, li, elsewhere):
    await allow(world, li, elsewhere)
    system, order = system_of(elsewhere), examination(world, li)
    assert await told(world, system, li, order) == ["result-elsewhere"]
    mine = await access.own_record(world.pool, world.keys, li)
    entry = next(one for one in mine.entries if one.type == "DiagnosticReport")
    await access.hide_entry(world.pool, world.keys, li, entry.entry_id)
    assert await told(world, system, li, order) == []


async def test_ones_own_results_and_unmarked_ones_ask_for_no_reason(world, elsewhere):
    resident = await world.resident(report(mark=""))
    await allow(world, resident, elsewhere)
    order = examination(world, resident)
    assert await told(world, system_of(elsewhere), resident, order) == ["result-unmarked"]
    assert await told(world, system_of(world.hospital), resident, order) == []
    found = await orders.compare_orders(
        world.pool,
        world.keys,
        asker=system_of(elsewhere),
        resident_id=resident,
        resources=[order],
    )
    orders.settle(found, [order])


@pytest.mark.parametrize(
    ("reason", "explained", "passes"),
    [
        ((), "", False),
        (("changed",), "", False),
        ((), "新的症状", False),
        (("changed",), "新的症状", True),
    ],
)
async def test_a_repeat_passes_with_a_coded_reason_and_an_explanation(
    world, li, elsewhere, reason, explained, passes
):
    await allow(world, li, elsewhere)
    said = [{"url": EXPLANATION, "valueString": explained}] if explained else []
    order = examination(world, li, *reason, **({"extension": said} if said else {}))
    found = await orders.compare_orders(
        world.pool, world.keys, asker=system_of(elsewhere), resident_id=li, resources=[order]
    )
    if passes:
        orders.settle(found, [order])
        return
    with pytest.raises(RepeatUnexplained) as refused:
        orders.settle(found, [order])
    (one,) = refused.value.told
    assert one.resource["resourceType"] == "DiagnosticReport"
    assert one.institution_id == world.hospital
    assert "血常规" not in str(refused.value)


async def test_medicines_and_allergies_are_compared_whoever_filed_them(world, li, elsewhere):
    await allow(world, li, elsewhere)
    system = system_of(elsewhere)
    assert await told(world, system, li, medicine(world, li, "M01AE01")) == ["interaction"]
    assert await told(world, system, li, medicine(world, li, "B01AA03")) == ["same-medicine"]
    assert await told(world, system, li, medicine(world, li, "J01CA04")) == ["allergy"]
    own = system_of(world.hospital)
    assert await told(world, own, li, medicine(world, li, "M01AE01")) == ["interaction"]


async def test_a_prescription_that_is_handed_in_again_does_not_double_itself(world, li):
    own = system_of(world.hospital)
    again = {**prescribed("B01AA03", "华法林钠片", 0), "identifier": [{"value": "R1"}]}
    filed = await world.resident(*RECORD[1:], again, serial=9)
    assert filed != li
    sent = {**again, "subject": examination(world, filed)["subject"]}
    found = await orders.compare_orders(
        world.pool, world.keys, asker=own, resident_id=filed, resources=[sent]
    )
    assert [one.resource["authoredOn"] for one in found] == [RECORD[1]["authoredOn"]]


async def test_a_token_that_may_not_read_a_type_is_told_nothing_of_it(world, li, elsewhere):
    await allow(world, li, elsewhere)
    order = examination(world, li)
    only = frozenset({Scope("MedicationRequest", frozenset("cr")), Scope("ServiceRequest", frozenset("c"))})  # fmt: skip
    before = await last_event(world, li)
    assert await told(world, system_of(elsewhere, only), li, order) == []
    assert (await last_event(world, li)).number == before.number, "nothing was looked at"
    assert (
        await told(world, system_of(elsewhere, only), li, medicine(world, li, "J01CA04")) == []
    ), "an allergy is another type"


async def test_what_orders_nothing_looks_at_nothing(world, li, elsewhere):
    before = await last_event(world, li)
    history = {**examination(world, li), "authoredOn": today(9)}
    assert await told(world, system_of(elsewhere), li, history, {"resourceType": "Patient"}) == []
    assert (await last_event(world, li)).number == before.number


async def test_a_clinician_is_told_what_the_visit_shows(world, li):
    asker = Prescriber(world.wang, world.hospital, PurposeOfUse.TREATMENT)
    order = medicine(world, li, "M01AE01")
    assert await told(world, asker, li, order) == []
    await world.allow(li)
    assert await told(world, asker, li, order) == ["interaction"]
    line = await last_event(world, li)
    assert line.agent_id == world.wang


async def test_an_order_for_nobody_is_refused(world, elsewhere):
    stranger = ResidentId(uuid4())
    with pytest.raises((NotFound, UnknownKey)):
        await told(world, system_of(elsewhere), stranger, examination(world, stranger))


async def test_a_person_kept_under_two_ids_is_compared_as_one(world, elsewhere):
    named = await world.resident(*RECORD[1:], serial=15)
    other = await world.resident(report(), prescribed("C07AB02", "美托洛尔片"), serial=17)
    for one in (named, other):
        await allow(world, one, elsewhere)
    system = system_of(elsewhere)
    order, drug = examination(world, named), medicine(world, named, "C07AB07")
    assert await told(world, system, named, order, drug) == []
    await merged.Index(world).merge(named, other)
    assert await told(world, system, named, order, drug) == ["result-elsewhere", "same-class"]
    line = await last_event(world, other)
    assert line.detail["ordering"] is True
    assert len(line.detail["items"]) == 1, "what lies under the other id is logged there"
    assert (await last_event(world, named)).detail["items"] == []
