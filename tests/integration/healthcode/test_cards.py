"""Codes on paper and codes read aloud: given out, replaced, used once, worthless afterwards."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from openhealthcode import healthcode, trust
from openhealthcode.database import transaction
from openhealthcode.healthcode import (
    ExpiredCode,
    PresentedBy,
    Scan,
    SpentCode,
    UnknownHolder,
    UnreadableCode,
)
from openhealthcode.healthcode.digits import CodeType
from openhealthcode.healthcode.errors import RevokedCode
from openhealthcode.healthcode.short import draw
from openhealthcode.healthcode.signed import printed, store
from openhealthcode.healthcode.signed.store import IssuedCode
from openhealthcode.standards import Scene
from openhealthcode.standards.ids import InstitutionId, PractitionerId, ResidentId, TerminalId
from openhealthcode.trust import Keys, NoCodeIssuer
from trusting import Nation, issuer_of, trusted_region

SCAN = Scan(
    PractitionerId(uuid4()), InstitutionId(uuid4()), TerminalId(uuid4()), Scene.CONSULTATION
)


@pytest.fixture
async def keys(pool, tmp_path):
    opened = Keys.open(tmp_path / "keys")
    await trusted_region(pool, opened)
    yield opened
    opened.close()


@pytest.fixture
def resident():
    return ResidentId(uuid4())


def now():
    return datetime.now(UTC)


async def given(pool, keys, resident, *, temporary=False, at=None):
    issue = healthcode.issue_temporary if temporary else healthcode.issue_card
    async with transaction(pool, resident=resident) as connection:
        return await issue(connection, keys, resident, at or now())


async def redeemed(pool, keys, digits):
    trusted = await trust.current(pool, keys)
    return await healthcode.redeem_signed(pool, keys, digits, trusted, SCAN)


async def standing(pool, resident, kind=CodeType.PRINTED):
    async with transaction(pool, resident=resident) as connection:
        return await healthcode.card_of(connection, resident, now(), kind)


async def record(connection, keys, resident, handle, card_version):
    """A card as it is recorded, without its digits."""
    issuer, until = keys.code_issuer(now()).key_id, now() + timedelta(days=1)
    (index,) = await store.draw_indexes(connection, issuer, 1, until)
    card = IssuedCode(
        CodeType.PRINTED, handle, resident, until, issuer, index, card_version=card_version
    )
    await store.record_codes(connection, keys, [card], now())


async def test_a_card_lasts_three_years_and_is_the_region_s(pool, keys, resident):
    card = await given(pool, keys, resident)
    read = printed.read(card.digits)
    issuer = keys.code_issuer(now())
    assert (read.origin.region, read.origin.key_id) == (issuer.region, issuer.key_id)
    assert read.card_version == card.version == 1
    in_china = (now() + timedelta(hours=8)).date()
    assert read.last_day == card.last_day == in_china + timedelta(days=healthcode.CARD_DAYS)
    found = await standing(pool, resident)
    assert healthcode.last_day_before(found.until) == card.last_day
    presented = await redeemed(pool, keys, card.digits)
    assert (presented.resident_id, presented.by) == (resident, PresentedBy.PRINTED)


async def test_only_the_newest_of_many_cards_is_worth_anything(pool, keys, resident):
    cards = [await given(pool, keys, resident) for _ in range(3)]
    assert [card.version for card in cards] == [1, 2, 3]
    for old in cards[:-1]:
        with pytest.raises(RevokedCode):
            await redeemed(pool, keys, old.digits)
    assert (await redeemed(pool, keys, cards[-1].digits)).resident_id == resident
    handles = {printed.read(card.digits).handle for card in cards}
    indexes = {printed.read(card.digits).index for card in cards}
    assert len(handles) == len(indexes) == 3


async def test_after_the_last_version_comes_the_first(pool, keys, resident):
    async with transaction(pool, resident=resident) as connection:
        await record(connection, keys, resident, bytes(16), card_version=255)
    assert (await given(pool, keys, resident)).version == 1


async def test_a_temporary_code_leaves_the_card_alone_and_the_other_way_round(pool, keys, resident):
    card = await given(pool, keys, resident)
    week = await given(pool, keys, resident, temporary=True)
    for code, by in ((card, PresentedBy.PRINTED), (week, PresentedBy.TEMPORARY)):
        assert (await redeemed(pool, keys, code.digits)).by is by
    async with transaction(pool, resident=resident) as connection:
        assert await healthcode.revoke_cards(connection, resident, now()) == 2
        assert await healthcode.revoke_cards(connection, resident, now()) == 0
    assert await standing(pool, resident) is None
    assert await standing(pool, resident, CodeType.TEMPORARY) is None


async def test_a_card_ends_with_the_belief_in_its_key(pool, tmp_path, resident):
    keys, nation = Keys.open(tmp_path / "other"), Nation.made()
    trust.admit(keys.directory, trust.Authority(trust.NATIONAL, nation.roots))
    own = keys.issuers.make()
    ends = (now() + timedelta(days=100)).replace(hour=8)  # in Beijing the afternoon
    issuer = issuer_of(keys, own, signs_until=ends, believed_until=ends)
    await trust.publish(pool, keys, nation.listing(issuer), trust.NATIONAL)
    await trust.current(pool, keys)
    card = await given(pool, keys, resident)
    assert card.last_day == (ends + timedelta(hours=8)).date() - timedelta(days=1)
    with pytest.raises(NoCodeIssuer):  # not one whole day is left
        await given(pool, keys, resident, at=ends - timedelta(minutes=1))
    keys.close()


async def short_code(pool, keys, resident, at=None):
    async with transaction(pool, resident=resident) as connection:
        return await healthcode.issue_short(connection, keys, resident, at or now())


async def spent(pool, keys, digits):
    shown = await healthcode.examine_short(pool, keys, digits, now())
    async with transaction(pool, resident=shown.resident_id) as connection:
        return await healthcode.spend_short(connection, keys, shown, SCAN, now())


async def test_a_short_code_read_aloud_is_used_once(pool, keys, resident):
    digits = await short_code(pool, keys, resident)
    assert len(digits) == 24
    spoken = f" {digits[:4]} {digits[4:12]}\n{digits[12:]}"
    presented = await spent(pool, keys, spoken)
    assert (presented.resident_id, presented.by) == (resident, PresentedBy.SHORT)
    with pytest.raises(SpentCode):
        await spent(pool, keys, digits)


async def test_of_many_who_type_one_short_code_one_is_told(pool, keys, resident):
    digits = await short_code(pool, keys, resident)
    answers = await asyncio.gather(
        *(spent(pool, keys, digits) for _ in range(32)), return_exceptions=True
    )
    assert sum(not isinstance(answer, Exception) for answer in answers) == 1
    assert all(isinstance(one, SpentCode) for one in answers if isinstance(one, Exception))


async def test_a_short_code_is_over_when_another_is_made_or_ten_minutes_pass(pool, keys, resident):
    first = await short_code(pool, keys, resident)
    await short_code(pool, keys, resident)
    with pytest.raises(RevokedCode):
        await spent(pool, keys, first)
    old = await short_code(pool, keys, resident, now() - timedelta(minutes=11))
    with pytest.raises(ExpiredCode):
        await spent(pool, keys, old)


async def test_digits_nobody_was_given_name_nobody(pool, keys, resident):
    with pytest.raises(UnknownHolder):
        await spent(pool, keys, draw())
    for text in ("", "855", "8" * 24, draw()[:-1] + "x"):
        with pytest.raises(UnreadableCode):
            await spent(pool, keys, text)
    async with transaction(pool, resident=resident) as connection:
        digits = draw()  # what is another kind's is no short code
        await record(connection, keys, resident, digits.encode(), card_version=1)
    with pytest.raises(UnknownHolder):
        await spent(pool, keys, digits)
