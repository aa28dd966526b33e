"""``$copies-to-erase`` and ``$attest-erasure`` as a hospital's system calls them."""

from __future__ import annotations

import pytest

import systems
import visits
from openhealthcode import access, consent
from openhealthcode.consent import ConsentKind, Manner, Notice, Terms
from openhealthcode.record import check
from openhealthcode.trust import Keys

LAW = "Medical records are kept as the law demands"


@pytest.fixture
async def world(pool, tmp_path):
    keys = Keys.open(tmp_path / "keys")
    yield await visits.world(pool, keys)
    keys.close()


@pytest.fixture
async def resident(world):
    return await world.resident()


@pytest.fixture
async def client(world, resident):
    """A system of the hospital, which was asked to erase."""
    terms = Terms(
        kind=ConsentKind.STANDING,
        institution_id=world.hospital,
        categories=visits.EVERYTHING,
        manner=Manner.KEEP,
        days=30,
    )
    told = Notice("v1", "zh-CN", ("谁可以看。",))
    given = await consent.give(world.pool, world.keys, resident, terms, told)
    await consent.withdraw(world.pool, world.keys, resident, given)
    system = await systems.connect(world, world.hospital)
    async with systems.calling(world, system) as calling:
        yield calling


async def asked(client) -> list[dict]:
    answer = await client.get("/fhir/$copies-to-erase")
    assert answer.status_code == 200, answer.text
    return [one["resource"] for one in answer.json().get("entry", [])]


def said(request: object = "", answer: object = "erased", **more: object) -> dict:
    values = {"request": ("valueString", request), "answer": ("valueCode", answer)}
    values |= {name: ("valueString", value) for name, value in more.items()}
    listed = [{"name": name, kind: value} for name, (kind, value) in values.items()]
    return {"resourceType": "Parameters", "parameter": listed}


async def test_a_system_reads_what_is_asked_as_tasks_and_attests(client, world, resident):
    (task,) = await asked(client)
    check(task)
    assert (task["resourceType"], task["status"]) == ("Task", "requested")
    assert task["owner"]["reference"] == f"Organization/{world.hospital}"
    one = await client.get("/fhir/$copies-to-erase", params={"request": task["id"]})
    assert one.json()["entry"][0]["resource"] == task  # nothing was fetched, hence no inputs
    done = await client.post("/fhir/$attest-erasure", json=said(task["id"]))
    assert done.status_code == 200
    assert "entry" not in done.json()
    (own,) = await access.own_erasures(world.pool, world.keys, resident)
    assert own.answer == "erased"
    again = await client.post("/fhir/$attest-erasure", json=said(task["id"]))
    assert again.status_code == 409


async def test_what_is_retained_stays_on_the_list_as_accepted(client):
    (task,) = await asked(client)
    kept = await client.post("/fhir/$attest-erasure", json=said(task["id"], "retained", reason=LAW))
    assert kept.json()["entry"][0]["resource"]["status"] == "accepted"


@pytest.mark.parametrize(
    "body",
    [
        said("x" * 64) | {"resourceType": "Task"},
        said("x" * 64, "perhaps"),
        said(7),
        said("x" * 64, None),
        {"resourceType": "Parameters"},
        {"resourceType": "Parameters", "parameter": "all"},
        {"resourceType": "Parameters", "parameter": [7, None]},
        {"resourceType": "Parameters", "parameter": [{"name": ["request"]}]},
        {"resourceType": "Parameters", "parameter": [{"name": "else", "valueString": "x"}]},
    ],
)
async def test_what_is_not_understood_is_refused_and_changes_nothing(client, body):
    answer = await client.post("/fhir/$attest-erasure", json=body)
    assert answer.status_code in {400, 422}
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert [task["status"] for task in await asked(client)] == ["requested"]


async def test_a_reason_is_needed_where_copies_are_retained(client):
    (task,) = await asked(client)
    answer = await client.post("/fhir/$attest-erasure", json=said(task["id"], "retained"))
    assert answer.status_code == 400


@pytest.mark.parametrize("query", ["request=a&request=b", "other=1"])
async def test_other_parameters_are_refused(client, query):
    assert (await client.get(f"/fhir/$copies-to-erase?{query}")).status_code == 400


async def test_without_token_or_scope_nothing_is_told(world, client):
    (task,) = await asked(client)
    system = await systems.connect(world, world.hospital, "reader")
    async with systems.calling(world) as nobody:
        assert (await nobody.get("/fhir/$copies-to-erase")).status_code == 401
        assert (
            await nobody.post("/fhir/$attest-erasure", json=said(task["id"]))
        ).status_code == 401
    async with systems.calling(world, system, "system/Task.r") as reader:
        assert (await reader.get("/fhir/$copies-to-erase")).status_code == 200
        refused = await reader.post("/fhir/$attest-erasure", json=said(task["id"]))
        assert refused.status_code == 403
