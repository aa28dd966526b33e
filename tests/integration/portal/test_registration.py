"""The counter's form is its rule: it asks what the rule names, takes no more, and keeps each no."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import asyncpg
import orjson
import pytest

import portals
import visits
from openhealthcode import access, audit, collection, identity
from openhealthcode.collection import RULES, SCENE, CollectionScene, Demand, RefusedByResident
from openhealthcode.database import Announcements
from openhealthcode.sign_in import Role
from openhealthcode.standards import Certificate, CertificateKind
from openhealthcode.trust import Keys
from portals import Parts, browser, words
from signing_in import employ

MARKER = "MARKED-VALUE-7Q"
RULE = RULES.rules[CollectionScene.REGISTRATION]
NUMBER = visits.national_id(4)
ANSWERS = {
    "name": "周试登",
    "sex": "female",
    "birth-date": "1959-04-18",
    "certificate": NUMBER,
    "seen": "yes",
}


@pytest.fixture
async def parts(pool, database, tmp_path):
    async with Announcements(database.url) as announcements:
        keys = Keys.open(tmp_path / "keys")
        yield Parts(pool, keys, announcements)
        keys.close()


@pytest.fixture
async def clerk(parts):
    account = await employ(parts.pool, parts.keys, Role.REGISTRAR)
    async with browser(portals.application(parts)) as window:
        await portals.sign_in_clerk(window, account)
        yield window


async def registered(parts, number=NUMBER):
    certificate = Certificate.parse(CertificateKind.NATIONAL_ID, number)
    return await identity.find(parts.pool, parts.keys, certificate)


async def own_patient(parts, resident_id):
    own = await access.own_record(parts.pool, parts.keys, resident_id)
    (entry,) = own.entries
    return orjson.loads(entry.body)


async def residents(owner_url):
    connection = await asyncpg.connect(owner_url)
    count = await connection.fetchval("SELECT count(*) FROM identity.resident")
    await connection.close()
    return count


async def test_the_form_asks_exactly_what_the_rule_names(clerk):
    page = await clerk.get("/registrar/registration")
    names = set(re.findall(r'<(?:input|select|textarea)[^>]*\bname="([^"]+)"', page.text))
    asked = names - {"refused", "seen", "back"}
    assert asked == {r.element.id for r in RULE.of_demand(Demand.REQUIRED, Demand.OPTIONAL)}
    refusable = set(re.findall(r'name="refused" value="([^"]+)"', page.text))
    assert refusable == {r.element.id for r in RULE.of_demand(Demand.OPTIONAL)}
    assert RULE.who.zh in words(page)
    assert RULE.why.zh in words(page)
    for ruled in RULE.elements.values():
        assert ruled.reason.zh in words(page)


async def test_every_scene_form_asks_no_element_that_its_rule_does_not_name():
    for rule in RULES.rules.values():
        try:
            asked = collection.fields(rule)
        except LookupError:
            continue  # this scene is no form: its elements come from examinations
        assert {r.element.id for r in asked} <= rule.elements.keys()


async def test_a_field_that_is_not_in_the_rule_is_not_looked_at(clerk, parts, owner_url):
    more = {"marital-status": MARKER, "maritalStatus": MARKER, "occupation": MARKER}
    page = await clerk.post("/registrar/registration", data=ANSWERS | more)
    assert page.url.path == "/registrar/registration/done"
    resident = await registered(parts)
    patient = await own_patient(parts, resident)
    assert set(patient) == {
        "resourceType", "id", "meta", "name", "gender", "birthDate", "identifier",
    }  # fmt: skip
    assert MARKER not in str(patient)
    assert await residents(owner_url) == 1


async def test_what_was_answered_is_filed_and_logged_under_the_rule_with_the_clerk(clerk, parts):
    more = {
        "phone": "139 1234 5678",
        "address": "黛川县幸福路 1 号",
        "contact-person": "周小试 13812345678",
        "language": "bo",
    }
    await clerk.post("/registrar/registration", data=ANSWERS | more)
    resident = await registered(parts)
    patient = await own_patient(parts, resident)
    assert patient["contact"] == [
        {
            "name": {"text": "周小试"},
            "telecom": [{"system": "phone", "value": "+8613812345678"}],
        }
    ]
    assert patient["telecom"] == [{"system": "phone", "value": "+8613912345678"}]
    line = (await access.own_log(parts.pool, parts.keys, resident))[-1]
    assert line.action == audit.Action.RESIDENT_REGISTER
    assert line.agent_kind == audit.AgentKind.PRACTITIONER
    assert line.detail["rule"] == RULE.reference
    report = await collection.over_collection(
        parts.pool, line.institution_id, datetime.now(UTC) - timedelta(days=1)
    )
    assert {each.element for each in report} == set(RULE.elements)


async def test_a_refused_element_is_not_kept_even_if_typed_and_stays_refused(clerk, parts):
    typed = {"phone": "13912345678", "refused": ["phone", "address", "name"]}
    page = await clerk.post("/registrar/registration", data=ANSWERS | typed)
    assert page.url.path == "/registrar/registration/done"
    resident = await registered(parts)
    patient = await own_patient(parts, resident)
    assert "telecom" not in patient
    assert "name" in patient
    kept = await collection.choices_of(parts.pool, resident, CollectionScene.REGISTRATION)
    assert kept == {"address": False, "phone": False}
    line = (await access.own_log(parts.pool, parts.keys, resident))[-1]
    assert line.detail["choices"] == kept
    later = visits.bundle(
        visits.patient(4, "周试登", telecom=[{"system": "phone", "value": "13912345678"}])
    ) | {"meta": {"tag": [{"system": SCENE, "code": "registration"}]}}
    world = await visits.world(parts.pool, parts.keys)
    with pytest.raises(RefusedByResident):
        await collection.file_bundle(parts.pool, parts.keys, bundle=later, source=world.source)


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [
        ({"name": " "}, "需要填写"),
        ({"certificate": MARKER}, "这一项不对"),
        ({"birth-date": MARKER}, "这一项不对"),
        ({"birth-date": "1959-04-19"}, "出生日期或性别和证件号码不一致"),
        ({"sex": "none"}, "这一项不对"),
        ({"phone": "12"}, "这一项不对"),
        ({"language": "xx"}, "有几项没填"),
        ({"contact-person": "13912345678"}, "这一项不对"),
        ({"seen": ""}, "请先看证件原件"),
    ],
)
async def test_a_mistake_is_named_at_its_field_and_nothing_is_filed(clerk, spoilt, told, owner_url):
    page = await clerk.post("/registrar/registration", data=ANSWERS | spoilt)
    assert page.status_code == 422
    assert told in words(page)
    assert await residents(owner_url) == 0


async def test_registering_twice_finds_the_first_entry_and_changes_nothing(clerk, parts, owner_url):
    await clerk.post("/registrar/registration", data=ANSWERS)
    before = await own_patient(parts, await registered(parts))
    page = await clerk.post("/registrar/registration", data=ANSWERS | {"phone": "13912345678"})
    assert page.url.path == "/registrar/registration/known"
    assert await own_patient(parts, await registered(parts)) == before
    assert await residents(owner_url) == 1


async def test_the_report_names_what_was_beyond_the_rule_to_the_institution_alone(clerk, parts):
    page = await clerk.get("/registrar/collected")
    assert "还没有写明场合的资料" in words(page)
    await clerk.post("/registrar/registration", data=ANSWERS)
    line = (await access.own_log(parts.pool, parts.keys, await registered(parts)))[-1]
    agent = audit.Agent(audit.AgentKind.SYSTEM, line.agent_id, line.institution_id)
    source = collection.Source(agent, line.institution_id)
    sent = visits.bundle(visits.patient(6, maritalStatus={"text": MARKER}))
    sent["meta"] = {"tag": [{"system": SCENE, "code": "outpatient"}]}
    with pytest.raises(collection.BeyondRule):
        await collection.file_bundle(parts.pool, parts.keys, bundle=sent, source=source)
    elsewhere = await visits.world(parts.pool, parts.keys)
    sent["entry"][0]["resource"]["photo"] = [{"title": MARKER}]
    with pytest.raises(collection.BeyondRule):
        await collection.file_bundle(parts.pool, parts.keys, bundle=sent, source=elsewhere.source)
    page = await clerk.get("/registrar/collected")
    told = words(page)
    assert "婚姻状况 超出规则门（急）诊就诊 10100000" in told
    assert "照片" not in told
    assert MARKER not in page.text


async def test_only_a_registrar_reaches_form_and_report(parts):
    async with browser(portals.application(parts)) as nobody:
        for path in ("/registrar/registration", "/registrar/collected"):
            assert (await nobody.get(path)).url.path == "/registrar/sign-in"
        page = await nobody.post("/registrar/registration", data=ANSWERS)
        assert page.url.path == "/registrar/sign-in"
    assert await registered(parts) is None


async def test_who_closed_an_account_is_asked_before_a_new_one_begins(clerk, parts):
    await clerk.post("/registrar/registration", data=ANSWERS)
    before = await registered(parts)
    await access.close_account(parts.pool, parts.keys, before)
    asked = await clerk.post("/registrar/registration", data=ANSWERS)
    assert asked.status_code == 422
    assert "注销过档案" in words(asked)
    assert await registered(parts) is None
    done = await clerk.post("/registrar/registration", data=ANSWERS | {"reopens": "yes"})
    assert done.url.path == "/registrar/registration/done"
    after = await registered(parts)
    assert after not in {None, before}


async def test_who_never_had_an_account_is_not_told_of_one(clerk):
    page = await clerk.post("/registrar/registration", data=ANSWERS | {"name": ""})
    assert "注销过档案" not in words(page)
    assert 'name="reopens"' not in page.text
