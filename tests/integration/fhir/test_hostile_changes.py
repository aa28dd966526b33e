"""Whatever is sent to change something: an OperationOutcome with a stable code, and nothing is changed."""

from __future__ import annotations

import base64

import orjson
import pytest

import systems
import visits
from hostile import MARKER, RAW, WRONG, check_refusal

FHIR = "application/fhir+json"
JSON_PATCH = "application/json-patch+json"
SAME = f"identifier=urn:oid:2.999.1|{MARKER}"


@pytest.fixture
async def client(world, hospital_system):
    async with systems.calling(world, hospital_system, "system/*.cruds") as calling:
        yield calling


@pytest.fixture
async def url(client):
    """A result on somebody's record."""
    sent = visits.bundle(visits.patient(), visits.glucose("2026-02-01"))
    answer = await client.post("/fhir", content=orjson.dumps(sent), headers={"Content-Type": FHIR})
    location = answer.json()["entry"][1]["response"]["location"]
    return "/fhir/" + location.partition("/_history")[0]


@pytest.fixture
async def nothing_changed(client, url):
    before = await client.get(url)
    yield
    after = await client.get(url)
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])


PATCHES = {
    "nothing": b"",
    "text": MARKER.encode(),
    "an object": b"{}",
    "two documents": b'[],"x":[]',
    "closed early": b'[]},{"patch":[]',
    "deep": b"[" * 50 + b"]" * 50,
    "very deep": b"[" * 10**5 + b"]" * 10**5,
    "a name twice": b'[{"op":"add","op":"remove","path":"/note"}]',
    "many": b"[" + b'{"op":"test","path":"/status","value":"final"},' * 600 + b"{}]",
    "an unknown path": orjson.dumps([{"op": "remove", "path": f"/{MARKER}"}]),
    "an unknown operation": orjson.dumps([{"op": MARKER, "path": "/status"}]),
    "a value of nowhere": orjson.dumps([{"op": "add", "path": f"/{MARKER}", "value": MARKER}]),
    "a guess": orjson.dumps([{"op": "test", "path": "/status", "value": MARKER}]),
    "a huge index": orjson.dumps([{"op": "remove", "path": "/category/" + "9" * 5000}]),
    "another resident": orjson.dumps(
        [{"op": "replace", "path": "/subject/reference", "value": f"Patient/{MARKER}"}]
    ),
    "growing without end": orjson.dumps(
        [{"op": "add", "path": "/note", "value": [{"text": "x" * 1000}]}]
        + [{"op": "copy", "from": "/note", "path": "/note/-"}] * 40
    ),
}


@pytest.mark.usefixtures("nothing_changed")
@pytest.mark.parametrize("name", PATCHES)
async def test_no_patch_breaks_anything(client, url, log, name):
    headers = {"Content-Type": JSON_PATCH}
    answer = await client.patch(url, content=PATCHES[name], headers=headers)
    check_refusal(name, answer)
    binary = {
        "resourceType": "Binary",
        "contentType": JSON_PATCH,
        "data": base64.b64encode(PATCHES[name]).decode(),
    }
    request = {"method": "PATCH", "url": url.removeprefix("/fhir/")}
    sent = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"resource": binary, "request": request}],
    }
    headers = {"Content-Type": FHIR}
    check_refusal(name, await client.post("/fhir", content=orjson.dumps(sent), headers=headers))
    assert MARKER not in log.getvalue()


@pytest.mark.usefixtures("nothing_changed")
@pytest.mark.parametrize("name", [*RAW, *WRONG])
async def test_no_update_breaks_anything(client, url, log, name):
    if name in WRONG:
        body = orjson.dumps(WRONG[name] | {"id": url.rpartition("/")[2]})
    else:
        body = RAW[name]
    for where in (url, f"/fhir/Observation?{SAME}"):
        answer = await client.put(where, content=body, headers={"Content-Type": FHIR})
        check_refusal(name, answer)
    assert MARKER not in log.getvalue()


@pytest.mark.usefixtures("nothing_changed")
@pytest.mark.parametrize(
    "where",
    [
        f"/fhir/Observation/{MARKER}",
        f"/fhir/{MARKER}/{MARKER}",
        f"/fhir/{MARKER}?{SAME}",
        f"/fhir/Observation?{MARKER}={MARKER}",
        f"/fhir/Observation?patient={MARKER}",
        "/fhir/Observation",
        "/fhir/Observation?" + "&".join(f"a{n}=1" for n in range(100)),
        "/fhir/Observation?patient=%ff",
        f"/fhir/Observation/x?{SAME}",
        "/fhir/Observation/" + "a" * 5000,
        "/fhir/Observation/..%2f..%2fetc",
    ],
)
async def test_no_address_changes_what_it_should_not(client, where):
    fhir, patch = {"Content-Type": FHIR}, {"Content-Type": JSON_PATCH}
    body = orjson.dumps(WRONG["a reference to nobody"])
    check_refusal(where, await client.delete(where))
    check_refusal(where, await client.patch(where, content=b"[]", headers=patch))
    check_refusal(where, await client.put(where, content=body, headers=fhir))


ENTRIES = {
    "no request": {"resource": {}},
    "an unknown method": {"request": {"method": MARKER, "url": "Observation"}},
    "no address": {"request": {"method": "DELETE"}},
    "an address that is none": {"request": {"method": "DELETE", "url": f"<{MARKER}>"}},
    "an address elsewhere": {"request": {"method": "DELETE", "url": "https://x.example/Patient/1"}},
    "a condition on nothing": {"request": {"method": "DELETE", "url": "Observation?"}},
    "an unknown condition": {"request": {"method": "DELETE", "url": f"Observation?{MARKER}=1"}},
    "nobody's": {"request": {"method": "DELETE", "url": f"Observation?patient={MARKER}"}},
    "an unknown id": {"request": {"method": "DELETE", "url": f"Observation/{MARKER}"}},
    "an odd tag": {"request": {"method": "DELETE", "url": "Observation/x", "ifMatch": MARKER}},
    "a tag that is no text": {
        "request": {"method": "DELETE", "url": "Observation/x", "ifMatch": 1}
    },
    "no patch": {"request": {"method": "PATCH", "url": "Observation/x"}, "resource": {}},
    "an odd patch": {
        "request": {"method": "PATCH", "url": "Observation/x"},
        "resource": {"resourceType": "Binary", "contentType": JSON_PATCH, "data": MARKER},
    },
    "a search that is none": {
        "request": {"method": "POST", "url": "Observation", "ifNoneExist": 5},
        "resource": WRONG["a reference to nobody"],
    },
}


@pytest.mark.usefixtures("nothing_changed")
@pytest.mark.parametrize("kind", ["transaction", "batch"])
@pytest.mark.parametrize("name", ENTRIES)
async def test_no_entry_breaks_anything(client, log, name, kind):
    sent = {"resourceType": "Bundle", "type": kind, "entry": [ENTRIES[name]]}
    headers = {"Content-Type": FHIR}
    answer = await client.post("/fhir", content=orjson.dumps(sent), headers=headers)
    assert MARKER not in answer.text
    assert MARKER not in log.getvalue()
    if kind == "transaction" or answer.status_code != 200:
        check_refusal(name, answer)
        return
    (told,) = answer.json()["entry"]
    assert told["response"]["status"].startswith("4"), told
    assert told["response"]["outcome"]["resourceType"] == "OperationOutcome"
