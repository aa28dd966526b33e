"""What is read is sent whole, in part, laid out or not again, as the reader asks."""

from __future__ import annotations

import orjson
import pytest

import visits
from openhealthcode import collection
from openhealthcode.record import laid_out


@pytest.fixture
async def url(world):
    sent = visits.bundle(visits.patient(), visits.glucose("2026-02-01", 6.1))
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    return f"/fhir/Observation/{filed.entries[1].fhir_id}"


async def test_a_part_says_that_it_is_one(client, url):
    whole = await client.get(url)
    answer = await client.get(url + "?_elements=value")
    assert answer.status_code == 200
    assert answer.headers["etag"] == whole.headers["etag"]
    body = answer.json()
    assert body["meta"]["tag"][-1]["code"] == "SUBSETTED"
    assert body["meta"]["versionId"] == "1"
    assert body["status"] == "final"
    assert body["valueQuantity"] == whole.json()["valueQuantity"]
    assert "category" not in body
    assert (await client.get(url + "?_summary=false")).content == whole.content
    summary = (await client.get(url + "?_summary=true")).json()
    assert "category" not in summary
    assert "valueQuantity" in summary
    earlier = await client.get(url + "/_history/1?_summary=text")
    assert "valueQuantity" not in earlier.json()


async def test_institutions_are_read_in_part_too(world, client):
    answer = await client.get(f"/fhir/Organization/{world.hospital}?_elements=active")
    assert "name" not in answer.json()
    assert answer.json()["active"] is True


async def test_people_read_it_line_by_line(client, url):
    whole = await client.get(url)
    answer = await client.get(url + "?_pretty=true")
    assert answer.content == laid_out(whole.content)
    assert orjson.loads(answer.content) == whole.json()
    assert b'\n  "status": "final"' in answer.content
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert (await client.get(url + "?_pretty=false")).content == whole.content


@pytest.mark.parametrize(
    "query", ["_summary=count", "_summary=all", "_elements=", "x=1", "_elements=a&_summary=text"]
)
async def test_what_is_not_understood_is_not_ignored(client, url, query):
    assert (await client.get(f"{url}?{query}")).status_code == 400


async def test_the_head_alone_says_how_much_there_is(client, url):
    whole = await client.get(url)
    answer = await client.head(url)
    assert (answer.status_code, answer.content) == (200, b"")
    for name in ("content-length", "content-type", "etag", "last-modified"):
        assert answer.headers[name] == whole.headers[name]
    assert (await client.head("/fhir/Observation/a")).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": 'W/"1"'}, 304),
        ({"If-None-Match": '"1"'}, 304),
        ({"If-None-Match": 'W/"7", W/"1"'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": 'W/"7"'}, 200),
        ({"If-None-Match": "1"}, 200),
        ({"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 304),
        ({"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}, 200),
        ({"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 -0000"}, 304),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-Modified-Since": "ä"}, 200),
        (
            {
                "If-None-Match": 'W/"7"',
                "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT",
            },
            200,
        ),
    ],
)
async def test_what_the_reader_has_is_not_sent_again(client, url, headers, status):
    sent = {name: value.encode() for name, value in headers.items()}
    answer = await client.get(url, headers=sent)
    assert answer.status_code == status
    assert bool(answer.content) is (status == 200)
    assert answer.headers["etag"] == 'W/"1"'


async def test_the_moment_it_was_filed_counts_as_known(client, url):
    filed = (await client.get(url)).headers["last-modified"]
    assert (await client.get(url, headers={"If-Modified-Since": filed})).status_code == 304
