"""Signed codes at a desk with network, and what a desk without one hands in later."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from carrying_codes import Region
from openhealthcode import healthcode
from openhealthcode.database import transaction
from openhealthcode.healthcode import PresentedBy, Scan, SpentCode, UnknownHolder
from openhealthcode.healthcode.digits import CodeType
from openhealthcode.healthcode.errors import EarlyCode, ExpiredCode, LapsedCode, RevokedCode
from openhealthcode.healthcode.signed import store
from openhealthcode.standards import Scene
from openhealthcode.standards.ids import InstitutionId, PractitionerId, ResidentId, TerminalId
from openhealthcode.trust import Keys, UntrustedSignature

CHALLENGE = b"c" * 32


@pytest.fixture
def region(pool, tmp_path):
    keys = Keys.open(tmp_path / "keys")
    yield Region(pool, keys)
    keys.close()


@pytest.fixture
def resident():
    return ResidentId(uuid4())


def scan_at_a_desk() -> Scan:
    return Scan(
        PractitionerId(uuid4()), InstitutionId(uuid4()), TerminalId(uuid4()), Scene.CONSULTATION
    )


async def redeem(region, text, scan=None, challenges=()):
    return await healthcode.redeem_signed(
        region.pool,
        region.keys,
        text,
        region.trusted(),
        scan or scan_at_a_desk(),
        challenges=challenges,
    )


async def handed_in(region, text, accepted_at, scan=None):
    shown = await healthcode.examine_evidence(
        region.pool, region.keys, text, region.trusted(), accepted_at
    )
    async with transaction(region.pool, resident=shown.resident_id) as connection:
        return await healthcode.take_evidence(
            connection,
            region.keys,
            shown,
            scan or scan_at_a_desk(),
            accepted_at,
            datetime.now(UTC),
        )


async def doubles(region):
    return await healthcode.double_uses(region.pool, datetime.now(UTC))


async def test_a_code_the_phone_signed_identifies_its_resident_and_binds_to_who_scanned(
    region, resident
):
    carried, scan = await region.certificate(resident), scan_at_a_desk()
    presented = await redeem(region, carried.shown(), scan)
    assert (presented.resident_id, presented.by) == (resident, PresentedBy.OFFLINE)
    assert (presented.practitioner_id, presented.institution_id, presented.terminal_id) == (
        scan.practitioner_id,
        scan.institution_id,
        scan.terminal_id,
    )
    async with transaction(region.pool, resident=resident) as connection:
        kept = await healthcode.presentation(connection, resident, presented.presentation_id)
    assert kept == presented


async def test_of_many_who_redeem_the_same_code_exactly_one_does(region, resident):
    text = (await region.certificate(resident)).shown()
    answers = await asyncio.gather(
        *(redeem(region, text) for _ in range(12)), return_exceptions=True
    )
    assert sum(not isinstance(one, Exception) for one in answers) == 1
    assert sum(isinstance(one, SpentCode) for one in answers) == 11


async def test_a_certificate_shown_again_at_another_moment_is_spent_all_the_same(region, resident):
    carried = await region.certificate(resident)
    await redeem(region, carried.shown())
    later = carried.shown(datetime.now(UTC) + timedelta(seconds=1), counter=2)
    with pytest.raises(SpentCode):
        await redeem(region, later)


async def test_an_answer_to_this_counter_says_so_and_to_another_is_refused(region, resident):
    answer = (await region.certificate(resident)).shown(challenge=CHALLENGE)
    with pytest.raises(UntrustedSignature):
        await redeem(region, answer)
    with pytest.raises(UntrustedSignature):
        await redeem(region, answer, challenges=[b"d" * 32])
    presented = await redeem(region, answer, challenges=[b"d" * 32, CHALLENGE])
    assert presented.by is PresentedBy.COUNTER


@pytest.mark.parametrize(
    ("seconds", "refused"), [(-121, ExpiredCode), (65, EarlyCode), (-110, None), (50, None)]
)
async def test_the_phones_clock_may_be_off_by_so_much(region, resident, seconds, refused):
    text = (await region.certificate(resident)).shown(
        datetime.now(UTC) + timedelta(seconds=seconds)
    )
    if refused is None:
        assert (await redeem(region, text)).resident_id == resident
    else:
        with pytest.raises(refused):
            await redeem(region, text)


async def test_what_was_taken_back_a_moment_ago_opens_nothing_whatever_the_list_says(
    region, resident
):
    carried = await region.certificate(resident)
    async with transaction(region.pool, resident=resident) as connection:
        await store.revoke_codes(connection, resident, [CodeType.OFFLINE], datetime.now(UTC))
    with pytest.raises(RevokedCode):
        await redeem(region, carried.shown())


async def test_a_code_taken_back_between_its_examination_and_its_spending_is_not_spent(
    region, resident
):
    carried, now = await region.certificate(resident), datetime.now(UTC)
    shown = await healthcode.examine(
        region.pool, region.keys, carried.shown(), region.trusted(), now
    )
    async with transaction(region.pool, resident=resident) as connection:
        await store.revoke_codes(connection, resident, [CodeType.OFFLINE], now)
    with pytest.raises(SpentCode):
        async with transaction(region.pool, resident=resident) as connection:
            await healthcode.spend_signed(connection, region.keys, shown, scan_at_a_desk(), now)


async def test_a_genuine_code_of_nobody_known_here_is_said_to_be_that(region, resident):
    carried = await region.certificate(resident)
    stranger = Region(region.pool, region.keys)
    foreign = await stranger.certificate(resident)
    async with transaction(
        region.pool, lookup=[store.handle_key(region.keys, carried.handle)]
    ) as c:
        await c.execute(
            "DELETE FROM healthcode.signed_code WHERE handle_key = $1",
            store.handle_key(region.keys, carried.handle),
        )
    with pytest.raises(UnknownHolder):
        await redeem(region, carried.shown())
    assert (await redeem(region, foreign.shown())).resident_id == resident
    nobodys = await region.card(None, CodeType.TEMPORARY)
    with pytest.raises(UnknownHolder):
        await redeem(region, nobodys)


async def test_a_card_identifies_as_often_as_it_is_shown(region, resident):
    card = await region.card(resident)
    for _ in range(2):
        assert (await redeem(region, card)).by is PresentedBy.PRINTED
    temporary = await region.card(resident, CodeType.TEMPORARY)
    assert (await redeem(region, temporary)).by is PresentedBy.TEMPORARY
    assert await doubles(region) == []


async def test_what_a_desk_accepted_offline_becomes_a_presentation_of_that_moment(region, resident):
    shown_at = datetime.now(UTC) - timedelta(hours=5)
    carried = await region.certificate(resident, not_before=_midnight(shown_at))
    text, scan = carried.shown(shown_at), scan_at_a_desk()
    taken = await handed_in(region, text, shown_at, scan)
    assert (taken.is_new, taken.is_doubled) == (True, False)
    assert (taken.presentation.presented_at, taken.presentation.by) == (
        shown_at,
        PresentedBy.OFFLINE,
    )
    again = await handed_in(region, text, shown_at, scan)
    assert (again.is_new, again.is_doubled) == (False, False)
    assert again.presentation.resident_id == resident  # an answer may have been lost
    with pytest.raises(SpentCode):
        await redeem(region, carried.shown())


async def test_what_is_not_of_the_moment_it_was_accepted_is_refused(region, resident):
    now = datetime.now(UTC)
    carried = await region.certificate(resident)
    for accepted_at, refused in [
        (now + timedelta(seconds=121), ExpiredCode),
        (now - timedelta(seconds=90), EarlyCode),
    ]:
        with pytest.raises(refused):
            await handed_in(region, carried.shown(now), accepted_at)
    late = now + timedelta(days=11)
    with pytest.raises(LapsedCode):
        await handed_in(region, carried.shown(late), late)


async def test_a_code_accepted_at_two_desks_is_one_case_whichever_hands_in_first(
    region, resident, database
):
    now = datetime.now(UTC)
    carried = await region.certificate(resident)
    first, second = scan_at_a_desk(), scan_at_a_desk()
    text = carried.shown(now)
    assert not (await handed_in(region, text, now + timedelta(seconds=30), second)).is_doubled
    assert (await handed_in(region, text, now, first)).is_doubled
    (case,) = await doubles(region)
    assert case.first.institution_id == first.institution_id
    assert case.second.practitioner_id == second.practitioner_id
    assert case.seen_at is None
    assert (await handed_in(region, text, now, first)).is_new is False
    assert len(await doubles(region)) == 1
    supervisor = PractitionerId(uuid4())
    await healthcode.see_double_use(region.pool, case.first_key, case.second_key, supervisor, now)
    await healthcode.see_double_use(region.pool, case.first_key, case.second_key, uuid4(), now)
    (seen,) = await doubles(region)
    assert seen.seen_by == supervisor
    owner = await asyncpg.connect(database.owner_url)
    rows = await owner.fetch("SELECT row_to_json(d)::text AS row FROM healthcode.double_use d")
    await owner.close()
    assert str(resident) not in rows[0]["row"]


async def test_a_code_accepted_offline_and_redeemed_elsewhere_is_found_when_it_is_handed_in(
    region, resident
):
    text, now = (await region.certificate(resident)).shown(), datetime.now(UTC)
    online = scan_at_a_desk()
    await redeem(region, text, online)
    same_desk = await handed_in(region, text, now, online)
    assert (same_desk.is_new, same_desk.is_doubled) == (False, False)
    assert (await handed_in(region, text, now)).is_doubled
    assert len(await doubles(region)) == 1


async def test_what_was_taken_back_before_it_was_accepted_names_nobody(region, resident):
    now = datetime.now(UTC)
    carried = await region.certificate(resident)
    before = await handed_in(region, carried.shown(now), now)
    assert before.presentation is not None
    other = await region.certificate(resident)
    async with transaction(region.pool, resident=resident) as connection:
        await store.revoke_codes(connection, resident, [CodeType.OFFLINE], now)
    taken = await handed_in(region, other.shown(now), now + timedelta(seconds=10))
    assert (taken.is_new, taken.presentation) == (True, None)
    early = await region.certificate(resident)
    async with transaction(region.pool, resident=resident) as connection:
        await store.revoke_codes(connection, resident, [CodeType.OFFLINE], now)
    at = now - timedelta(seconds=10)
    assert (await handed_in(region, early.shown(at), at)).presentation is not None


async def test_a_card_accepted_twice_offline_is_two_visits_and_no_copy(region, resident):
    card, now, scan = await region.card(resident), datetime.now(UTC), scan_at_a_desk()
    for minutes in (0, 5):
        at = now - timedelta(minutes=minutes)
        assert (await handed_in(region, card, at, scan)).is_new
        assert not (await handed_in(region, card, at, scan)).is_new
    assert await doubles(region) == []


async def test_acceptances_are_forgotten_after_ninety_days(region, resident):
    text, now = (await region.certificate(resident)).shown(), datetime.now(UTC)
    await handed_in(region, text, now)
    await handed_in(region, text, now)
    await healthcode.purge_acceptances(region.pool, now + timedelta(days=80))
    assert len(await doubles(region)) == 1
    await healthcode.purge_acceptances(region.pool, now + timedelta(days=91))
    assert await doubles(region) == []
    scan = scan_at_a_desk()
    assert not (await handed_in(region, text, now, scan)).is_doubled


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
