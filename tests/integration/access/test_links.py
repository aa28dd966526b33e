"""Links over a real database: what they open, for whom, how often; what is logged of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import orjson
import pytest

import visits
from openhealthcode import access, audit, collection, consent, identity
from openhealthcode.access import carried, links
from openhealthcode.access.links import LinkContent, LinkOver, LinkTerms, WrongPasscode
from openhealthcode.consent import Refusal
from openhealthcode.credential import Form, link, read
from openhealthcode.database import transaction
from openhealthcode.standards import (
    InvalidInput,
    NotFound,
    Phone,
    RecordCategory,
    TooManyAttempts,
)
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys, decrypt_file
from visits import World

SITE = "https://health.example"
DOSE = {
    "resourceType": "Immunization",
    "status": "completed",
    "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "207"}], "text": "新冠疫苗"},
    "occurrenceDateTime": "2021-03-04",
    "lotNumber": "A12",
    "protocolApplied": [{"doseNumberPositiveInt": 1, "seriesDosesPositiveInt": 2}],
}  # fmt: skip


@pytest.fixture
def keys(tmp_path):
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()


@pytest.fixture
async def world(pool, keys):
    return await visits.world(pool, keys)


@pytest.fixture
async def resident(world):
    return await world.resident(*visits.LIFE, DOSE)


def issuer(world: World) -> carried.CardIssuer:
    return carried.card_issuer(world.keys, address=SITE, name="Example", language="zh-CN")


async def share(world: World, resident: ResidentId, **terms) -> links.MadeLink:
    wanted = LinkTerms(**({"content": LinkContent.SUMMARY, "label": "给医生"} | terms))
    return await links.make_link(world.pool, world.keys, resident, wanted, site=SITE)


async def follow(world: World, text: str, *, passcode=None, recipient="张诊所", **more):
    told = link.read(text)
    return await links.open_link(
        world.pool, world.keys, told.address.rpartition("/")[2],
        recipient=recipient, passcode=passcode, issuer=issuer(world),
        is_direct=more.get("is_direct", link.DIRECT in told.flags),
    )  # fmt: skip


def content_of(text: str, opened: links.OpenedLink) -> dict:
    content, content_type = decrypt_file(link.read(text).key, opened.file)
    assert content_type == opened.content_type
    return orjson.loads(content)


async def test_a_link_opens_the_summary_of_the_moment_and_is_logged(world, resident):
    made = await share(world, resident)
    told = link.read(made.text)
    assert made.text.startswith(f"{SITE}/shl#shlink:/")
    assert (told.label, told.flags, len(told.key)) == ("给医生", frozenset(), 32)
    assert len(told.address) <= 128
    opened = await follow(world, made.text)
    document = content_of(made.text, opened)
    assert opened.content_type == "application/fhir+json"
    written = orjson.dumps(document).decode()
    assert document["type"] == "document"
    assert "青霉素" in written
    for secret in ("抑郁", visits.national_id(2), "13712345671"):
        assert secret not in written
    line = (await access.own_log(world.pool, world.keys, resident))[0]
    assert (line.action, line.agent_kind) == (audit.Action.LINK_OPEN, audit.AgentKind.LINK)
    assert line.detail["recipient"] == "张诊所"
    assert line.agent_id == made.link_id
    assert line.detail["items"]
    own = (await links.own_links(world.pool, world.keys, resident))[0]
    assert [(who, done) for _, who, done in own.opened] == [("张诊所", True)]
    assert own.text == made.text


async def test_of_the_first_opening_the_telephones_hear(world, resident):
    phone = Phone.parse("13912345678")
    async with transaction(world.pool, resident=resident) as connection:
        await identity.bind_phone(connection, world.keys, resident, phone)
    made = await share(world, resident)
    await follow(world, made.text)
    await follow(world, made.text, recipient="另一个人")
    async with transaction(world.pool, resident=resident) as connection:
        owed = await connection.fetchval("SELECT count(*) FROM access.notice")
    assert owed == 1


async def test_what_was_closed_since_is_not_in_it(world, resident):
    made = await share(world, resident, content=LinkContent.SUMMARY)
    await consent.restrict(
        world.pool,
        world.keys,
        resident,
        Refusal(categories=frozenset({RecordCategory.ALLERGIES}), institution_id=world.hospital),
    )
    document = orjson.dumps(content_of(made.text, await follow(world, made.text))).decode()
    assert "青霉素" not in document


async def test_closed_kinds_are_shared_only_when_they_were_ticked(world, resident):
    own = await access.own_record(world.pool, world.keys, resident)
    every = tuple(one.entry_id for one in own.entries if one.type != "Patient")
    for with_closed in (False, True):
        made = await share(
            world, resident, content=LinkContent.ENTRIES, entries=every, with_closed=with_closed
        )
        shared = orjson.dumps(content_of(made.text, await follow(world, made.text))).decode()
        assert ("抑郁" in shared) is with_closed
        assert "高血压" in shared


async def test_only_the_picked_entries_leave(world, resident):
    own = await access.own_record(world.pool, world.keys, resident)
    picked = next(one for one in own.entries if one.type == "AllergyIntolerance")
    made = await share(world, resident, content=LinkContent.ENTRIES, entries=(picked.entry_id,))
    bundle = content_of(made.text, await follow(world, made.text))
    kinds = sorted(one["resource"]["resourceType"] for one in bundle["entry"])
    assert kinds == ["AllergyIntolerance", "Patient"]
    patient = next(
        o["resource"] for o in bundle["entry"] if o["resource"]["resourceType"] == "Patient"
    )
    assert set(patient) <= {"resourceType", "id", "name", "gender", "birthDate"}


async def test_a_link_grows_only_if_it_was_made_to(world, resident):
    fixed = await share(world, resident)
    growing = await share(world, resident, is_long_term=True)
    assert link.read(growing.text).flags == {"L"}
    await visits_file(world, visits.allergy("花生"))
    for made, has_it in ((fixed, False), (growing, True)):
        document = orjson.dumps(content_of(made.text, await follow(world, made.text))).decode()
        assert ("花生" in document) is has_it


async def visits_file(world: World, resource: dict) -> None:
    sent = visits.bundle(visits.patient(2), resource, key="later")
    await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)


async def test_vaccinations_leave_as_a_signed_card(world, resident):
    made = await share(world, resident, content=LinkContent.VACCINATIONS, is_direct=True)
    assert link.read(made.text).flags == {"U"}
    opened = await follow(world, made.text)
    assert opened.content_type == "application/smart-health-card"
    jws = content_of(made.text, opened)["verifiableCredential"][0]
    issuers = await carried.own_issuers(world.pool, world.keys, address=SITE, name="Example")
    now = (await links.own_links(world.pool, world.keys, resident))[0].made_at + timedelta(
        minutes=1
    )
    found = read(jws, issuers, now)
    assert found.statement.doses[0].vaccine.code == "207"
    assert found.statement.person.name == "李试"
    items = (await access.own_log(world.pool, world.keys, resident))[1].detail["items"]
    shown = await access.own_record(world.pool, world.keys, resident)
    kinds = {one.entry_id: one.type for one in shown.entries}
    assert sorted(kinds[UUID(bytes=item[0])] for item in items) == ["Immunization", "Patient"]


async def test_a_link_opens_only_in_the_way_it_was_made(world, resident):
    direct = await share(world, resident, is_direct=True)
    listed = await share(world, resident)
    with pytest.raises(LinkOver):
        await follow(world, direct.text, is_direct=False)
    with pytest.raises(LinkOver):
        await follow(world, listed.text, is_direct=True)


async def test_a_passcode_is_counted_over_the_life_of_the_link(world, resident):
    made = await share(world, resident, passcode="246810")
    assert link.read(made.text).flags == {"P"}
    for left in range(links.MOST_WRONG - 1, 0, -1):
        with pytest.raises(WrongPasscode) as wrong:
            await follow(world, made.text, passcode="000000")
        assert wrong.value.left == left
        if left == 5:
            assert await follow(world, made.text, passcode="246810")
    with pytest.raises(WrongPasscode) as wrong:
        await follow(world, made.text, passcode=None)
    assert wrong.value.left == 0
    with pytest.raises(LinkOver):
        await follow(world, made.text, passcode="246810")
    own = (await links.own_links(world.pool, world.keys, resident))[0]
    assert own.attempts_left == 0
    assert [done for _, _, done in own.opened].count(False) == links.MOST_WRONG
    assert [done for _, _, done in own.opened].count(True) == 1


async def test_of_forty_guesses_side_by_side_exactly_ten_are_looked_at(world, resident):
    made = await share(world, resident, passcode="246810")

    async def guess(number: int) -> object:
        try:
            return await follow(world, made.text, passcode=f"{number:06}")
        except (WrongPasscode, LinkOver) as refused:
            return refused

    answers = await asyncio.gather(*(guess(number) for number in range(40)))
    wrong = [one for one in answers if isinstance(one, WrongPasscode)]
    assert sorted(one.left for one in wrong) == list(range(links.MOST_WRONG))
    assert sum(isinstance(one, LinkOver) for one in answers) == 40 - links.MOST_WRONG
    with pytest.raises(LinkOver):
        await follow(world, made.text, passcode="246810")


async def test_a_revoked_or_ended_link_opens_nothing(world, resident):
    made = await share(world, resident)
    await links.revoke_link(world.pool, world.keys, resident, made.link_id)
    with pytest.raises(LinkOver):
        await follow(world, made.text)
    with pytest.raises(NotFound):
        await links.revoke_link(world.pool, world.keys, resident, made.link_id)
    other = await world.resident(serial=3)
    theirs = await share(world, other)
    with pytest.raises(NotFound):
        await links.revoke_link(world.pool, world.keys, resident, theirs.link_id)
    await access.close_account(world.pool, world.keys, other)
    with pytest.raises(LinkOver):
        await follow(world, theirs.text)


async def test_a_file_is_fetched_once(world, resident):
    made = await share(world, resident)
    opened = await follow(world, made.text)
    name = await links.keep_file(world.pool, opened.file)
    assert await links.link_file(world.pool, name) == opened.file.encode()
    for secret in (name, "nothing"):
        with pytest.raises(LinkOver):
            await links.link_file(world.pool, secret)
    await links.purge_links(world.pool)
    assert await follow(world, made.text)


@pytest.mark.parametrize(
    "terms",
    [
        {"days": 0}, {"days": 367}, {"label": "x" * 81}, {"passcode": "12345"}, {"passcode": "x" * 65},
        {"passcode": "123456", "is_direct": True}, {"content": LinkContent.ENTRIES},
        {"entries": (UUID(int=1),)},
        {"content": LinkContent.ENTRIES, "entries": (UUID(int=1),), "is_long_term": True},
        {"content": LinkContent.ENTRIES, "entries": (UUID(int=1),) * 201},
    ],
)  # fmt: skip
async def test_terms_no_link_can_have(world, resident, terms):
    with pytest.raises(InvalidInput):
        await share(world, resident, **terms)


@pytest.mark.parametrize("recipient", ["", "   ", "x" * 81, "a\u202eb"])
async def test_whoever_opens_a_link_says_who_they_are(world, resident, recipient):
    made = await share(world, resident)
    with pytest.raises(InvalidInput):
        await follow(world, made.text, recipient=recipient)


async def test_only_so_many_links_at_a_time(world, resident):
    for _ in range(links.MOST_LINKS):
        made = await share(world, resident)
    with pytest.raises(TooManyAttempts):
        await share(world, resident)
    await links.revoke_link(world.pool, world.keys, resident, made.link_id)
    assert await share(world, resident)


async def test_neither_address_nor_key_is_in_the_database_in_clear(world, resident):
    made = await share(world, resident, passcode="246810-13579")
    told = link.read(made.text)
    async with transaction(world.pool, resident=resident) as connection:
        rows = await connection.fetch("SELECT * FROM access.link")
    everything = b"".join(
        value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row
    )
    for secret in (
        told.key,
        told.address.rpartition("/")[2].encode(),
        b"246810-13579",
        "给医生".encode(),
    ):
        assert secret not in everything


async def test_cards_are_made_listed_and_revoked(world, resident):
    for form in Form:
        made = await carried.make_card(world.pool, world.keys, resident, form, issuer(world))
        issuers = await carried.own_issuers(world.pool, world.keys, address=SITE, name="Example")
        now = (await carried.own_cards(world.pool, resident))[0].made_at + timedelta(seconds=1)
        found = read(made.issued.text, issuers, now)
        assert [dose.lot for dose in found.statement.doses] == ["A12"]
        line = (await access.own_log(world.pool, world.keys, resident))[0]
        assert (line.number, line.action) == (made.number, audit.Action.HEALTH_CARD_MAKE)
        emergency = await carried.make_emergency_card(
            world.pool, world.keys, resident, form, issuer(world)
        )
        found = read(emergency.issued.text, issuers, now + timedelta(minutes=1))
        assert found.statement.emergency.allergies[0].what.text == "青霉素"
        assert "抑郁" not in str(found.statement.emergency)
    own = await carried.own_cards(world.pool, resident)
    assert [(one.content, one.form) for one in own][::-1] == [
        ("vaccinations", "shc"), ("emergency", "shc"), ("vaccinations", "hc1"), ("emergency", "hc1"),
    ]  # fmt: skip


async def test_a_revoked_card_is_on_the_public_list(world, resident):
    made = await carried.make_card(
        world.pool, world.keys, resident, Form.HEALTH_CARD, issuer(world)
    )
    issuers = await carried.own_issuers(world.pool, world.keys, address=SITE, name="Example")
    now = (await carried.own_cards(world.pool, resident))[0].made_at + timedelta(seconds=1)
    rid = read(made.issued.text, issuers, now).rid
    assert await carried.revoked_cards(world.pool) == []
    await carried.revoke_card(world.pool, world.keys, resident, made.card_id)
    assert await carried.revoked_cards(world.pool) == [rid]
    issuers = await carried.own_issuers(world.pool, world.keys, address=SITE, name="Example")
    with pytest.raises(Exception, match="took this health card back"):
        read(made.issued.text, issuers, now)
    with pytest.raises(NotFound):
        await carried.revoke_card(world.pool, world.keys, resident, made.card_id)


async def test_closing_the_account_revokes_cards(world, resident):
    await carried.make_card(world.pool, world.keys, resident, Form.HEALTH_CARD, issuer(world))
    await access.close_account(world.pool, world.keys, resident)
    assert len(await carried.revoked_cards(world.pool)) == 1


async def test_no_card_of_vaccinations_without_one(world):
    bare = await world.resident()
    with pytest.raises(NotFound):
        await carried.make_card(world.pool, world.keys, bare, Form.CERTIFICATE, issuer(world))
