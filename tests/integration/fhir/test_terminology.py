"""Code systems, value sets and maps over HTTP: what a code means, where it may stand, what it becomes."""

from __future__ import annotations

import httpx
import pytest

from openhealthcode.terminology import loaded, systems
from openhealthcode.terminology.concepts import About
from openhealthcode.terminology.loaded import Delivery, Row
from visits import World

SEX = "urn:oid:2.16.156.10011.2.3.3.4"
MARITAL = "urn:oid:2.16.156.10011.2.3.3.5"
ADMINISTRATIVE_GENDER = "http://hl7.org/fhir/administrative-gender"
OBSERVATION_STATUS = "http://hl7.org/fhir/ValueSet/observation-status"
CHINESE = {"Accept-Language": "zh-CN"}


def told(answer: httpx.Response) -> dict[str, object]:
    """The simple parameters of an answer."""
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["resourceType"] == "Parameters"
    return {
        one["name"]: value
        for one in body["parameter"]
        for key, value in one.items()
        if key.startswith("value")
    }


USE = "urn:openhealthcode:designation-use"


def code_of(answer: httpx.Response) -> str:
    return answer.json()["issue"][0]["details"]["coding"][0]["code"]


async def lookup(client: httpx.AsyncClient, system: str, code: str, **more: str):
    return await client.get(
        "/fhir/CodeSystem/$lookup", params=more | {"system": system, "code": code}
    )


async def test_a_code_is_looked_up_in_the_callers_language(client):
    answer = await lookup(client, SEX, "2")
    assert told(answer) == {"name": "Sex", "version": "2003", "display": "Female"}
    answer = await lookup(client, SEX, "2", displayLanguage="zh-CN")
    assert told(answer)["display"] == "女性"
    answer = await client.get(
        "/fhir/CodeSystem/$lookup", params={"system": SEX, "code": "1"}, headers=CHINESE
    )
    assert told(answer) == {"name": "生理性别代码", "version": "2003", "display": "男性"}
    assert answer.headers["content-language"] == "zh-CN"
    assert "Accept-Language" in answer.headers["vary"]
    names = [one["part"] for one in answer.json()["parameter"] if one["name"] == "designation"]
    assert [
        [part["value" + kind] for part, kind in zip(name, ("Code", "String"), strict=True)]
        for name in names
    ] == [
        ["zh-CN", "男性"],
        ["en", "Male"],
    ]


async def test_a_division_is_called_as_on_the_day_asked_for(client):
    answer = await lookup(client, systems.DIVISIONS, "120112", displayLanguage="zh-CN")
    assert told(answer)["display"] == "津南区"
    former = [
        [part.get("valueString") for part in one["part"] if part["name"] == "value"]
        for one in answer.json()["parameter"]
        if {"name": "use", "valueCoding": {"system": USE, "code": "former"}} in one.get("part", [])
    ]
    assert former == [["南郊区"]]
    for day, name in (
        ("1985", "南郊区"),
        ("1991-12-31", "南郊区"),
        ("1992-01-01T08:00:00Z", "津南区"),
    ):
        answer = await lookup(client, systems.DIVISIONS, "120112", date=day)
        assert told(answer)["display"] == name
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "coding", "valueCoding": {"system": systems.DIVISIONS, "code": "120112"}},
            {"name": "date", "valueDateTime": "1985-05-01"},
        ],
    }
    answer = await client.post(
        "/fhir/CodeSystem/$lookup", json=body, headers={"Content-Type": "application/fhir+json"}
    )
    assert told(answer)["display"] == "南郊区"
    assert (await lookup(client, systems.DIVISIONS, "120112", date="soon")).status_code == 400
    assert (await lookup(client, SEX, "2", date="1985-01-01")).status_code == 400


async def test_a_lookup_may_come_as_parameters(client):
    coding = {"system": MARITAL, "code": "21"}
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "coding", "valueCoding": coding},
            {"name": "displayLanguage", "valueCode": "zh-CN"},
        ],
    }
    answer = await client.post(
        "/fhir/CodeSystem/$lookup", json=body, headers={"Content-Type": "application/fhir+json"}
    )
    assert told(answer)["display"] == "初婚"
    properties = [one["part"] for one in answer.json()["parameter"] if one["name"] == "property"]
    assert properties[0][1] == {"name": "value", "valueCode": "20"}


@pytest.mark.parametrize(
    ("system", "code", "status", "error"),
    [
        (SEX, "3", 404, "code-unknown"),
        ("urn:of:nobody", "3", 404, "code-system-unknown"),
        (systems.SNOMED, "1", 404, "code-system-unknown"),  # a part of it is here: not decided
        (systems.UCUM, "mmHg", 404, "code-unknown"),
        (SEX, "", 400, "invalid"),
    ],
)
async def test_what_is_not_known_is_told_apart(client, system, code, status, error):
    answer = await lookup(client, system, code)
    assert (answer.status_code, code_of(answer)) == (status, error)


async def test_a_unit_is_looked_up_by_its_grammar(client):
    assert told(await lookup(client, systems.UCUM, "mm[Hg]"))["display"] == "mm[Hg]"
    assert (
        told(await lookup(client, systems.UCUM, "Cel", displayLanguage="zh"))["display"] == "摄氏度"
    )


async def test_nothing_is_told_without_a_token(stranger):
    for path in ("CodeSystem/$lookup?system=x&code=y", "CodeSystem", "ValueSet/observation-status"):
        answer = await stranger.get(f"/fhir/{path}")
        assert (answer.status_code, code_of(answer)) == (401, "token-needed")


@pytest.mark.parametrize(
    "query",
    ["?system=x&code=y&unknown=1", "?system=x&system=x&code=y", "?code=y"],
)
async def test_parameters_that_are_not_understood_are_refused(client, query):
    answer = await client.get(f"/fhir/CodeSystem/$lookup{query}")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "parameter",
    [
        [],
        ["x"],
        [{"name": 3}],
        [{"name": "coding", "valueCoding": "x"}],
        [{"name": "coding", "valueCoding": {"system": 3, "code": "x"}}],
        [{"name": "coding", "valueCoding": {"system": "x"}}],
        [{"name": "code", "valueDecimal": 1.5}],
        [{"name": "codeableConcept", "valueCodeableConcept": {"coding": []}}],
    ],
)
async def test_parameters_that_are_none_are_refused(client, parameter):
    body = {"resourceType": "Parameters", "parameter": parameter}
    answer = await client.post(
        "/fhir/CodeSystem/$lookup", json=body, headers={"Content-Type": "application/fhir+json"}
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("query", "result", "message"),
    [
        ({"url": SEX, "code": "1"}, True, None),
        ({"url": SEX, "code": "1", "display": "Male"}, True, None),
        ({"url": SEX, "code": "1", "display": "男性"}, True, None),
        (
            {"url": SEX, "code": "1", "display": "Female"},
            False,
            "The code is valid, its display is not.",
        ),
        ({"url": SEX, "code": "7"}, False, "There is no such code."),
    ],
)
async def test_a_code_is_validated_against_its_system(client, query, result, message):
    answer = await client.get("/fhir/CodeSystem/$validate-code", params=query)
    said = told(answer)
    assert (said["result"], said.get("message")) == (result, message)


async def test_a_code_is_validated_at_the_address_of_its_system(client):
    answer = await client.get("/fhir/CodeSystem/observation-status/$validate-code?code=final")
    assert told(answer) == {"result": True, "display": "Final"}
    answer = await client.get("/fhir/CodeSystem/nothing-of-this/$validate-code?code=final")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("url", "system", "code", "result"),
    [
        (OBSERVATION_STATUS, "http://hl7.org/fhir/observation-status", "final", True),
        (OBSERVATION_STATUS, "http://hl7.org/fhir/observation-status", "finished", False),
        (OBSERVATION_STATUS, SEX, "1", False),
        ("urn:openhealthcode:value-set:ethnic-group", "urn:oid:2.16.156.10011.2.3.3.3", "04", True),
        (
            "urn:openhealthcode:value-set:ethnic-group",
            "urn:oid:2.16.156.10011.2.3.3.3",
            "60",
            False,
        ),
        (f"{systems.ATC}?fhir_vs=isa/C09", systems.ATC, "C09A", True),
        (f"{systems.ATC}?fhir_vs=isa/C09", systems.ATC, "C09", True),
        (f"{systems.ATC}?fhir_vs=isa/C09", systems.ATC, "C08", False),
        (f"{SEX}?fhir_vs", SEX, "9", True),
        (
            "http://terminology.hl7.org/ValueSet/v3-ActEncounterCode",
            "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            "AMB",
            True,
        ),
        (
            "http://terminology.hl7.org/ValueSet/v3-ActEncounterCode",
            "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            "ACCTRECEIVABLE",
            False,
        ),
    ],
)
async def test_a_code_is_validated_against_a_value_set(client, url, system, code, result):
    answer = await client.get(
        "/fhir/ValueSet/$validate-code", params={"url": url, "system": system, "code": code}
    )
    assert told(answer)["result"] is result


async def test_one_good_coding_of_a_concept_is_enough(client):
    codings = [
        {"system": "urn:of:a:hospital", "code": "x"},
        {"system": "http://hl7.org/fhir/observation-status", "code": "final"},
    ]
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "url", "valueUri": OBSERVATION_STATUS},
            {"name": "codeableConcept", "valueCodeableConcept": {"coding": codings}},
        ],
    }
    answer = await client.post(
        "/fhir/ValueSet/$validate-code",
        json=body,
        headers={"Content-Type": "application/fhir+json"},
    )
    assert told(answer) == {"result": True, "display": "Final"}


async def test_what_cannot_be_decided_here_is_not_said_to_be_wrong(client):
    answer = await client.get(
        "/fhir/ValueSet/$validate-code",
        params={
            "url": "http://hl7.org/fhir/ValueSet/condition-code",
            "system": systems.SNOMED,
            "code": "38341003",
        },
    )
    assert (answer.status_code, code_of(answer)) == (404, "code-system-unknown")


async def expansion(client: httpx.AsyncClient, **query: str):
    answer = await client.get("/fhir/ValueSet/$expand", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["expansion"]


async def test_a_value_set_is_expanded_page_by_page(client):
    whole = await expansion(client, url=OBSERVATION_STATUS)
    assert whole["total"] == 8
    assert "extension" not in whole
    codes = [one["code"] for one in whole["contains"]]
    pages = [
        [
            one["code"]
            for one in (
                await expansion(client, url=OBSERVATION_STATUS, offset=str(at), count="3")
            ).get("contains", [])
        ]
        for at in (0, 3, 6, 9)
    ]
    assert [code for page in pages for code in page] == codes
    assert [len(page) for page in pages] == [3, 3, 2, 0]


async def test_an_expansion_is_filtered_by_pinyin_and_tells_every_name(client):
    found = await expansion(
        client,
        url="urn:openhealthcode:value-set:ethnic-group",
        filter="mg",
        includeDesignations="true",
        displayLanguage="zh-CN",
    )
    assert [one["display"] for one in found["contains"]] == ["蒙古族"]
    assert found["contains"][0]["designation"] == [
        {"language": "zh-CN", "value": "蒙古族"},
        {"language": "en", "value": "Mongol"},
    ]


async def test_an_expansion_of_what_is_here_in_part_says_so(client):
    found = await expansion(client, url=f"{systems.ATC}?fhir_vs=isa/C09", count="2")
    assert found["extension"][0]["valueBoolean"] is True
    assert [one["code"] for one in found["contains"]] == ["C09", "C09A"]


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        ({"url": "urn:of:nobody"}, 404, "code-system-unknown"),
        ({}, 400, "invalid"),
        ({"url": OBSERVATION_STATUS, "filter": "!"}, 400, "invalid"),
        ({"url": OBSERVATION_STATUS, "count": "-1"}, 400, "invalid"),
        ({"url": OBSERVATION_STATUS, "activeOnly": "yes"}, 400, "invalid"),
        ({"url": OBSERVATION_STATUS, "valueSetVersion": "3.0"}, 404, "code-system-unknown"),
        ({"url": "http://hl7.org/fhir/ValueSet/condition-code"}, 404, "code-system-unknown"),
    ],
)
async def test_an_expansion_that_cannot_be_is_refused(client, query, status, error):
    answer = await client.get("/fhir/ValueSet/$expand", params=query)
    assert (answer.status_code, code_of(answer)) == (status, error)


async def test_too_many_codes_are_not_listed_and_a_filter_helps(client, world: World):
    about = About(url="urn:test:many", version="1", name="Many", english="Many", source="own")
    rows = (Row(f"C{n:05}", "", f"concept w{n:05}") for n in range(10_001))
    await loaded.load(world.pool, Delivery(about, rows))
    answer = await client.get("/fhir/ValueSet/$expand", params={"url": "urn:test:many?fhir_vs"})
    assert (answer.status_code, code_of(answer)) == (422, "value-set-too-large")
    found = await expansion(client, url="urn:test:many?fhir_vs", filter="w0999")
    assert found["total"] == 10


async def translate(client: httpx.AsyncClient, **query: str):
    answer = await client.get("/fhir/ConceptMap/$translate", params=query)
    matches = [one["part"] for one in answer.json()["parameter"] if one["name"] == "match"]
    return told(answer)["result"], [
        (
            part[0]["valueCode"],
            *(one["valueCoding"]["code"] for one in part if "valueCoding" in one),
        )
        for part in matches
    ]


async def test_a_code_is_translated_there_and_back(client):
    assert await translate(client, system=SEX, code="2") == (True, [("equivalent", "female")])
    assert await translate(
        client, system=ADMINISTRATIVE_GENDER, code="female", targetsystem=SEX
    ) == (
        True,
        [("equivalent", "2")],
    )
    assert await translate(client, system=MARITAL, code="22") == (True, [("wider", "M")])
    assert await translate(client, system=MARITAL, code="90") == (False, [("unmatched",)])
    assert await translate(client, system=MARITAL, code="77") == (False, [])
    assert await translate(client, system=SEX, code="2", targetsystem="urn:of:nobody") == (
        False,
        [],
    )


async def test_a_map_is_asked_by_its_name_and_read_backwards(client):
    url = "urn:openhealthcode:concept-map:sex"
    assert await translate(client, url=url, system=SEX, code="1") == (
        True,
        [("equivalent", "male")],
    )
    backwards = await translate(
        client, url=url, system=ADMINISTRATIVE_GENDER, code="male", reverse="true"
    )
    assert backwards == (True, [("equivalent", "1")])
    answer = await client.get(
        "/fhir/ConceptMap/$translate", params={"url": "urn:of:nobody", "system": SEX, "code": "1"}
    )
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("one", "other", "outcome"),
    [
        ("C", "C09A", "subsumes"),
        ("C09A", "C", "subsumed-by"),
        ("C09A", "C09A", "equivalent"),
        ("C08", "C09A", "not-subsumed"),
    ],
)
async def test_one_code_is_a_kind_of_another(client, one, other, outcome):
    answer = await client.get(
        "/fhir/CodeSystem/$subsumes", params={"system": systems.ATC, "codeA": one, "codeB": other}
    )
    assert told(answer) == {"outcome": outcome}
    coding = {"system": systems.ATC}
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "codingA", "valueCoding": coding | {"code": one}},
            {"name": "codingB", "valueCoding": coding | {"code": other}},
        ],
    }
    answer = await client.post(
        "/fhir/CodeSystem/$subsumes", json=body, headers={"Content-Type": "application/fhir+json"}
    )
    assert told(answer) == {"outcome": outcome}


async def test_codes_of_two_systems_are_no_kinds_of_each_other(client):
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "codingA", "valueCoding": {"system": SEX, "code": "1"}},
            {"name": "codingB", "valueCoding": {"system": MARITAL, "code": "10"}},
        ],
    }
    answer = await client.post(
        "/fhir/CodeSystem/$subsumes", json=body, headers={"Content-Type": "application/fhir+json"}
    )
    assert answer.status_code == 400
    answer = await client.get("/fhir/CodeSystem/$subsumes?codeA=1&codeB=2")
    assert answer.status_code == 400


@pytest.mark.parametrize("type_", ["CodeSystem", "ValueSet", "ConceptMap", "NamingSystem"])
async def test_every_definition_is_listed_once_and_read_by_its_id(client, type_):
    ids, url = [], f"/fhir/{type_}?_count=100"
    while url:
        bundle = (await client.get(url)).json()
        ids += [one["resource"]["id"] for one in bundle["entry"]]
        url = next((one["url"] for one in bundle["link"] if one["relation"] == "next"), "")
    assert len(ids) == len(set(ids)) == bundle["total"]
    assert all(len(each) <= 64 for each in ids)
    for id_ in ids[::25]:
        answer = await client.get(f"/fhir/{type_}/{id_}")
        assert answer.status_code == 200, id_
        assert answer.json()["id"] == id_


async def test_a_code_system_is_read_with_its_codes_in_their_tree(client):
    body = (await client.get("/fhir/CodeSystem/2.16.156.10011.2.3.3.5")).json()
    assert (body["url"], body["content"], body["count"]) == (MARITAL, "complete", 8)
    married = body["concept"][1]
    assert (married["code"], [one["code"] for one in married["concept"]]) == (
        "20",
        ["21", "22", "23"],
    )
    assert married["designation"] == [{"language": "zh-CN", "value": "已婚"}]
    listed = (await client.get("/fhir/CodeSystem", params={"url": MARITAL})).json()
    assert "concept" not in listed["entry"][0]["resource"]


async def test_codes_under_somebody_elses_licence_are_not_handed_on_whole(client, world: World):
    about = About(url="urn:test:list", version="7", name="List", english="A list", source="own")
    await loaded.load(world.pool, Delivery(about, [Row("a", "", "one"), Row("b", "", "two")]))
    found = (await client.get("/fhir/CodeSystem?url=urn:test:list")).json()
    id_ = found["entry"][0]["resource"]["id"]
    body = (await client.get(f"/fhir/CodeSystem/{id_}")).json()
    assert (body["content"], body["count"], "concept" in body) == ("not-present", 2, False)
    answer = await client.get(f"/fhir/CodeSystem/{id_}/$validate-code?code=a")
    assert told(answer) == {"result": True, "display": "one"}


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("CodeSystem?_id=observation-status", 1),
        ("CodeSystem?name=ATC", 1),
        ("CodeSystem?title=民族", 1),
        ("CodeSystem?version=nothing", 0),
        ("ValueSet?url=http://hl7.org/fhir/ValueSet/observation-status", 1),
        ("ConceptMap?status=active", 6),
        ("NamingSystem?value=2.16.840.1.113883.6.1", 1),
    ],
)
async def test_definitions_are_searched(client, query, total):
    assert (await client.get(f"/fhir/{query}")).json()["total"] == total


async def test_definitions_are_only_read(client):
    answer = await client.put("/fhir/CodeSystem/observation-status", json={})
    assert answer.status_code in {404, 405}
    answer = await client.get("/fhir/CodeSystem/no-such-thing")
    assert (answer.status_code, code_of(answer)) == (404, "not-found")
    answer = await client.get("/fhir/CodeSystem/a/b/c")
    assert answer.status_code == 404
