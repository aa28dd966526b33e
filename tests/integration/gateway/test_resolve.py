"""One code for care, settlement and payment, answered by outside services that really run."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

import visits
from carrying_codes import Region
from cash_desk import BOTH, Terminal, kept_by
from clinic_desk import Phone
from openhealthcode import access, consent, healthcode, registry
from openhealthcode.access import lookups, uses
from openhealthcode.access.uses import BeyondRole, NotGiven, Wanted
from openhealthcode.consent import TriageTooLow
from openhealthcode.database import transaction
from openhealthcode.healthcode import (
    ExpiredCode,
    ForeignCode,
    ForeignKind,
    SpentCode,
    UnreadableCode,
    national_card,
)
from openhealthcode.healthcode.signed import Capability, Purpose, offline
from openhealthcode.standards import CodeUse, InvalidInput, NotFound
from openhealthcode.standards.ids import PartnerId
from registering import AMMIE, register
from signing_in import Phones

TREAT, SETTLE, PAY, EMERGENCY = CodeUse.TREAT, CodeUse.SETTLE, CodeUse.PAY, CodeUse.EMERGENCY


@pytest.fixture
async def li(world):
    return await Phone.of(world, await world.resident(serial=2))


async def switch_on(market, phone, partner, number=""):
    await uses.switch_on(
        market.pool,
        market.keys,
        market.partners,
        phone.resident,
        partner.partner_id,
        number=number,
    )


async def switch_both(market, phone):
    opened = await market.account()
    await switch_on(market, phone, market.insurer)
    await switch_on(market, phone, market.payment, opened["number"])
    return opened


async def resolve(market, terminal, code, *asked, wanted=None, phones=None):
    return await uses.resolve(
        market.pool,
        market.keys,
        phones or Phones(),
        market.partners,
        await terminal.proven(),
        code=code,
        uses=asked,
        wanted=wanted,
    )


async def events(market, resident, action="code.use"):
    lines = await access.own_log(market.pool, market.keys, resident)
    return [one for one in lines if one.action == action]


async def test_one_code_settles_and_pays_and_is_spent_by_that(market, li):
    await switch_both(market, li)
    till = await Terminal.certified(market.world, SETTLE, PAY)
    code = li.code()
    found = await resolve(market, till, code, SETTLE, PAY)
    assert found.not_given == {}
    assert found.treat is None
    assert found.emergency is None
    token, barcode = found.tokens[SETTLE].values["ecToken"], found.tokens[PAY].values["auth_code"]
    org = str(market.world.hospital)
    settled = await market.settle(org, token, 8650)
    assert settled.json() | {"settleNo": ""} == {"settleNo": "", "fundPay": 6055, "selfPay": 2595}
    paid = await market.charge(org, barcode, 2595)
    assert paid.json()["trade_state"] == "SUCCESS"
    with pytest.raises(SpentCode):
        await resolve(market, till, code, SETTLE)
    (line,) = await events(market, li.resident)
    assert line.detail["uses"] == ["pay", "settle"]
    assert line.purpose == "HPAYMT"
    told = await uses.own_uses(market.pool, market.keys, li.resident)
    assert [(one.uses, one.institution) for one in told] == [(BOTH, "黛川县人民医院")]


async def test_a_token_is_good_once_and_at_its_institution_alone(market, li):
    await switch_both(market, li)
    till = await Terminal.certified(market.world, SETTLE, PAY)
    found = await resolve(market, till, li.code(), SETTLE, PAY)
    org = str(market.world.hospital)
    token, barcode = found.tokens[SETTLE].values["ecToken"], found.tokens[PAY].values["auth_code"]
    assert (await market.settle("another", token, 100)).status_code == 422
    assert (await market.charge("another", barcode, 100)).status_code == 400
    assert (await market.settle(org, token, 100)).status_code == 200
    assert (await market.settle(org, token, 100)).status_code == 422
    assert (await market.charge(org, barcode, 100)).status_code == 200
    assert (await market.charge(org, barcode, 100)).status_code == 400


async def test_a_treating_terminal_gets_a_request_and_a_name_of_its_own(market, li):
    room = await Terminal.certified(market.world, TREAT)
    first = await resolve(market, room, li.code(), TREAT)
    second = await resolve(market, room, li.code(), TREAT)
    assert first.treat.pseudonym == second.treat.pseudonym
    asked = await consent.requests_waiting(market.pool, market.keys, li.resident)
    assert len(asked) == 2
    assert market.keys.open_id(first.treat.request)[1] in {one.request_id for one in asked}
    assert first.treat.expires_at > datetime.now(UTC) + timedelta(minutes=14)
    other = await registry.register_institution(
        market.pool,
        registry.InstitutionEntry("test|other", registry.InstitutionKind.CLINIC, "李家诊所"),
    )
    assert first.treat.pseudonym != market.keys.pairwise(f"institution {other}", li.resident)


async def test_all_three_at_once(market, li):
    await switch_both(market, li)
    desk = await Terminal.certified(market.world, TREAT, SETTLE, PAY)
    found = await resolve(market, desk, li.code(), TREAT, SETTLE, PAY)
    assert found.treat is not None
    assert set(found.tokens) == BOTH
    (line,) = await events(market, li.resident)
    assert line.detail["uses"] == ["pay", "settle", "treat"]
    assert line.purpose == "TREAT"


async def test_what_is_not_switched_on_is_not_given(market, li):
    await switch_on(market, li, market.insurer)
    till = await Terminal.certified(market.world, SETTLE, PAY)
    found = await resolve(market, till, li.code(), SETTLE, PAY)
    assert set(found.tokens) == {SETTLE}
    assert found.not_given == {PAY: NotGiven.NOT_SWITCHED_ON}
    (line,) = await events(market, li.resident)
    assert (line.detail["uses"], line.detail["not-given"]) == (
        ["settle"],
        {"pay": "not-switched-on"},
    )
    assert (await uses.own_uses(market.pool, market.keys, li.resident))[0].not_given == {PAY}


async def test_a_payment_terminal_that_asks_for_care_is_refused_and_alarmed(market, li):
    machine = await Terminal.certified(market.world, PAY)
    code = li.code()
    for _ in range(2):
        with pytest.raises(BeyondRole):
            await resolve(market, machine, code, TREAT, PAY)
    (alarm,) = await lookups.alarms(market.pool)
    assert (alarm.kind, alarm.caller_id, alarm.times) == (
        lookups.AlarmKind.BEYOND_ROLE,
        machine.terminal_id,
        2,
    )
    lines = await events(market, li.resident)
    assert [one.outcome for one in lines] == ["refused", "refused"]
    assert (await uses.own_uses(market.pool, market.keys, li.resident))[0].is_refused
    assert await consent.requests_waiting(market.pool, market.keys, li.resident) == []
    room = await Terminal.certified(market.world, TREAT)
    assert (await resolve(market, room, code, TREAT)).treat is not None  # was not spent


async def test_a_terminal_beyond_its_role_is_alarmed_whatever_it_scanned(market):
    machine = await Terminal.certified(market.world, PAY)
    with pytest.raises(BeyondRole):
        await resolve(market, machine, "nothing of the kind", EMERGENCY)
    assert len(await lookups.alarms(market.pool)) == 1


async def test_emergency_is_the_override_with_its_reason(market, li):
    ward = await Terminal.certified(market.world, EMERGENCY)
    wanted = Wanted(triage_level=1, reason="昏迷，路边发现，无人陪同")
    found = await resolve(market, ward, li.code(), EMERGENCY, wanted=wanted)
    resident, consent_id = market.keys.open_id(found.emergency.consent)
    assert resident == li.resident
    given = await consent.consents(market.pool, market.keys, li.resident)
    assert consent_id in {one.consent_id for one in given}
    assert found.emergency.pseudonym
    with pytest.raises(TriageTooLow):
        await resolve(market, ward, li.code(), EMERGENCY, wanted=replace(wanted, triage_level=5))


async def test_the_insurers_own_voucher_is_forwarded_where_it_settles_and_nowhere_else(market):
    till = await Terminal.certified(market.world, *CodeUse)
    voucher = await market.voucher(visits.national_id(2), "李试")
    with pytest.raises(ForeignCode) as refused:
        await resolve(market, till, voucher, TREAT)
    assert refused.value.kind is ForeignKind.INSURANCE_VOUCHER
    with pytest.raises(ForeignCode):
        await resolve(market, till, voucher, SETTLE, PAY)
    found = await resolve(market, till, voucher, SETTLE)
    assert found.tokens[SETTLE].was_forwarded
    assert set(found.tokens[SETTLE].values) == {"ecToken", "insuOrg", "ecIndexNo"}
    again = await resolve(market, till, voucher, SETTLE)
    assert again.not_given == {SETTLE: NotGiven.PARTNER_REFUSED}


async def test_a_payment_code_is_forwarded_where_it_pays_and_nowhere_else(market):
    till = await Terminal.certified(market.world, *CodeUse)
    code = (await market.account())["code"]
    found = await resolve(market, till, code, PAY)
    assert found.tokens[PAY].values == {"auth_code": code}
    assert (await market.charge("any", code, 500)).status_code == 200
    with pytest.raises(ForeignCode) as refused:
        await resolve(market, till, code, SETTLE)
    assert refused.value.kind is ForeignKind.WECHAT_PAYMENT


async def test_nobody_forwards_where_nobody_joined(market):
    till = await Terminal.certified(market.world, *CodeUse)
    for partner in (market.payment, market.switching):
        await registry.suspend_partner(market.pool, partner.partner_id)
    with pytest.raises(ForeignCode):
        await resolve(market, till, "130000000000000000", PAY)


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        ("880102195904180021", UnreadableCode),
        ("88010219590418002X", ForeignCode),
        ("f" * 64 + ":1", national_card.UnknownCard),
        ("https://example.org", ForeignCode),
        ("", UnreadableCode),
    ],
)
async def test_whatever_else_is_scanned_is_refused_with_its_reason(market, code, refused):
    desk = await Terminal.certified(market.world, *CodeUse)
    with pytest.raises(refused):
        await resolve(market, desk, code, *BOTH)


@pytest.mark.parametrize(
    ("shown_for", "may", "given"),
    [
        (Purpose.TREAT, Capability.IDENTIFY | Capability.SETTLE | Capability.PAY, {TREAT}),
        (Purpose.TREAT | Purpose.SETTLE, Capability.IDENTIFY | Capability.SETTLE, {TREAT, SETTLE}),
        (Purpose.SETTLE | Purpose.PAY, Capability.IDENTIFY | Capability.SETTLE, {SETTLE}),
        (Purpose.SETTLE | Purpose.PAY, Capability.IDENTIFY | Capability.PAY, {PAY}),
    ],
)
async def test_a_code_without_network_is_good_for_what_it_was_shown_for(
    market, li, shown_for, may, given
):
    await switch_both(market, li)
    region = await Region.published(market.pool, market.keys)
    carried = await region.certificate(li.resident, capabilities=may)
    code = offline.show(
        carried.signer, carried.certificate, datetime.now(UTC), shown_for, counter=1
    )
    desk = await Terminal.certified(market.world, *CodeUse)
    found = await resolve(market, desk, code, TREAT, SETTLE, PAY)
    assert {TREAT} & given == ({TREAT} if found.treat else set())
    assert set(found.tokens) == given - {TREAT}
    assert found.not_given == dict.fromkeys({TREAT, SETTLE, PAY} - given, NotGiven.NOT_IN_CODE)
    with pytest.raises(SpentCode):
        await resolve(market, desk, code, TREAT)


async def test_a_card_or_a_short_code_says_who_and_pays_nothing(market, li):
    await switch_both(market, li)
    region = await Region.published(market.pool, market.keys)
    desk = await Terminal.certified(market.world, *CodeUse)
    async with transaction(market.pool, resident=li.resident) as connection:
        spoken = await healthcode.issue_short(
            connection, market.keys, li.resident, datetime.now(UTC)
        )
    for code in (await region.card(li.resident), spoken):
        found = await resolve(market, desk, code, TREAT, SETTLE, PAY)
        assert found.treat
        assert found.not_given == dict.fromkeys(BOTH, NotGiven.NOT_IN_CODE)
    with pytest.raises(SpentCode):
        await resolve(market, desk, spoken, TREAT)


async def test_a_card_in_the_pocket_of_somebody_unconscious_opens_the_override(market, li):
    region = await Region.published(market.pool, market.keys)
    ward = await Terminal.certified(market.world, EMERGENCY)
    wanted = Wanted(triage_level=1, reason="昏迷，口袋里有健康码卡")
    found = await resolve(market, ward, await region.card(li.resident), EMERGENCY, wanted=wanted)
    assert found.emergency


async def test_an_old_code_and_a_question_without_a_use_are_refused(market, li):
    desk = await Terminal.certified(market.world, *CodeUse)
    with pytest.raises(ExpiredCode):
        await resolve(market, desk, li.code(datetime.now(UTC) - timedelta(minutes=2)), PAY)
    with pytest.raises(InvalidInput):
        await resolve(market, desk, li.code())


async def test_many_terminals_at_once_and_one_is_answered(market, li):
    desk = await Terminal.certified(market.world, TREAT)
    code = li.code()
    answers = await asyncio.gather(
        *(resolve(market, desk, code, TREAT) for _ in range(8)), return_exceptions=True
    )
    assert sum(isinstance(one, uses.Resolved) for one in answers) == 1
    assert sum(isinstance(one, SpentCode) for one in answers) == 7


async def test_switching_off_ends_it_and_on_again_is_somebody_new(market, li):
    await switch_both(market, li)
    before = market.said_by("insurer")
    is_told = await uses.switch_off(
        market.pool, market.keys, market.partners, li.resident, market.insurer.partner_id
    )
    assert is_told
    till = await Terminal.certified(market.world, SETTLE)
    found = await resolve(market, till, li.code(), SETTLE)
    assert found.not_given == {SETTLE: NotGiven.NOT_SWITCHED_ON}
    assert await uses.switch_off(
        market.pool, market.keys, market.partners, li.resident, market.insurer.partner_id
    )
    await switch_on(market, li, market.insurer)
    await switch_on(market, li, market.insurer)  # again changes nothing
    assert (await resolve(market, till, li.code(), SETTLE)).tokens
    assert market.said_by("insurer") != before
    on = [one.partner.partner_id for one in await switched(market, li) if one.is_on]
    assert on == [market.insurer.partner_id, market.payment.partner_id]
    lines = await access.own_log(market.pool, market.keys, li.resident)
    told = [one.action for one in lines if one.action.startswith("use.")]
    assert told == ["use.switch-on", "use.switch-off", "use.switch-on", "use.switch-on"]


async def switched(market, phone):
    return await uses.switches(market.pool, market.keys, phone.resident)


async def test_a_partner_that_says_no_is_not_switched_on(market, li):
    with pytest.raises(uses.PartnerRefused):
        await switch_on(market, li, market.payment, "00000000")
    assert not any(one.is_on for one in await switched(market, li))
    lines = await access.own_log(market.pool, market.keys, li.resident)
    assert [one.action for one in lines[:2]] == ["use.switch-off", "use.switch-on"]


async def test_a_partner_out_of_reach_changes_nothing_but_the_answer(market, li):
    await switch_both(market, li)
    entry = registry.PartnerEntry(
        "demonstration|insurer",
        SETTLE,
        registry.Joining.FUSION,
        "黛川县医疗保障局",
        "",
        "http://127.0.0.1:9",
        market.insurer.public_key,
    )
    await registry.register_partner(market.pool, entry)
    till = await Terminal.certified(market.world, SETTLE, PAY)
    found = await resolve(market, till, li.code(), SETTLE, PAY)
    assert set(found.tokens) == {PAY}
    assert found.not_given == {SETTLE: NotGiven.PARTNER_UNAVAILABLE}
    is_told = await uses.switch_off(
        market.pool, market.keys, market.partners, li.resident, market.insurer.partner_id
    )
    assert not is_told
    assert not any(one.is_on for one in await switched(market, li) if one.partner.use is SETTLE)


async def test_whoever_answers_in_a_partners_name_is_not_believed(market, li):
    await switch_both(market, li)
    entry = registry.PartnerEntry(
        "demonstration|insurer",
        SETTLE,
        registry.Joining.FUSION,
        "黛川县医疗保障局",
        "",
        market.insurer.address,
        market.payment.public_key,
    )
    await registry.register_partner(market.pool, entry)
    till = await Terminal.certified(market.world, SETTLE)
    found = await resolve(market, till, li.code(), SETTLE)
    assert found.not_given == {SETTLE: NotGiven.PARTNER_UNAVAILABLE}


@pytest.mark.parametrize(
    ("name", "number"),
    [("insurer", "12345678"), ("payment", ""), ("switching", ""), ("payment", "9" * 65)],
)
async def test_each_partner_is_switched_on_in_its_own_way(market, li, name, number):
    with pytest.raises(InvalidInput):
        await switch_on(market, li, getattr(market, name), number)


async def test_an_insurer_cannot_be_told_of_somebody_without_an_id_number(market):
    _, resident, _ = await register(market.pool, market.keys, AMMIE)
    ammie = await Phone.of(market.world, resident)
    with pytest.raises(uses.PartnerRefused):
        await switch_on(market, ammie, market.insurer)
    lines = await access.own_log(market.pool, market.keys, resident)
    assert not [one for one in lines if one.action.startswith("use.")]
    number = (await market.account())["number"]
    await switch_on(market, ammie, market.payment, number)  # which is not told anyway


async def test_a_partner_nobody_knows_cannot_be_switched(market, li):
    nobody = replace(market.insurer, partner_id=PartnerId(market.world.hospital))
    with pytest.raises(NotFound):
        await switch_on(market, li, nobody)


async def test_the_tokens_of_insurer_payment_and_clinic_cannot_be_joined(market, li):
    opened = await switch_both(market, li)
    desk = await Terminal.certified(market.world, TREAT, SETTLE, PAY)
    found = await resolve(market, desk, li.code(), TREAT, SETTLE, PAY)
    org = str(market.world.hospital)
    tokens = {
        found.treat.pseudonym,
        found.tokens[SETTLE].values["ecToken"],
        found.tokens[PAY].values["auth_code"],
    }
    await market.settle(org, found.tokens[SETTLE].values["ecToken"], 100)
    await market.charge(org, found.tokens[PAY].values["auth_code"], 30)
    async with transaction(market.pool, resident=li.resident) as connection:
        rows = await connection.fetch("SELECT * FROM access.binding")
    subjects = {
        market.keys.pairwise(f"partner {row['partner_id']}", li.resident, row["salt"])
        for row in rows
    }
    assert len(tokens | subjects) == 5
    insurer, payment = market.said_by("insurer"), market.said_by("payment")
    for subject in subjects:
        assert (subject.encode() in insurer) + (subject.encode() in payment) == 1
    told_to_desk = json.dumps(
        [found.treat.pseudonym, [dict(one.values) for one in found.tokens.values()]]
    )
    for secret in (*subjects, opened["account"], visits.national_id(2), "李试"):
        assert secret not in told_to_desk
    for secret in (found.treat.pseudonym, opened["account"], "青霉素", "门诊费用", "王敏"):
        assert secret.encode() not in insurer
    # As a value of its own: in what the insurer draws the number stands by chance.
    assert "0217" not in {
        one for values in kept_by(market.services, "insurer").values() for one in values
    }
    for secret in (visits.national_id(2), "李试", found.treat.pseudonym, "青霉素", "王敏"):
        assert secret.encode() not in payment


async def test_no_token_is_kept_here(market, li, database):
    await switch_both(market, li)
    desk = await Terminal.certified(market.world, SETTLE, PAY)
    found = await resolve(market, desk, li.code(), SETTLE, PAY)
    kept = await everything(database)
    for one in found.tokens.values():
        for value in (one.values.get("ecToken"), one.values.get("auth_code")):
            assert value is None or (value.encode().hex() not in kept and value not in kept)
    assert str(market.insurer.partner_id) in kept  # else this would find nothing at all


async def everything(database) -> str:
    """All rows of all tables, as their owner sees them."""
    owner = await asyncpg.connect(database.owner_url)
    try:
        tables = await owner.fetch(
            "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        await owner.execute("SET row_security = off")
        texts = [await owner.fetch(f"SELECT t::text AS row FROM {one['name']} t") for one in tables]
    finally:
        await owner.close()
    return "\n".join(row["row"] for rows in texts for row in rows)


async def test_a_closed_account_leaves_no_name_behind(market, li):
    await switch_both(market, li)
    await access.close_account(market.pool, market.keys, li.resident)
    async with transaction(market.pool, resident=li.resident) as connection:
        assert await connection.fetch("SELECT * FROM access.binding") == []


async def test_a_national_card_says_whom_to_ask_and_pays_nothing(market, li):
    await switch_both(market, li)
    await access.link_national_card(market.pool, market.keys, li.resident)
    desk = await Terminal.certified(market.world, TREAT, SETTLE, PAY, EMERGENCY)
    for form in national_card.CardForm:
        shown = await access.show_national_card(market.pool, market.keys, li.resident, form)
        found = await resolve(market, desk, shown.text, TREAT, SETTLE, PAY, EMERGENCY)
        assert found.treat is not None
        assert found.emergency is None
        assert found.tokens == {}
        assert found.not_given == dict.fromkeys((SETTLE, PAY, EMERGENCY), NotGiven.NOT_IN_CODE)
    asked = await consent.requests_waiting(market.pool, market.keys, li.resident)
    assert len(asked) == 3
    assert not await consent.consents(market.pool, market.keys, li.resident)


async def test_a_spliced_national_card_asks_nobody(market, li):
    zhou = await market.world.resident(serial=4)
    codes = []
    for resident in (li.resident, zhou):
        await access.link_national_card(market.pool, market.keys, resident)
        form = national_card.CardForm.DYNAMIC
        shown = await access.show_national_card(market.pool, market.keys, resident, form)
        codes.append(shown.text)
    room = await Terminal.certified(market.world, TREAT)
    with pytest.raises(national_card.SplicedCode):
        await resolve(market, room, codes[0][:64] + codes[1][64:], TREAT)
    assert not await consent.requests_waiting(market.pool, market.keys, li.resident)
    (told,) = await events(market, li.resident, "resident.identify")
    assert (told.outcome, told.detail["spliced"]) == ("refused", True)
    assert [one.kind for one in await lookups.alarms(market.pool)] == [lookups.AlarmKind.SPLICED]
