"""``$validate``: told everything at once, nothing stored, nothing logged."""

from __future__ import annotations

import asyncpg
import orjson
import pytest

import systems
import visits
from openhealthcode.record.check import NATIONAL_PROFILE

ALL = "system/*.cruds"
FHIR = {"Content-Type": "application/fhir+json"}
MARKER = "Zx7-planted-marker"
BASE = "http://hl7.org/fhir/StructureDefinition"
GOOD = {**visits.glucose("2026-02-01"), "subject": {"reference": "Patient/a"}}


async def validated(client, type_="Observation/$validate", *, language="en", **parameters):
    sent = [{"name": "resource", "resource": parameters.pop("resource", None)}]
    sent += [{"name": name, "valueCode": value} for name, value in parameters.items()]
    given = [one for one in sent if one.get("resource") or "valueCode" in one]
    body = {"resourceType": "Parameters", "parameter": given}
    return await client.post(
        f"/fhir/{type_}",
        content=orjson.dumps(body),
        headers=FHIR | {"Accept-Language": language},
    )


def told(answer):
    assert answer.status_code == 200, answer.text
    return [
        (issue["severity"], issue["code"], *issue.get("expression", ()))
        for issue in answer.json()["issue"]
    ]


RIGHT = [("information", "informational")]


async def test_what_breaks_no_rule_is_told_so_in_either_language(client):
    answer = await validated(client, resource=GOOD)
    assert told(answer) == RIGHT
    assert answer.headers["cache-control"] == "no-store"
    chinese = await validated(client, resource=GOOD, language="zh-CN")
    assert "规则" in chinese.json()["issue"][0]["diagnostics"]
    alone = await client.post(
        "/fhir/Observation/$validate", content=orjson.dumps(GOOD), headers=FHIR
    )
    assert told(alone) == RIGHT


async def test_every_fault_is_told_with_its_place_and_without_its_value(client):
    broken = GOOD | {
        "status": MARKER,
        "effectiveDateTime": "2021-02-30",
        "valueString": MARKER,
        "note": [],
        MARKER: MARKER,
        "encounter": {"reference": "Patient/a"},
        "component": [
            {"code": {"text": "x"}, "valuePeriod": {"start": "2026-02", "end": "2026-01"}}
        ],
    }
    answer = await validated(client, resource=broken)
    assert set(told(answer)) == {
        ("error", "code-invalid", "Observation.status"),
        ("error", "value", "Observation.effectiveDateTime"),
        ("error", "structure", "Observation.note"),
        ("error", "structure", "Observation"),
        ("error", "value", "Observation.encounter"),
        ("error", "invariant", "Observation.component[0].valuePeriod"),
        ("error", "required", "Observation"),
    }
    assert MARKER not in answer.text
    assert "2021-02-30" not in answer.text


async def test_nothing_is_stored_and_nothing_logged(client, owner_url):
    async def counted():
        connection = await asyncpg.connect(owner_url)
        rows = await connection.fetch(
            "SELECT (SELECT count(*) FROM record.entry), (SELECT count(*) FROM audit.event)"
        )
        await connection.close()
        return tuple(rows[0])

    before = await counted()
    for resource in (GOOD, GOOD | {"status": "banana"}, visits.patient()):
        await validated(client, f"{resource['resourceType']}/$validate", resource=resource)
    assert await counted() == before


@pytest.mark.parametrize(
    ("address", "parameters", "expected"),
    [
        ("Observation/$validate", {"mode": "create"}, RIGHT),
        ("Observation/$validate", {"mode": "update"}, [("error", "required", "Observation")]),
        ("Observation/x1/$validate", {}, [("error", "value", "Observation.id")]),
        ("Observation/a1/$validate", {"mode": "update"}, RIGHT),
        ("Observation/x1/$validate", {"mode": "delete", "resource": None}, RIGHT),
        ("Observation/$validate", {"mode": "delete"}, [("error", "required", "Observation")]),
        ("Patient/$validate", {}, [("error", "structure", "resourceType")]),
        ("Observation/$validate", {"profile": f"{BASE}/Observation|4.0.1"}, RIGHT),
        ("Observation/$validate", {"profile": NATIONAL_PROFILE, "mode": "profile"}, RIGHT),
        (
            "Observation/$validate",
            {"profile": f"{BASE}/vitalsigns"},
            [("error", "not-supported", "Observation")],
        ),
    ],
)
async def test_modes_and_profiles(world, hospital_system, address, parameters, expected):
    resource = GOOD | ({"id": "a1"} if "a1" in address else {})
    async with systems.calling(world, hospital_system, ALL) as caller:
        answer = await validated(caller, address, **{"resource": resource, **parameters})
        assert told(answer) == expected


async def test_our_own_rules_warn_unless_another_profile_is_asked_for(client):
    number = visits.national_id(7)
    wrong = number[:-1] + ("1" if number[-1] != "1" else "2")
    patient = visits.patient() | {
        "identifier": [{"system": "urn:oid:2.16.156.10011.1.3", "value": wrong}]
    }
    answer = await validated(client, "Patient/$validate", resource=patient)
    assert told(answer) == [("warning", "business-rule", "Patient.identifier[0]")]
    assert wrong not in answer.text
    base = await validated(client, "Patient/$validate", resource=patient, profile=f"{BASE}/Patient")
    assert told(base) == RIGHT


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"resourceType": "Parameters"}, 400),
        ({"resourceType": "Parameters", "parameter": [{"name": "mode"}]}, 422),
        ({"resourceType": "Parameters", "parameter": [{"name": "x", "valueCode": "y"}]}, 422),
        ({"resourceType": "Parameters", "parameter": [5]}, 422),
        (
            {
                "resourceType": "Parameters",
                "parameter": [
                    {"name": "resource", "resource": GOOD},
                    {"name": "mode", "valueCode": "banana"},
                ],
            },
            400,
        ),
        (
            {
                "resourceType": "Parameters",
                "parameter": [
                    {"name": "resource", "resource": GOOD},
                    {"name": "mode", "valueCode": "profile"},
                ],
            },
            400,
        ),
        (
            {
                "resourceType": "Parameters",
                "parameter": [{"name": "resource", "resource": GOOD}] * 2,
            },
            400,
        ),
    ],
)
async def test_a_question_that_cannot_be_understood_is_refused(client, sent, status):
    answer = await client.post(
        "/fhir/Observation/$validate", content=orjson.dumps(sent), headers=FHIR
    )
    assert answer.status_code == status
    assert answer.json()["resourceType"] == "OperationOutcome"


async def test_addresses_parameters_and_types_that_do_not_exist(client):
    for address, status in (
        ("Observation/$validate?mode=create", 200),
        ("Observation/$validate?mode=create&mode=update", 400),
        ("Observation/$validate?banana=1", 400),
        ("Bundle/$validate", 404),
        ("AuditEvent/$validate", 404),
    ):
        answer = await client.post(f"/fhir/{address}", content=orjson.dumps(GOOD), headers=FHIR)
        assert answer.status_code == status, address


@pytest.mark.parametrize(
    ("scope", "mode", "status"),
    [
        ("system/Observation.r", "", 403),
        ("system/Observation.c", "", 200),
        ("system/Observation.c", "create", 200),
        ("system/Observation.c", "update", 403),
        ("system/Patient.cruds", "", 403),
    ],
)
async def test_it_takes_a_token_that_permits_what_is_asked_about(
    world, hospital_system, scope, mode, status
):
    async with systems.calling(world, hospital_system, scope) as caller:
        answer = await validated(caller, resource=GOOD, **({"mode": mode} if mode else {}))
        assert answer.status_code == status


async def test_without_a_token_nothing_is_validated(stranger):
    assert (await validated(stranger, resource=GOOD)).status_code == 401
