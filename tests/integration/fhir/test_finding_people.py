"""``$match``, PDQm's query, ``$ihe-pix`` and the identity feed over HTTP, and what is tried on them."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager

import asyncpg
import pytest

import systems
import visits
from openhealthcode import access, audit, collection, registry
from openhealthcode.access.lookups import guard

SYSTEM = "urn:oid:2.16.156.10011.1.3"
GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
PHONE = "13912340056"
HOSPITAL = "urn:hospital-a:patients"


@pytest.fixture
async def owner(owner_url):
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


@pytest.fixture
async def li(world):
    """A resident with a telephone, an address and a number of the hospital's own."""
    own = {"system": HOSPITAL, "value": "A-1", "type": {"coding": [{"code": "MR"}]}}
    patient = visits.patient(
        telecom=[{"system": "phone", "value": PHONE}], address=[{"text": "黛川市幸福路 1 号"}]
    )
    patient["identifier"].append(own)
    return await file(world, patient, "li")


async def file(world, patient, key):
    sent = visits.bundle(patient, visits.glucose("2026-02-01"), key=key)
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    return filed.resident_id


def asked(patient, **parameters):
    kinds = {"onlyCertainMatches": "valueBoolean", "count": "valueInteger"}
    said = [{"name": name, kinds[name]: value} for name, value in parameters.items()]
    body = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": patient}]}
    body["parameter"] += said
    return body


async def post(client, path, body):
    return await client.post(path, json=body, headers={"Content-Type": "application/fhir+json"})


async def match(client, patient, **parameters):
    answer = await post(client, "/fhir/Patient/$match", asked(patient, **parameters))
    assert answer.status_code == 200, answer.text
    bundle = answer.json()
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "searchset")
    assert bundle["total"] == len(bundle.get("entry", ()))
    return bundle.get("entry", [])


# ── $match ──


async def test_a_match_is_graded_scored_and_repeats_what_was_asked(client, world, li):
    (entry,) = await match(client, visits.patient())
    extension, search = entry["search"].pop("extension"), entry["search"]
    assert extension == [{"url": GRADE, "valueCode": "certain"}]
    assert search["mode"] == "match"
    assert 0.99 < search["score"] <= 1
    patient = entry["resource"]
    assert entry["fullUrl"] == f"{systems.BASE}/fhir/Patient/{patient['id']}"
    assert world.keys.open_id(patient.pop("id"))[0] == li
    sent = visits.patient()
    assert patient == sent, "nothing but what was asked: no telephone, address, or other number"


@pytest.mark.usefixtures("li")
async def test_what_does_not_hold_is_not_repeated_and_not_corrected(client):
    wrong = visits.patient(telecom=[{"system": "phone", "value": "13912340057"}])
    del wrong["birthDate"]
    wrong["name"] = [{"text": "李是"}]  # sounds the same
    (entry,) = await match(client, wrong)
    assert set(entry["resource"]) == {"resourceType", "id", "identifier", "gender"}


@pytest.mark.usefixtures("li")
async def test_nobody_is_an_empty_bundle_without_an_error(client):
    assert await match(client, visits.patient(6, "无此人")) == []
    assert await match(client, visits.patient(name="王某某")) == [], "the number with a wrong name"


@pytest.mark.usefixtures("li")
async def test_without_a_number_a_likely_one_is_graded_lower(client):
    patient = visits.patient(telecom=[{"system": "phone", "value": PHONE}])
    del patient["identifier"]
    (entry,) = await match(client, patient)
    assert entry["search"]["extension"][0]["valueCode"] in {"probable", "possible"}
    assert await match(client, patient, onlyCertainMatches=True) == []


@pytest.mark.usefixtures("li")
async def test_the_one_that_is_certain_or_nobody(client):
    assert len(await match(client, visits.patient(), onlyCertainMatches=True)) == 1


async def test_as_many_as_are_wanted(client, world):
    for serial in (2, 4, 6):
        await world.resident(serial=serial)
    patient = visits.patient()
    del patient["identifier"]
    found = await match(client, patient)
    assert len(found) > 1
    scores = [entry["search"]["score"] for entry in found]
    assert scores == sorted(scores, reverse=True)
    assert len(await match(client, patient, count=1)) == 1


@pytest.mark.usefixtures("li")
async def test_a_patient_may_be_sent_alone(client):
    answer = await post(
        client, "/fhir/Patient/$match?onlyCertainMatches=true&count=3", visits.patient()
    )
    assert answer.json()["total"] == 1
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"resourceType": "Parameters"}, 400, "invalid"),
        (asked({"resourceType": "Observation"}), 400, "invalid"),
        (asked({"resourceType": "Patient"}), 400, "match-too-little"),
        (asked({"resourceType": "Patient", "name": [{"text": "李试"}]}), 400, "match-too-little"),
        (asked(visits.patient(name="")), 422, "resource-invalid"),
        (asked(visits.patient(unheard="of")), 422, "resource-invalid"),
        (asked(visits.patient(), count=0), 400, "invalid"),
        (asked(visits.patient(), count=21), 400, "invalid"),
        (asked(visits.patient(), count=True), 400, "invalid"),
        (asked(visits.patient(), onlyCertainMatches="yes"), 400, "invalid"),
        ({"resourceType": "Parameters", "parameter": [{"name": "other"}]}, 400, "parameter-not-supported"),
        ({"resourceType": "Parameters", "parameter": [7]}, 400, "invalid"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("li")
async def test_a_question_that_cannot_be_answered_is_refused(client, body, status, code):
    answer = await post(client, "/fhir/Patient/$match", body)
    assert answer.status_code == status, answer.text
    assert answer.json()["issue"][0]["details"]["coding"][0]["code"] == code


@pytest.mark.usefixtures("li")
async def test_parameters_are_in_one_place_and_once(client):
    whole = asked(visits.patient(), count=3)
    twice = {**whole, "parameter": [*whole["parameter"], whole["parameter"][1]]}
    crowd = visits.patient()
    crowd["identifier"] = [{"system": "urn:x", "value": f"{n}"} for n in range(9)]
    nameless = visits.patient(name="x")
    nameless["name"] = [{"use": "official"}]
    for path, body in (
        ("/fhir/Patient/$match?count=3", whole),
        ("/fhir/Patient/$match?count=x", visits.patient()),
        ("/fhir/Patient/$match?onlyCertainMatches=maybe", visits.patient()),
        ("/fhir/Patient/$match", twice),
        ("/fhir/Patient/$match", asked(crowd)),
        ("/fhir/Patient/$match", asked(nameless)),
    ):
        assert (await post(client, path, body)).status_code == 400, path


@pytest.mark.usefixtures("li")
async def test_a_number_that_cannot_be_one_is_said_to_be_wrong(client):
    number = visits.national_id(2)
    wrong_check = number[:17] + ("1" if number[17] != "1" else "2")
    impossible = number[:10] + "1332" + number[14:]
    for text in (wrong_check, impossible, number[:17], "", "1" * 18, "<b>", number + "0"):
        patient = visits.patient()
        patient["identifier"] = [{"system": SYSTEM, "value": text}]
        answer = await post(client, "/fhir/Patient/$match", asked(patient))
        assert answer.status_code in ({400, 422} if text else {200, 422}), text
        assert not text or text not in answer.text


@pytest.mark.usefixtures("li")
async def test_only_who_may_search_people_may_ask(world, hospital_system):
    async with systems.calling(world, hospital_system, "system/Patient.r") as client:
        for path in ("/fhir/Patient/$ihe-pix?sourceIdentifier=a|b", "/fhir/Patient?name=a"):
            assert (await client.get(path)).status_code == 403
        answer = await post(client, "/fhir/Patient/$match", asked(visits.patient()))
        assert answer.status_code == 403
    async with systems.calling(world) as client:
        answer = await post(client, "/fhir/Patient/$match", asked(visits.patient()))
        assert answer.status_code == 401


async def test_every_answer_that_names_somebody_stands_in_their_log(client, world, li):
    await match(client, visits.patient())
    await client.get("/fhir/Patient", params={"name": "李试", "birthdate": "1959-04-18"})
    await client.get("/fhir/Patient/$ihe-pix", params={"sourceIdentifier": f"{HOSPITAL}|A-1"})
    log = await access.own_log(world.pool, world.keys, li)
    assert [line.action for line in log].count("resident.match") == 3


# ── PDQm ──


async def query(client, **parameters):
    answer = await client.get("/fhir/Patient", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json().get("entry", [])


@pytest.mark.parametrize(
    "parameters",
    [
        {"family": "李", "given": "试", "birthdate": "1959-04-18"},
        {"name": "李试", "birthdate": "eq1959-04-18", "gender": "female"},
        {"name": "李试", "telecom": f"phone|{PHONE}", "active": "true"},
        {"name:exact": "李试", "identifier": f"{SYSTEM}|{visits.national_id(2)}"},
    ],
)
@pytest.mark.usefixtures("li")
async def test_a_query_finds_whom_it_names_to_the_letter(client, parameters):
    parameters = {name: value for name, value in parameters.items() if name != "gender"}
    (entry,) = await query(client, **parameters)
    assert entry["search"] == {"mode": "match"}
    assert entry["resource"]["name"] == [{"text": "李试"}]
    assert "address" not in entry["resource"]


async def test_a_name_in_letters_is_given_before_family(client, world):
    await file(world, visits.patient(2, "Ammie Huels"), "ammie")
    (entry,) = await query(client, family="Huels", given="Ammie", birthdate="1959-04-18")
    assert entry["resource"]["name"] == [{"text": "Ammie Huels"}]


async def test_a_query_names_as_many_as_are_wanted_and_no_more_logs(client, world):
    """Three of one name and birthday; the count is of those who fit, not of those who resemble."""
    residents = [await world.resident(serial=serial) for serial in (2, 4, 6)]
    asked = {"name": "李试", "birthdate": "1959-04-18"}
    assert len(await query(client, **asked)) == 3
    assert len(await query(client, **asked, _count="2")) == 2
    logged = [
        line
        for one in residents
        for line in await access.own_log(world.pool, world.keys, one)
        if line.action == audit.Action.RESIDENT_MATCH
    ]
    assert len(logged) == 3 + 2
    assert len(await query(client, **asked, _count="100")) == 3


@pytest.mark.usefixtures("li")
async def test_the_count_is_of_those_who_fit(client, world):
    await file(world, visits.patient(4, "李式"), "same-sound")
    (entry,) = await query(client, name="李试", birthdate="1959-04-18", _count="1")
    assert entry["resource"]["name"] == [{"text": "李试"}]


@pytest.mark.usefixtures("li")
async def test_a_query_by_post_is_the_same(client):
    answer = await client.post(
        "/fhir/Patient/_search", data={"name": "李试", "birthdate": "1959-04-18"}
    )
    assert answer.json()["total"] == 1


@pytest.mark.usefixtures("li")
async def test_a_query_that_does_not_fit_finds_nobody(client):
    assert await query(client, name="李试", birthdate="1959-04-19") == []
    assert await query(client, name="李试", birthdate="1959-04-18", gender="unknown")
    assert await query(client, name="李是", birthdate="1959-04-18") == []


@pytest.mark.usefixtures("li")
async def test_by_a_number_alone_one_finds_whom_ones_own_institution_delivered(client, world):
    (entry,) = await query(client, identifier=f"{HOSPITAL}|A-1")
    values = {one["value"] for one in entry["resource"]["identifier"]}
    assert values == {"A1", visits.national_id(2)}
    assert "name" not in entry["resource"]
    async with calling_from_elsewhere(world) as stranger:
        assert await query(stranger, identifier=f"{SYSTEM}|{visits.national_id(2)}") == []


@pytest.mark.parametrize(
    "text",
    [
        "birthdate=1959",
        "birthdate=ge1959-04-18&name=a",
        "name=a&name=b&birthdate=1959-04-18",
        "identifier=123456",
        "identifier=%7C123456",
        "name=a&address=b",
        "name=a&active=false&birthdate=1959-04-18",
        "name=a",
        "birthdate=1959-04-18",
        "name=a&birthdate=1959-04-18&_count=0",
        "name=a&birthdate=1959-04-18&_count=-1",
        "name=a&birthdate=1959-04-18&_count=1&_count=2",
        "name=a&birthdate=1959-04-18&_count=x",
    ],
)
@pytest.mark.usefixtures("li")
async def test_what_a_query_cannot_honour_refuses_it(client, text):
    answer = await client.get(f"/fhir/Patient?{text}")
    assert answer.status_code == 400, answer.text


@asynccontextmanager
async def calling_from_elsewhere(world):
    entry = registry.InstitutionEntry(
        "test|b", registry.InstitutionKind.TERTIARY_HOSPITAL, "乙医院"
    )
    elsewhere = await registry.register_institution(world.pool, entry)
    system = await systems.connect(world, elsewhere, "elsewhere")
    async with systems.calling(world, system) as client:
        yield client


# ── PIXm ──


async def pix(client, source, **more):
    return await client.get("/fhir/Patient/$ihe-pix", params={"sourceIdentifier": source, **more})


def found(answer):
    assert answer.status_code == 200, answer.text
    listed = answer.json().get("parameter", [])
    identifiers = {
        one["valueIdentifier"]["value"] for one in listed if one["name"] == "targetIdentifier"
    }
    return identifiers, [
        one["valueReference"]["reference"] for one in listed if one["name"] == "targetId"
    ]


async def test_cross_references_without_the_number_that_was_asked_for(client, world, li):
    identifiers, (reference,) = found(await pix(client, f"{HOSPITAL}|A-1"))
    assert identifiers == {visits.national_id(2)}
    base, _, public_id = reference.partition("/Patient/")
    assert world.keys.open_id(public_id)[0] == li
    assert found(await pix(client, f"{SYSTEM}|{visits.national_id(2)}")) == ({"A1"}, [reference])
    assert found(await pix(client, f"{base}|Patient/{public_id}")) == (
        {"A1", visits.national_id(2)},
        [],
    )
    only = await pix(client, f"{HOSPITAL}|A-1", targetSystem=SYSTEM)
    assert found(only) == ({visits.national_id(2)}, [])
    assert found(await pix(client, f"{HOSPITAL}|A-1", targetSystem="urn:x")) == (set(), [])


@pytest.mark.usefixtures("client")
async def test_who_is_not_cross_referenced_is_not_found(world, li):
    async with calling_from_elsewhere(world) as stranger:
        absent = await pix(stranger, f"{HOSPITAL}|A-2")
        others = await pix(stranger, f"{HOSPITAL}|A-1")
        national = await pix(stranger, f"{SYSTEM}|{visits.national_id(2)}")
        unknown = await pix(stranger, f"{SYSTEM}|{visits.national_id(6)}")
        our_id = world.keys.seal_id(li, li)
        by_id = await pix(stranger, f"{systems.BASE}/fhir|Patient/{our_id}")
    answers = {(one.status_code, one.text) for one in (absent, others, national, unknown, by_id)}
    assert len(answers) == 1, "what is there and not theirs answers as what is not there"
    assert absent.status_code == 404
    assert absent.json()["issue"][0]["code"] == "not-found"


@pytest.mark.usefixtures("li")
async def test_a_source_without_its_assigning_authority(client):
    for source in ("A-1", "|A-1", f"{HOSPITAL}|"):
        answer = await pix(client, source)
        assert answer.status_code == 400
        assert answer.json()["issue"][0]["code"] == "code-invalid"
    assert (await client.get("/fhir/Patient/$ihe-pix")).status_code == 400
    assert (await pix(client, f"{HOSPITAL}|A-1", other="x")).status_code == 400


async def test_numbers_that_every_institution_counts_come_back_with_their_assigner(client, world):
    outpatient = "urn:oid:2.16.156.10011.1.11"
    patient = visits.patient()
    patient["identifier"].append(
        {"system": outpatient, "value": "M-7", "assigner": {"display": "县医院"}}
    )
    await file(world, patient, "numbered")
    answer = await pix(client, f"{SYSTEM}|{visits.national_id(2)}")
    (identifier,) = [
        one["valueIdentifier"]
        for one in answer.json()["parameter"]
        if one["name"] == "targetIdentifier"
    ]
    assert (identifier["system"], identifier["value"]) == (outpatient, "M7")
    assert identifier["assigner"] == {"display": "县医院"}
    assert found(await pix(client, f"{outpatient} 县医院|M-7"))[0] == {visits.national_id(2)}


# ── trying out identities ──


@pytest.mark.usefixtures("li")
async def test_a_wrong_name_and_an_unknown_number_answer_alike_and_on_the_tick(client, monkeypatch):
    monkeypatch.setattr(guard, "TICK_SECONDS", 2.0)  # longer than a busy machine takes
    loop = asyncio.get_running_loop()
    times, answers = {}, {}
    for name, patient in {
        "wrong name": visits.patient(2, "王某某"),
        "unknown": visits.patient(8, "王某某"),
    }.items():
        started = loop.time()
        answer = await post(client, "/fhir/Patient/$match", asked(patient))
        times[name], answers[name] = loop.time() - started, answer.text
    assert answers["wrong name"] == answers["unknown"]
    assert min(times.values()) >= guard.TICK_SECONDS
    started = loop.time()
    assert (await pix(client, f"{HOSPITAL}|A-2")).status_code == 404
    assert loop.time() - started >= guard.TICK_SECONDS


@pytest.mark.usefixtures("world", "li")
async def test_whoever_tries_out_numbers_is_stopped_with_429(client, monkeypatch):
    monkeypatch.setattr(guard, "MOST_EMPTY_AN_HOUR", 20)
    statuses = Counter()
    for place in range(60):
        day = f"19{60 + place // 28:02}07{1 + place % 28:02}"
        patient = visits.patient(3)
        patient["identifier"][0]["value"] = visits.national_id(3, day)
        patient["birthDate"] = f"{day[:4]}-{day[4:6]}-{day[6:]}"
        answer = await post(client, "/fhir/Patient/$match", asked(patient))
        statuses[answer.status_code] += 1
    assert statuses == {200: 20, 429: 40}
    assert (await pix(client, f"{HOSPITAL}|A-1")).status_code == 429
    assert (await query_status(client)) == 429


async def query_status(client):
    return (
        await client.get("/fhir/Patient", params={"name": "李试", "birthdate": "1959-04-18"})
    ).status_code


# ── the feed ──


def feed(*entries, **header):
    message = {
        "resourceType": "MessageHeader",
        "id": "m1",
        "eventUri": "urn:ihe:iti:pmir:2019:patient-feed",
        "source": {"endpoint": "http://hospital-a.test"},
        **header,
    }
    history = {"resourceType": "Bundle", "type": "history", "entry": list(entries)}
    return {
        "resourceType": "Bundle",
        "type": "message",
        "entry": [{"resource": message}, {"resource": history}],
    }


def entry(patient, method="POST", **more):
    return {"resource": patient, "request": {"method": method, "url": "Patient"}, **more}


def patient(serial, number, name="李试", **more):
    own = {"system": HOSPITAL, "value": number}
    made = visits.patient(serial, name, **more)
    made["identifier"].append(own)
    return made


def without_id(number, **more):
    return {
        "resourceType": "Patient",
        "identifier": [{"system": HOSPITAL, "value": number}],
        **more,
    }


async def send(client, *entries, **header):
    answer = await post(client, "/fhir/$process-message", feed(*entries, **header))
    assert answer.status_code == 200, answer.text
    bundle = answer.json()
    assert bundle["type"] == "message"
    told = bundle["entry"][0]["resource"]["response"]
    assert told["identifier"] == "m1"
    issues = bundle["entry"][1]["resource"]["issue"] if len(bundle["entry"]) > 1 else []
    assert (told["code"] == "ok") is (issues == [])
    return [(one["details"]["coding"][0]["code"], one["expression"][0][-2]) for one in issues]


@pytest.mark.usefixtures("world")
async def test_a_feed_registers_and_changes(client, owner):
    assert await send(client, entry(patient(2, "A-1")), entry(patient(4, "A-2"))) == []
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 2
    again = patient(2, "A-1", telecom=[{"system": "phone", "value": PHONE}])
    assert await send(client, entry(again, "PUT")) == []
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 2


@pytest.mark.usefixtures("world")
async def test_what_a_feed_cannot_do_is_said_entry_by_entry_and_the_rest_is_done(client, owner):
    contradicts = patient(2, "A-9", name="另一人")
    assert await send(
        client,
        entry(patient(2, "A-1")),
        entry(patient(2, "A-1"), "DELETE"),
        entry(contradicts),
        entry({"resourceType": "Patient", "unheard": "of"}),
        entry(patient(4, "A-2", link=[{"type": "seealso", "other": {"reference": "Patient/1"}}])),
        entry(patient(6, "A-3")),
    ) == [
        ("feed-not-followed", "1"),
        ("identity-needs-review", "2"),
        ("resource-invalid", "3"),
        ("feed-not-followed", "4"),
    ]
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 2


@pytest.mark.parametrize(
    "by",
    [
        {"identifier": {"system": HOSPITAL, "value": "A-1"}},
        {"reference": "Patient/456"},
        {"reference": "urn:uuid:kept"},
        {"reference": "ours"},
    ],
)
async def test_a_merge_by_feed_merges_nobody_and_waits_for_a_registrar(client, world, owner, by):
    await send(client, entry(patient(2, "A-1")), entry(patient(4, "A-2", "王某某")))
    if by == {"reference": "ours"}:
        ours = await pix(client, f"{HOSPITAL}|A-1")
        by = {"reference": found(ours)[1][0]}
    gone = without_id("A-2", active=False, link=[{"type": "replaced-by", "other": by}])
    kept = entry(patient(2, "A-1", id="456"), "PUT", fullUrl="urn:uuid:kept")
    for _ in range(2):
        assert await send(client, entry(gone, "PUT"), kept) == []
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 2
    assert await owner.fetchval("SELECT count(*) FROM identity.merge_event") == 0
    items = await owner.fetch("SELECT kind, institution_id, reason FROM identity.review_item")
    assert [tuple(one) for one in items] == [("possible-duplicate", world.hospital, "institution")]


async def test_a_merge_of_what_is_one_already_changes_nothing(client, owner):
    await send(client, entry(patient(2, "A-1")), entry(patient(2, "A-2")))
    by = {"identifier": {"system": HOSPITAL, "value": "A-1"}}
    gone = without_id("A-2", active=False, link=[{"type": "replaced-by", "other": by}])
    assert await send(client, entry(gone, "PUT")) == []
    assert await owner.fetchval("SELECT count(*) FROM identity.review_item") == 0


async def test_malicious_merges_find_nobody_and_are_counted(client, world, owner, monkeypatch):
    """Another hospital's patients, people who are not there, ids that are none: all the same."""
    victim = await file(world, visits.patient(8, "王某某"), "victim")
    await send(client, entry(patient(2, "A-1")))
    theirs = world.keys.seal_id(victim, victim)
    async with calling_from_elsewhere(world) as stranger:
        for other in (
            {"reference": f"Patient/{theirs}"},
            {"identifier": {"system": SYSTEM, "value": visits.national_id(8)}},
            {"identifier": {"system": HOSPITAL, "value": "A-99"}},
            {"reference": "Patient/nobody"},
            {"reference": 7},
            {},
        ):
            gone = without_id("A-1", active=False, link=[{"type": "replaced-by", "other": other}])
            ((code, _),) = await send(stranger, entry(gone, "PUT"))
            assert code in {"not-found", "id-unreadable", "resource-invalid"}
    assert await owner.fetchval("SELECT count(*) FROM identity.review_item") == 0
    monkeypatch.setattr(guard, "MOST_OF_ONE_A_DAY", 2)
    by = {"reference": f"Patient/{theirs}"}
    gone = without_id("A-1", active=False, link=[{"type": "replaced-by", "other": by}])
    told = [await send(client, entry(gone, "PUT")) for _ in range(3)]
    assert told[-1] == [("too-many-attempts", "0")]


@pytest.mark.parametrize(
    "body",
    [
        {"resourceType": "Patient"},
        {"resourceType": "Bundle", "type": "message"},
        {"resourceType": "Bundle", "type": "message", "entry": [{"resource": {}}]},
        feed(entry(visits.patient()), eventUri="urn:other"),
        feed(),
        feed({"resource": {"resourceType": "Observation"}, "request": {"method": "POST"}}),
        feed({"resource": visits.patient()}),
        feed({"request": {"method": "POST"}}),
    ],
)
async def test_what_is_no_feed_is_refused_whole(client, owner, body):
    answer = await post(client, "/fhir/$process-message", body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["issue"][0]["details"]["coding"][0]["code"] == "feed-malformed"
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 0
    answer = await post(client, "/fhir/$process-message?async=true", feed(entry(visits.patient())))
    assert answer.status_code == 400


async def test_thirty_two_who_register_one_person_at_once_make_one_resident(client, owner):
    """Each by the feed, as the same patient comes from many wards; losers start over."""
    told = await asyncio.gather(*(send(client, entry(patient(2, f"A-{n}"))) for n in range(32)))
    assert told == [[]] * 32
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 1
    assert await owner.fetchval("SELECT count(*) FROM identity.identifier") == 33


async def test_what_the_engine_asks_already_an_institution_need_not_ask_again(client, owner):
    """Same name and birth date, two numbers: asked of a registrar when the second one came."""
    await send(client, entry(patient(2, "A-1")), entry(patient(4, "A-2")))
    by = {"identifier": {"system": HOSPITAL, "value": "A-1"}}
    gone = without_id("A-2", active=False, link=[{"type": "replaced-by", "other": by}])
    assert await send(client, entry(gone, "PUT")) == []
    assert await owner.fetchval("SELECT count(*) FROM identity.review_item") == 1


async def test_a_patient_that_names_its_scene_is_held_against_that_rule(client, owner):
    """As any delivery; an unknown scene is refused for that entry alone."""
    scene = {"tag": [{"system": "urn:openhealthcode:collection-scene", "code": "unheard-of"}]}
    assert await send(client, entry(patient(2, "A-1", meta=scene)), entry(patient(4, "A-2"))) == [
        ("collection-scene-unknown", "0")
    ]
    assert await owner.fetchval("SELECT count(*) FROM identity.resident") == 1


async def test_whom_another_entry_of_the_message_describes_is_told_by_it(client, owner):
    await send(client, entry(patient(2, "A-1")), entry(patient(4, "A-2", "王某某")))
    nobody = without_id(
        "A-2", active=False, link=[{"type": "replaced-by", "other": {"display": "x"}}]
    )
    assert await send(client, entry(nobody, "PUT")) == [("not-found", "0")]
    still_active = without_id(
        "A-2", active=True, link=[{"type": "replaced-by", "other": {"reference": "Patient/1"}}]
    )
    assert await send(client, entry(still_active, "PUT")) == [("feed-not-followed", "0")]
    assert await owner.fetchval("SELECT count(*) FROM identity.review_item") == 0
