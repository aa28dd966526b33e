"""Over HTTP, page by page and in order, a search finds what a plain one finds (``plain_search.py``)."""

from __future__ import annotations

from random import Random
from urllib.parse import urlencode

import pytest

import plain_search
import visits
from openhealthcode import collection

SORTS = {
    "": lambda _: (),
    "status": lambda one: (one.status,),
    "-value-quantity,status": lambda one: (
        (0, -float(one.quantity[0])) if one.quantity else (1, 0),
        one.status,
    ),
}


@pytest.fixture
async def record(world):
    """Findings, and the id each is filed under."""
    findings = plain_search.facts(Random(20_261_122), 40)
    met = {one.visit.number: one.visit for one in findings if one.visit}
    sent = [plain_search.rendered_visit(one) for _, one in sorted(met.items())]
    places = {number: place for place, number in enumerate(sorted(met))}
    for one in findings:
        reference = f"urn:uuid:p-{places[one.visit.number]}" if one.visit else ""
        sent.append(plain_search.rendered(one, reference))
    bundle = visits.bundle(
        visits.patient(), *[{**each, "id": f"x{n}"} for n, each in enumerate(sent)]
    )
    filed = await collection.file_bundle(world.pool, world.keys, bundle=bundle, source=world.source)
    ids = [entry.fhir_id for entry in filed.entries]
    numbers = dict(zip(ids[1 + len(met) :], findings, strict=True))
    return ids[0], numbers


async def pages(client, parameters):
    """Every page of a search, one after the other."""
    answer = await client.get(
        f"/fhir/Observation?{urlencode(parameters)}", headers={"Prefer": "handling=strict"}
    )
    while True:
        assert answer.status_code == 200, answer.text
        yield answer.json()
        links = {each["relation"]: each["url"] for each in answer.json()["link"]}
        if "next" not in links:
            return
        answer = await client.get(links["next"])


async def test_any_search_finds_what_a_plain_one_finds(client, record):
    patient, findings = record
    for seed in range(60):
        random = Random(seed)
        asked = [plain_search.asked(random) for _ in range(random.choice((1, 1, 2)))]
        sort = random.choice(sorted(SORTS))
        parameters = [("patient", patient), ("_count", str(random.choice((3, 7, 50))))]
        parameters += [(one.name, one.value) for one in asked]
        parameters += [("_sort", sort)] if sort else []
        expected = [one for one in findings.values() if all(each.holds(one) for each in asked)]
        found, total = [], None
        async for page in pages(client, parameters):
            total = page["total"]
            found += [findings[each["resource"]["id"]] for each in page.get("entry", ())]
        assert total == len(found) == len(expected), parameters
        assert {one.number for one in found} == {one.number for one in expected}, parameters
        places = [SORTS[sort](one) for one in found]
        assert places == sorted(places), parameters
