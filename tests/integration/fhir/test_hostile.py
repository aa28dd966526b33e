"""Whatever is sent, the answer is an OperationOutcome with a stable code, and nothing is filed.

The planted marker stands for a personal value: it must appear in no answer and in no log.
"""

from __future__ import annotations

import io
import logging

import asyncpg
import orjson
import pytest

import visits
from openhealthcode.fhir.outcome import ANSWERS
from openhealthcode.operations.logs import JsonLines

MARKER = "Zx7-planted-marker"
FHIR = {"Content-Type": "application/fhir+json"}
HUGE = 10**5


def observation(**changes):
    return {**visits.glucose("2026-01-01"), "subject": {"reference": "Patient/x"}, **changes}


def nested(depth):
    return b'{"resourceType":"Observation","extension":' + b"[" * depth + b"]" * depth + b"}"


RAW = {
    "nothing": b"",
    "text": MARKER.encode(),
    "cut off": b'{"resourceType":"Observation","status":"' + MARKER.encode(),
    "a list": b"[]",
    "deep": nested(50),
    "very deep": nested(HUGE),
    "a huge integer": b'{"resourceType":"Observation","valueInteger":' + b"9" * 5_000_000 + b"}",
    "a large integer": b'{"resourceType":"Observation","valueInteger":99999999999999999999999}',
    "infinity": b'{"resourceType":"Observation","valueDecimal":1e999}',
    "not a number": b'{"resourceType":"Observation","valueDecimal":NaN}',
    "a lone surrogate": rb'{"resourceType":"Observation","status":"\ud800"}',
    "no UTF-8": b'{"resourceType":"Observation","status":"\xff\xfe"}',
    "UTF-16": '{"resourceType":"Observation"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"resourceType":"Observation"}',
    "a name twice": b'{"resourceType":"Observation","status":"final","status":"amended"}',
    "a null character": rb'{"resourceType":"Observation","status":"\u0000"}',
    "many objects": b'{"resourceType":"Observation","note":[' + b"{}," * 500_000 + b"{}]}",
    "too many bytes": b'{"resourceType":"Observation","note":"' + b"x" * 11_000_000 + b'"}',
    "no type": b'{"status":"final"}',
    "a type that is no text": b'{"resourceType":["Observation"]}',
}

WRONG = {
    "another type": {"resourceType": "Patient"},
    "an unknown status": observation(status=MARKER),
    "an unknown element": observation(**{MARKER: MARKER}),
    "an unknown nested element": observation(code={"coding": [{MARKER: 1}]}),
    "a wrong JSON type": observation(status=[MARKER]),
    "an impossible date": observation(effectiveDateTime=f"2026-02-30{MARKER}"),
    "a reference to nobody": observation(subject={"reference": f"Patient/{MARKER}"}),
    "a broken reference": observation(subject={"reference": f"<{MARKER}>"}),
    "a reference elsewhere": observation(encounter={"reference": f"urn:uuid:{MARKER}"}),
    "an active narrative": observation(
        text={"status": "generated", "div": f"<div><script>{MARKER}</script></div>"}
    ),
    "an overlong string": observation(
        valueString=MARKER + "x" * 1_100_000, valueQuantity={"value": 1}
    ),
    "two choices": observation(valueString=MARKER),
    "a Bundle": visits.bundle(visits.patient(), *visits.LIFE),
}

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
    f"/fhir/Observation?patient=x&_sort={MARKER}",
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


@pytest.fixture
def log():
    """What the service tells in its log, as an operator reads it."""
    told = io.StringIO()
    handler = logging.StreamHandler(told)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield told
    root.removeHandler(handler)
    root.setLevel(level)


async def filed(owner_url):
    connection = await asyncpg.connect(owner_url)
    count = await connection.fetchval("SELECT count(*) FROM record.entry")
    await connection.close()
    return count


def check_refusal(name, answer):
    assert 400 <= answer.status_code < 500, (name, answer.status_code)
    assert MARKER not in answer.text, name
    assert MARKER not in str(answer.headers), name
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome", name
    assert answer.headers["content-type"] == "application/fhir+json", name
    for issue in outcome["issue"]:
        assert issue["details"]["coding"][0]["code"] in ANSWERS, name


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
        ("PUT", "/fhir/Observation/x", {"GET", "HEAD"}),
        ("DELETE", "/fhir/Observation/x", {"GET", "HEAD"}),
        ("PATCH", "/fhir/Observation/x", {"GET", "HEAD"}),
        ("DELETE", "/fhir/Observation", {"GET", "HEAD", "POST"}),
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
