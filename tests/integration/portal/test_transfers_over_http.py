"""What leaves is agreed: proposed by one, signed by another, checked at every transfer, stopped by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import portals
import systems
import visits
from openhealthcode import access, consent, registry
from openhealthcode.access.whole import Wanted
from openhealthcode.consent import ConsentKind, Manner, Terms
from openhealthcode.database import Announcements
from openhealthcode.record import KINDS
from openhealthcode.registry import agreements as agreed
from openhealthcode.registry.agreements import Channel, TransferNotAgreed
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import PurposeOfUse, RecordCategory
from openhealthcode.trust import Keys
from portals import Parts, words

C = RecordCategory


def form(**more):
    today = datetime.now(UTC).date()
    written = {
        "title": "检验结果共享协议",
        "purpose": ["TREAT"],
        "category": ["laboratory", "allergies"],
        "channel": ["read"],
        "legal_basis": "个人信息保护法第二十三条；医疗机构间共享协议",
        "impact_assessment": "PIA-2026-014，风险可接受",
        "sub_processors": "黛川云运维有限公司\n",
        "starts_on": (today - timedelta(days=1)).isoformat(),
        "ends_on": (today + timedelta(days=300)).isoformat(),
    }
    return written | more


@pytest.fixture
async def parts(pool, database, tmp_path):
    async with Announcements(database.url) as announcements:
        keys = Keys.open(tmp_path / "keys")
        yield Parts(pool, keys, announcements)
        keys.close()


@pytest.fixture
async def world(parts):
    return await visits.world(parts.pool, parts.keys)


@pytest.fixture
async def clinic(world):
    return await registry.register_institution(
        world.pool,
        registry.InstitutionEntry(
            "test|clinic", registry.InstitutionKind.TOWNSHIP_CENTRE, "青石镇卫生院"
        ),
    )


@pytest.fixture
async def system(world, clinic):
    return await systems.connect(world, clinic, "卫生院系统")


@pytest.fixture
async def resident(world, clinic):
    """Somebody who lets the clinic's systems keep everything."""
    resident = await world.resident()
    terms = Terms(
        kind=ConsentKind.STANDING,
        institution_id=clinic,
        categories=visits.EVERYTHING,
        manner=Manner.KEEP,
        days=30,
    )
    await consent.give(world.pool, world.keys, resident, terms, visits.TOLD)
    return resident


@pytest.fixture
async def supervisors(parts):
    async with portals.two_supervisors(parts) as windows:
        yield windows


def edition_of(page) -> str:
    return portals.fields(page)["id"][0]


async def signed(supervisors, party, **more) -> str:
    one, other = supervisors
    address = f"/supervision/transfers/{party}"
    page = await one.post(address, data=form(**more))
    assert page.status_code == 200, page.text
    edition = edition_of(page)
    own = await one.post(f"{address}/decide", data={"step": "sign", "id": edition})
    assert own.status_code == 409
    page = await other.post(f"{address}/decide", data={"step": "sign", "id": edition})
    assert "已签署生效" in words(page)
    return edition


async def test_a_system_reads_what_was_agreed_and_nothing_after_it_is_stopped(
    parts, world, clinic, system, resident, supervisors
):
    party = agreed.party_of_institution(clinic)
    patient = parts.keys.seal_id(resident, resident)
    async with systems.calling(world, system) as client:

        async def found(type_: str):
            return await client.get(f"/fhir/{type_}?patient={patient}")

        everything = await client.get(f"/fhir/Patient/{patient}/$everything")
        assert "高血压" in everything.text
        edition = await signed(supervisors, party)
        assert (await found("Observation")).json()["total"] == 2
        assert (await found("AllergyIntolerance")).json()["total"] == 1
        beyond = await found("Condition")
        assert (beyond.status_code, beyond.json()["total"]) == (200, 0)
        everything = await client.get(f"/fhir/Patient/{patient}/$everything")
        assert "血糖" in everything.text
        assert "高血压" not in everything.text
        one = (await found("Observation")).json()["entry"][0]["resource"]["id"]
        assert (await client.get(f"/fhir/Observation/{one}")).status_code == 200
        asker = SystemAccess(system.system_id, clinic, frozenset())
        with pytest.raises(TransferNotAgreed):
            await access.export(
                parts.pool,
                parts.keys,
                system=asker,
                patients=[patient],
                wanted=Wanted(frozenset(KINDS)),
            )
        stopped = await supervisors[0].post(
            f"/supervision/transfers/{party}/decide", data={"step": "suspend", "id": edition}
        )
        assert "已停用" in words(stopped)
        for address in (f"Observation?patient={patient}", f"Observation/{one}"):
            refused = await client.get(f"/fhir/{address}")
            assert refused.status_code == 403
            assert refused.json()["issue"][0]["details"]["coding"][0]["code"] == (
                "transfer-not-agreed"
            )
        again = await supervisors[0].post(
            f"/supervision/transfers/{party}/decide", data={"step": "suspend", "id": edition}
        )
        assert again.status_code == 409


async def test_volumes_and_last_use_are_counted(
    parts, world, clinic, system, resident, supervisors
):
    patient = parts.keys.seal_id(resident, resident)
    async with systems.calling(world, system) as client:
        for _ in range(3):
            await client.get(f"/fhir/Observation?patient={patient}")
    await agreed.count_transfers(parts.pool)
    await agreed.count_transfers(parts.pool)
    told = words(await supervisors[0].get("/supervision/transfers"))
    assert "青石镇卫生院" in told
    assert "卫生院系统" in told
    assert "没有协议" in told
    used = await agreed.volumes(parts.pool, datetime.now(UTC).date() - timedelta(days=1))
    assert used[agreed.party_of_institution(clinic), Channel.READ].times == 3


async def test_without_an_agreement_nothing_leaves_where_one_is_required(
    parts, world, clinic, system, resident, supervisors
):
    agreed.require_agreements(parts.pool, is_required=True)
    patient = parts.keys.seal_id(resident, resident)
    async with systems.calling(world, system) as client:
        refused = await client.get(f"/fhir/Observation?patient={patient}")
        assert refused.status_code == 403
        await signed(supervisors, agreed.party_of_institution(clinic))
        assert (await client.get(f"/fhir/Observation?patient={patient}")).json()["total"] == 2


@pytest.mark.usefixtures("system")
async def test_terms_and_ways_and_purposes_count(parts, clinic, supervisors):
    party, today = agreed.party_of_institution(clinic), datetime.now(UTC).date()
    asked = (PurposeOfUse.TREATMENT, Channel.READ)
    assert await agreed.agreed_categories(parts.pool, party, *asked) is None
    for wrong in (
        {"starts_on": (today + timedelta(days=2)).isoformat()},
        {
            "starts_on": (today - timedelta(days=9)).isoformat(),
            "ends_on": (today - timedelta(days=2)).isoformat(),
        },
        {"purpose": ["HPAYMT"]},
        {"channel": ["export"]},
    ):
        await signed(supervisors, party, **wrong)
        assert not await agreed.is_agreed(parts.pool, party, *asked)
    await signed(supervisors, party, category=["laboratory"])
    await signed(supervisors, party, category=["medication"])
    both = await agreed.agreed_categories(parts.pool, party, *asked)
    assert both == {C.LABORATORY, C.MEDICATION}


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"purpose": []},
        {"category": ["nothing"]},
        {"channel": []},
        {"legal_basis": " "},
        {"impact_assessment": ""},
        {"starts_on": "2026-13-01"},
        {"starts_on": "2026-01-01", "ends_on": "2026-01-01"},
        {"starts_on": "2026-01-01", "ends_on": "2036-01-01"},
    ],
)
@pytest.mark.usefixtures("system")
async def test_what_is_no_agreement_is_said(parts, clinic, supervisors, wrong):
    party = agreed.party_of_institution(clinic)
    page = await supervisors[0].post(f"/supervision/transfers/{party}", data=form(**wrong))
    assert page.status_code == 422
    assert await agreed.agreements(parts.pool) == []


async def test_a_party_is_known_by_its_systems_and_without_one_there_is_none(
    parts, clinic, supervisors
):
    party = agreed.party_of_institution(clinic)
    page = await supervisors[0].post(f"/supervision/transfers/{party}", data=form())
    assert page.status_code == 404
    assert await agreed.agreements(parts.pool) == []


@pytest.mark.usefixtures("system")
async def test_a_form_that_lacks_something_is_shown_again(parts, clinic, supervisors):
    party = agreed.party_of_institution(clinic)
    page = await supervisors[0].post(f"/supervision/transfers/{party}", data=form(channel=[]))
    assert page.status_code == 422
    assert "PIA-2026-014" in page.text
    assert await agreed.agreements(parts.pool) == []
    nowhere = await supervisors[0].get("/supervision/transfers/institution:nowhere")
    assert nowhere.status_code == 404
    none = await supervisors[0].post(
        f"/supervision/transfers/{party}/decide", data={"step": "sign", "id": "x"}
    )
    assert none.status_code == 404
