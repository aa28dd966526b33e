"""Whatever is sent, the answer is an OperationOutcome with a stable code, and nothing is filed.

The planted marker stands for a personal value: it must appear in no answer and in no log.
"""

from __future__ import annotations

import asyncpg
import orjson
import pytest

import visits
from hostile import FHIR, MARKER, RAW, WRONG, check_refusal

ADDRESSES = [
    f"/fhir/{MARKER}",
    f"/fhir/{MARKER}/{MARKER}",
    f"/fhir/Observation/{MARKER}",
    f"/fhir/Observation/{MARKER}/_history/{MARKER}",
    f"/fhir/Observation/{MARKER}/x/y/z",
    f"/fhir/Observation?patient={MARKER}'--",
    f"/fhir/Observation?{MARKER}=1",
    f"/fhir/Observation?patient=x&date={MARKER}",
    f"/fhir/Observation?patient=x&code={MARKER}|{MARKER}|{MARKER}",
    f"/fhir/Observation?patient=x&_sort={MARKER},a,b,c",
    f"/fhir/Observation?patient=x&code:{MARKER}=x",
    f"/fhir/Observation?patient=x&value-quantity={MARKER}",
    f"/fhir/Observation?patient=x&_include={MARKER}",
    f"/fhir/Observation?patient=x&_has:{MARKER}=1",
    f"/fhir/Observation?patient=x&code:in={MARKER}",
    f"/fhir/Observation?patient=x&code:below={MARKER}",
    f"/fhir/Observation?patient=x&_summary={MARKER}",
    "/fhir/Observation?patient=x&encounter" + ".part-of" * 300 + "=1",
    f"/fhir/Observation?patient=x&_page={MARKER}",
    f"/fhir/Observation/x?_format={MARKER}",
    f"/fhir/Observation/x?{MARKER}={MARKER}",
    "/fhir/Observation/%00",
    "/fhir/Observation/..%2f..%2fetc%2fpasswd",
    "/fhir/%F0%9F%98%80/x",
    "/fhir/Observation/" + "a" * 5000,
    "/fhir//",
    "/fhir/Observation/",
    "/fhir/Observation?patient=%ff",
    "/fhir/Observation?" + "&".join(f"a{n}=1" for n in range(100)),
]


NOBODY = f"/fhir/Observation?patient={MARKER}"


async def filed(owner_url):
    connection = await asyncpg.connect(owner_url)
    count = await connection.fetchval("SELECT count(*) FROM record.entry")
    await connection.close()
    return count


async def test_no_body_crashes_is_echoed_or_filed(client, owner_url, log):
    bodies = {**RAW, **{name: orjson.dumps(sent) for name, sent in WRONG.items()}}
    for name, body in bodies.items():
        for url in ("/fhir/Observation", "/fhir"):
            if name == "a Bundle" and url == "/fhir":
                continue
            answer = await client.post(url, content=body, headers=FHIR)
            check_refusal(f"{name} at {url}", answer)
    assert await filed(owner_url) == 0
    assert MARKER not in log.getvalue()
    assert log.getvalue()


async def test_no_entry_of_a_bundle_crashes_is_echoed_or_filed(client, owner_url, log):
    for name, wrong in WRONG.items():
        sent = visits.bundle(visits.patient(), *visits.LIFE)
        request = {"method": "POST", "url": MARKER}
        sent["entry"].append({"fullUrl": "urn:uuid:z", "resource": wrong, "request": request})
        answer = await client.post("/fhir", content=orjson.dumps(sent), headers=FHIR)
        check_refusal(name, answer)
    assert await filed(owner_url) == 0
    assert MARKER not in log.getvalue()


async def test_no_address_crashes_or_is_echoed(client, log):
    for url in ADDRESSES:
        check_refusal(url, await client.get(url))
    assert MARKER not in log.getvalue()


async def test_a_search_for_nobody_finds_nothing_and_is_not_told(client, log):
    """As for somebody whose record is closed: only the searcher's own address comes back."""
    answer = await client.get(NOBODY)
    found = orjson.loads(answer.content)
    assert (answer.status_code, found["total"], found.get("entry", [])) == (200, 0, [])
    (own_address,) = found["link"]
    assert MARKER not in orjson.dumps({**found, "link": [own_address["relation"]]}).decode()
    assert MARKER not in log.getvalue()


async def test_a_parameter_that_is_left_out_is_not_echoed(client, log):
    query = f"patient=x&{MARKER}=1&encounter.{MARKER}=1&_sort={MARKER}&_include={MARKER}:x"
    answer = await client.get(f"/fhir/Observation?{query}")
    assert (answer.status_code, MARKER in answer.text) == (200, False)
    (outcome,) = answer.json()["entry"]
    assert len(outcome["resource"]["issue"]) == 4
    assert MARKER not in log.getvalue()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("identifier", [{"system": "urn:oid:2.16.156.10011.1.3", "value": MARKER}]),
        ("birthDate", MARKER),
        ("gender", MARKER),
        ("name", MARKER),
        ("telecom", [{"system": MARKER, "value": MARKER}]),
    ],
)
async def test_a_patient_that_cannot_be_registered_is_not_echoed(
    client, owner_url, log, field, value
):
    sent = visits.bundle({**visits.patient(), field: value})
    answer = await client.post("/fhir", content=orjson.dumps(sent), headers=FHIR)
    check_refusal(field, answer)
    assert await filed(owner_url) == 0
    assert MARKER not in log.getvalue()


async def test_markup_and_sql_in_names_are_data(client):
    name = "'; DROP TABLE record.entry; --<script>alert(1)</script>"
    sent = visits.bundle(visits.patient(name=name), *visits.LIFE)
    answer = await client.post("/fhir", content=orjson.dumps(sent), headers=FHIR)
    assert answer.status_code == 200
    location = answer.json()["entry"][0]["response"]["location"]
    read = await client.get(f"/fhir/{location}")
    assert read.json()["name"] == [{"text": name}]
    assert read.headers["content-type"].startswith("application/fhir+json")
    assert read.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("method", "url", "allowed"),
    [
        ("PUT", "/fhir/Observation/x/_history/1", {"GET", "HEAD"}),
        ("DELETE", "/fhir/Observation/x/_history/1", {"GET", "HEAD"}),
        ("PATCH", "/fhir/Observation/x/_history", {"GET", "HEAD"}),
        ("POST", "/fhir/Observation/x", {"GET", "HEAD", "PUT", "PATCH", "DELETE"}),
        ("PUT", "/fhir", {"POST"}),
        ("GET", "/fhir", {"POST"}),
        ("POST", "/fhir/metadata", {"GET", "HEAD"}),
    ],
)
async def test_an_interaction_that_is_not_offered_is_told_from_an_unknown_address(
    client, method, url, allowed
):
    answer = await client.request(method, url)
    check_refusal(url, answer)
    if url != "/fhir/metadata":
        assert answer.status_code == 405
        assert allowed <= set(answer.headers["allow"].split(", "))
