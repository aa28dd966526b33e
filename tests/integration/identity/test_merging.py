"""Merging and separating entries: what it means for record, consent and log."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

import merged
import visits
from merged import Index
from openhealthcode import access, audit, collection, consent, identity, representation
from openhealthcode.access import remembered
from openhealthcode.audit import Action, Sequencer, UnknownChain
from openhealthcode.consent import ConsentKind, NothingToWithdraw, Refusal, Terms
from openhealthcode.database import Pool, transaction
from openhealthcode.identity.linking import (
    AlreadyOnePerson,
    KnownApart,
    NotMerged,
    RelationKind,
    Suggestion,
)
from openhealthcode.record import read_search
from openhealthcode.representation import Power, Proof, RepresentationKind
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    InvalidInput,
    NotFound,
    Phone,
    RecordCategory,
)
from openhealthcode.standards.ids import EntryId, MergeId, ResidentId, SystemId, TerminalId
from openhealthcode.trust import Keys
from signing_in import Phones
from visits import World

LABORATORY = frozenset({RecordCategory.LABORATORY})
PASSPORTS = "standardhealthrecord.org"
CARD = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
HELPERS_CARD = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(8))
ORIGIN = "test.example/log"
FIRST_PHONE, SECOND_PHONE = Phone.parse("13912345678"), Phone.parse("13712345671")


@pytest.fixture
def keys(tmp_path: Path):
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()


@pytest.fixture
async def world(pool: Pool, keys: Keys) -> World:
    return await visits.world(pool, keys)


@pytest.fixture
async def index(world: World) -> Index:
    return await merged.index(world)


@pytest.fixture
async def first(world: World) -> ResidentId:
    return await world.resident(serial=2)


@pytest.fixture
async def second(world: World) -> ResidentId:
    return await world.resident(visits.allergy("头孢"), visits.glucose("2026-03-01"), serial=4)


async def give(world: World, resident: ResidentId, **more):
    base = {"kind": ConsentKind.STANDING, "categories": visits.EVERYTHING, "days": 30}
    terms = Terms(institution_id=world.hospital, **(base | more))
    return await consent.give(world.pool, world.keys, resident, terms, visits.TOLD)


async def restrict(world: World, resident: ResidentId, **closed):
    return await consent.restrict(world.pool, world.keys, resident, Refusal(**closed))


async def break_glass(world: World, resident: ResidentId):
    author = consent.emergency.author_key(world.keys, world.wang)
    async with transaction(world.pool, resident=resident, lookup=(author,)) as connection:
        return await consent.break_glass(
            connection,
            world.keys,
            resident,
            practitioner_id=world.wang,
            institution_id=world.hospital,
            triage_level=1,
            reason="昏迷，无法应答",
        )


async def ids(world: World, resident: ResidentId) -> tuple[ResidentId, ...]:
    async with transaction(world.pool, resident=resident) as connection:
        return await identity.ids_of(connection, world.keys, resident)


async def test_whatever_is_filed_under_either_is_found_and_separated_again_exactly(
    index, first, second
):
    of_first, of_second = await index.own(first), await index.own(second)
    assert not of_first & of_second
    merge = await index.merge(first, second)
    assert await index.own(first) == await index.own(second) == of_first | of_second
    await index.unmerge(second, merge.merge_id)
    assert await index.own(first) == of_first
    assert await index.own(second) == of_second


async def test_one_id_survives_and_the_others_redirect(world, index, first, second):
    third = await world.resident(serial=6)
    await index.merge(second, first)
    merge = await index.merge(third, first)
    for one in (first, second, third):
        assert await ids(world, one) == (third, second, first)
        async with transaction(world.pool, resident=one) as connection:
            assert await identity.current_id(connection, world.keys, one) == third
    await index.unmerge(third, merge.merge_id)
    assert await ids(world, first) == (second, first)
    assert await ids(world, third) == (third,)


async def test_what_comes_in_meanwhile_is_filed_under_the_id_its_certificates_name(
    world, index, first, second
):
    merge = await index.merge(first, second)
    before = await index.own(first)
    sent = visits.bundle(visits.patient(4), visits.glucose("2026-04-01"), key="meanwhile")
    filed = await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    assert filed.resident_id == second
    new = {entry.entry_id for entry in filed.entries if entry.type == "Observation"}
    assert await index.own(first) == before | new
    await index.unmerge(first, merge.merge_id)
    assert new <= await index.own(second)
    assert not new & await index.own(first)


async def test_an_older_permission_covers_its_own_entries_only(world, index, first, second):
    await world.allow(first)
    shown = await index.seen(first)
    merge = await index.merge(first, second)
    assert await index.seen(first) == shown
    assert await index.seen(second) == shown, "by the same consent, through the other id"
    await index.unmerge(first, merge.merge_id)
    assert await index.seen(first) == shown
    assert await index.seen(second) == set()


async def test_a_permission_given_after_the_merge_covers_what_the_preview_showed(
    world, index, first, second
):
    for _ in range(12):  # so that this one's events are numbered higher than the other's
        await index.own(first)
    merge = await index.merge(first, second)
    consent_id, preview = await world.allow(first)
    previewed = {entry.entry_id for entry in preview.entries}
    assert previewed & await index.own(second)
    assert await index.seen(first) == await index.seen(second) == previewed
    await collection.file_bundle(
        world.pool,
        world.keys,
        bundle=visits.bundle(visits.patient(4), visits.glucose("2026-05-01"), key="later"),
        source=world.source,
    )
    assert await index.seen(first) == previewed, "nothing filed later, under neither id"
    await index.unmerge(first, merge.merge_id)
    assert await index.seen(first) == previewed & await index.own(first)
    assert await index.seen(second) == set(), "there only by the merge"
    (given,) = await consent.consents(world.pool, world.keys, first)
    assert (given.consent_id, given.withdrawn_at) == (consent_id, None)


async def test_what_was_said_between_preview_and_answer_under_another_id_outdates_it(
    world, index, first, second
):
    await index.merge(first, second)
    request = await world.ask(first)
    preview = await access.preview(world.pool, world.keys, first, request)
    await restrict(world, second, categories=LABORATORY)
    with pytest.raises(consent.PreviewOutdated):
        await consent.allow(
            world.pool,
            world.keys,
            first,
            request,
            categories=visits.EVERYTHING,
            previewed_number=preview.number,
            notice=visits.TOLD,
        )
    assert await index.seen(first) == set()


async def test_a_refusal_under_any_id_closes_the_entries_of_all(world, index, first, second):
    await give(world, first)
    shown = await index.seen(first)
    refused = await restrict(world, second, categories=LABORATORY)
    merge = await index.merge(first, second)
    left = await index.seen(first)
    assert len(shown) - len(left) == 2, "both results of the laboratory"
    await index.unmerge(first, merge.merge_id)
    assert await index.seen(first) == shown
    await consent.lift(world.pool, world.keys, second, refused)


async def test_lifting_a_refusal_ends_what_was_allowed_at_visits_under_every_id(
    world, index, first, second
):
    refused = await restrict(world, second, categories=LABORATORY)
    await index.merge(first, second)
    await world.allow(first)
    assert await index.seen(first)
    await consent.lift(world.pool, world.keys, second, refused)
    assert await index.seen(second) == set()


async def test_a_standing_consent_given_meanwhile_covers_all_until_the_merge_is_undone(
    world, index, first, second
):
    merge = await index.merge(first, second)
    consent_id = await give(world, second)
    seen = await index.seen(first)
    assert seen & await index.filed(first)
    assert await index.filed(second) <= seen
    await index.unmerge(first, merge.merge_id)
    assert await index.seen(first) == set()
    assert await index.seen(second) == await index.filed(second)
    await consent.withdraw(world.pool, world.keys, second, consent_id)
    assert await index.seen(second) == set()


@pytest.mark.parametrize("under_the_same", [True, False])
async def test_a_withdrawal_under_either_id_holds_for_both(
    world, index, first, second, under_the_same
):
    await index.merge(first, second)
    consent_id = await give(world, first)
    by = first if under_the_same else second
    await consent.withdraw(world.pool, world.keys, by, consent_id)
    assert await index.seen(first) == await index.seen(second) == set()
    with pytest.raises(NothingToWithdraw):
        await consent.withdraw(world.pool, world.keys, first, consent_id)


async def test_what_was_said_before_under_one_id_is_read_and_taken_back_under_the_other(
    world, index, first, second
):
    allowed = await give(world, second)
    refused = await restrict(world, second, categories=LABORATORY)
    merge = await index.merge(first, second)
    both = await give(world, first)
    given = await consent.consents(world.pool, world.keys, first)
    assert [one.consent_id for one in given] == [both, allowed]
    (standing,) = await consent.restrictions(world.pool, world.keys, first)
    assert standing.consent_id == refused
    await consent.lift(world.pool, world.keys, first, refused)
    await consent.withdraw(world.pool, world.keys, first, allowed)
    assert not await consent.restrictions(world.pool, world.keys, second)
    with pytest.raises(NothingToWithdraw):
        await consent.lift(world.pool, world.keys, first, refused)
    await index.unmerge(first, merge.merge_id)
    assert await index.seen(second) == set()


async def test_a_consent_of_one_entry_is_replaced_by_one_for_all(world, index, first, second):
    before = await give(world, second)
    merge = await index.merge(first, second)
    await give(world, first, replaces=before, categories=LABORATORY)
    (standing,) = [
        one for one in await consent.consents(world.pool, world.keys, second)
        if one.withdrawn_at is None
    ]  # fmt: skip
    assert standing.categories == LABORATORY
    await index.unmerge(first, merge.merge_id)
    assert await index.seen(second) == set()


async def test_in_an_emergency_the_allergies_under_both_ids_are_seen(world, index, first, second):
    merge = await index.merge(first, second)
    assert await break_glass(world, first)
    seen = await world.look(first, purpose=visits.PurposeOfUse.EMERGENCY)
    allergies = [entry for entry in seen.entries if entry.type == "AllergyIntolerance"]
    assert len(allergies) == 2
    await index.unmerge(first, merge.merge_id)
    seen = await world.look(second, purpose=visits.PurposeOfUse.EMERGENCY)
    assert not seen.entries


async def test_an_override_is_told_to_the_phones_of_every_entry_it_opened(
    world, index, first, second
):
    third = await world.resident(serial=6)
    for one, phone in ((first, FIRST_PHONE), (second, SECOND_PHONE)):
        async with transaction(world.pool, resident=one) as connection:
            await identity.bind_phone(connection, world.keys, one, phone)
    await index.merge(first, second)
    await index.merge(first, third)
    await access.close_account(world.pool, world.keys, third)
    phones = Phones()
    await access.break_glass_for(
        world.pool,
        world.keys,
        phones,
        CARD,
        practitioner_id=world.wang,
        institution_id=world.hospital,
        terminal_id=TerminalId(uuid4()),
        triage_level=1,
        reason="昏迷，无法应答",
    )
    assert {message.phone for message in phones.arrived} == {FIRST_PHONE, SECOND_PHONE}
    assert (await index.log(second))[0].action == Action.BREAK_GLASS


async def test_a_mandate_for_one_entry_shows_nothing_of_the_other(world, index, first, second):
    helper = await world.resident(serial=8)
    appointment = access.Appointment(
        kind=RepresentationKind.HELPER,
        representative=access.Named(HELPERS_CARD, "李试"),
        powers=frozenset({Power.RECORD}),
        proof=Proof.BOTH_PRESENT,
        days=30,
    )
    appointed = await access.appoint_at_counter(
        world.pool, world.keys, index.clerk, access.Named(CARD, "李试"), appointment
    )
    await index.merge(first, second)
    with audit.acting_as(access.ActingFor(world.keys, first, appointed, helper)):
        assert await index.own(first) <= await index.filed(first)
    with audit.acting_as(access.Oneself(world.keys, first)):
        assert await index.own(first) >= await index.filed(second)


async def test_of_two_advance_choices_the_narrower_counts(world, index, first, second):
    nothing = consent.AdvanceChoice(scope=consent.EmergencyScope.NOTHING)
    await consent.choose_for_emergencies(world.pool, world.keys, second, nothing)
    await index.merge(first, second)
    assert await break_glass(world, first)
    seen = await world.look(first, purpose=visits.PurposeOfUse.EMERGENCY)
    assert {entry.type for entry in seen.entries} <= {"Patient"}


async def test_one_event_on_each_chain_says_so_and_names_nobody_else(index, first, second):
    merge = await index.merge(first, second)
    await index.unmerge(second, merge.merge_id)
    for one, other in ((first, second), (second, first)):
        lines = await index.log(one)
        said = [line for line in lines if line.action.startswith("resident.")]
        assert [line.action for line in said[:2]] == [
            Action.RESIDENT_UNMERGE,
            Action.RESIDENT_MERGE,
        ]
        assert other.bytes not in repr(said).encode()
        assert str(other) not in repr(said)
        assert merged.REASON not in repr(said)


async def test_a_look_stands_in_the_log_of_every_id_with_what_was_shown_of_it(
    world, index, first, second
):
    await index.merge(first, second)
    await world.allow(first)
    of_first = await index.own(first) - await index.filed(second)
    shown = await index.seen(first)
    for one, entries in ((first, of_first), (second, await index.filed(second))):
        line = (await index.log(one))[0]
        assert line.action == Action.RECORD_DISCLOSE
        assert {UUID(bytes=item[0]) for item in line.detail["items"]} == shown & entries


async def test_log_and_consents_are_whole_after_it_all(
    world, index, first, second, pool, keys, tmp_path
):
    merge = await index.merge(first, second)
    await world.allow(first)
    await index.seen(second)
    await index.unmerge(first, merge.merge_id)
    sequencer = Sequencer(pool, tmp_path / "log", keys.checkpoint_signer(ORIGIN))
    await sequencer.sequence()
    sequencer.close()
    report = await audit.verify(
        pool,
        tmp_path / "log",
        keys.checkpoint_verifier(ORIGIN),
        keys=keys,
        cross_checks=access.CROSS_CHECKS,
    )
    assert not report.findings


async def test_merges_that_cannot_be(world, index, first, second):
    third = await world.resident(serial=6)
    with pytest.raises(AlreadyOnePerson):
        await index.merge(first, first)
    with pytest.raises(UnknownChain):
        await index.merge(first, ResidentId(uuid4()))
    made = await index.merge(first, second)
    await index.merge(second, third)
    for circle in ((third, first), (first, second), (third, second)):
        with pytest.raises(AlreadyOnePerson):
            await index.merge(*circle)
    with pytest.raises(AlreadyOnePerson):
        await index.not_same(first, third)
    with pytest.raises(NotMerged):
        await index.unmerge(first, MergeId(uuid4()))
    await index.unmerge(third, made.merge_id)
    with pytest.raises(NotMerged):
        await index.unmerge(first, made.merge_id)
    for reason in ("", "  ", "长" * 501):
        with pytest.raises(InvalidInput):
            await collection.merge(world.pool, world.keys, first, second, reason, index.clerk)


async def test_whoever_was_held_apart_is_not_merged_over_a_third(world, index, first, second):
    third = await world.resident(serial=6)
    await index.not_same(first, second)
    await index.merge(second, third)
    with pytest.raises(KnownApart):
        await index.merge(first, third)
    await collection.withdraw_not_same(world.pool, world.keys, second, first, "误判", index.clerk)
    with pytest.raises(InvalidInput):
        await collection.withdraw_not_same(
            world.pool, world.keys, second, first, "误判", index.clerk
        )
    await index.merge(first, third)
    assert await ids(world, second) == (first, second, third)


async def test_undone_out_of_order_leaves_what_would_be_without_it(world, index, first, second):
    third, fourth = [await world.resident(serial=serial) for serial in (6, 8)]
    one = await index.merge(first, second)
    two = await index.merge(third, second)
    three = await index.merge(fourth, first)
    assert await ids(world, second) == (fourth, third, first, second)
    await index.unmerge(fourth, two.merge_id)
    assert await ids(world, second) == (fourth, first, second)
    assert await ids(world, third) == (third,)
    await index.unmerge(second, one.merge_id)
    assert await ids(world, first) == (fourth, first)
    assert await ids(world, second) == (second,)
    await index.unmerge(first, three.merge_id)
    assert {await ids(world, each) for each in (first, second, third, fourth)} == {
        (first,), (second,), (third,), (fourth,),
    }  # fmt: skip


async def test_the_history_keeps_everything_with_its_reasons(world, index, first, second):
    evidence = ("name: same (+12.4)", "birth date: same (+9.1)")
    suggestion = Suggestion("SCORE", 21.5, "2026-11", evidence)
    merge = await collection.merge(
        world.pool, world.keys, first, second, merged.REASON, index.clerk, suggestion=suggestion
    )
    third = await world.resident(serial=6)
    await index.not_same(second, third)
    await index.unmerge(first, merge.merge_id)
    known = await collection.merge_history(world.pool, world.keys, second)
    (kept,) = known.merges
    assert kept.decided.reason == merged.REASON
    assert kept.decided.suggestion == suggestion
    assert kept.decided.clerk_id == world.wang
    assert kept.undone is not None
    assert kept.undone.at > kept.decided.at
    assert (known.person, known.apart) == ((second,), frozenset({third}))
    assert merged.REASON not in repr(known)


async def test_both_residents_are_told_and_neither_of_the_other(world, index, first, second):
    phones = Phones()
    for one, phone in ((first, FIRST_PHONE), (second, SECOND_PHONE)):
        async with transaction(world.pool, resident=one) as connection:
            await identity.bind_phone(connection, world.keys, one, phone)
    merge = await access.merge(
        world.pool, world.keys, phones, first, second, merged.REASON, index.clerk
    )
    await access.unmerge(
        world.pool, world.keys, phones, second, merge.merge_id, merged.REASON, index.clerk
    )
    assert {message.phone for message in phones.arrived} == {FIRST_PHONE, SECOND_PHONE}
    assert len(phones.arrived) == 4
    assert not [m for m in phones.arrived if "李试" in m.text or merged.REASON in m.text]


async def test_many_who_merge_separate_and_look_at_once_end_in_one_state(
    world, index, first, second
):
    """Nobody waits in a circle, nothing is lost: stable answers, whichever comes first."""
    await give(world, first)
    await give(world, second)
    before = [await index.seen(one) for one in (first, second)]

    async def quietly(doing) -> str:
        try:
            await doing
        except (AlreadyOnePerson, NotMerged, audit.ChainMoved) as refused:
            return refused.code
        return "done"

    async with asyncio.timeout(60):
        merges = await asyncio.gather(
            *(quietly(index.merge(*pair)) for pair in [(first, second), (second, first)] * 3),
            *(quietly(index.seen(one)) for one in (first, second) * 6),
        )
        assert merges[:6].count("done") == 1
        (kept,) = (await collection.merge_history(world.pool, world.keys, first)).merges
        undone = await asyncio.gather(
            *(quietly(index.unmerge(one, kept.merge_id)) for one in (first, second) * 3),
            *(quietly(index.seen(one)) for one in (first, second) * 6),
        )
    assert undone[:6].count("done") == 1
    assert [await index.seen(one) for one in (first, second)] == before


async def test_a_row_that_this_program_did_not_write_joins_nobody(
    world, index, first, second, owner_url
):
    of_first = await index.own(first)
    merge = await index.merge(first, second)
    await index.unmerge(first, merge.merge_id)
    owner = await asyncpg.connect(owner_url)
    members = first.bytes + second.bytes + bytes(32)
    await owner.execute(
        "INSERT INTO identity.link (resident_id, event_number, merge_id, decided_at, members)"
        " VALUES ($1, 9000, $2, now(), $3)",
        first,
        merge.merge_id,
        members,
    )
    await owner.execute(
        "UPDATE audit.chain SET is_linked = true, consent_version = consent_version + 1"
        " WHERE resident_id = $1",
        first,
    )
    await owner.close()
    remembered.standing.clear()
    assert await ids(world, first) == (first,)
    assert await index.own(first) == of_first


async def test_closing_one_account_leaves_the_others_entries_to_the_person(
    world, index, first, second
):
    of_second = await index.own(second)
    merge = await index.merge(first, second)
    await access.close_account(world.pool, world.keys, first)
    assert await index.own(second) == of_second
    await give(world, second)
    assert await index.seen(second) == of_second
    await index.unmerge(second, merge.merge_id)
    assert await ids(world, second) == (second,)
    assert await index.own(second) == of_second


async def test_relations_identify_nobody_and_open_nothing(world, index, first, second):
    of_first = await index.own(first)
    await collection.relate(world.pool, world.keys, first, second, RelationKind.MOTHER, index.clerk)
    for one, other, kind in ((first, second, "mother"), (second, first, "child")):
        known = await collection.merge_history(world.pool, world.keys, one)
        assert [(each.other, each.kind) for each in known.related] == [(other, kind)]
    assert await index.own(first) == of_first
    await collection.relate(
        world.pool, world.keys, second, first, RelationKind.CHILD, index.clerk, holds=False
    )
    assert not (await collection.merge_history(world.pool, world.keys, first)).related
    with pytest.raises(InvalidInput):
        await collection.relate(
            world.pool, world.keys, first, first, RelationKind.HOUSEHOLD, index.clerk
        )


async def test_a_delivery_that_names_both_is_filed_under_the_surviving_id(
    world, index, first, second
):
    both = visits.patient(2)
    both["identifier"] += [
        {"type": {"coding": [{"code": "PPN"}]}, "value": "E12345678", "system": PASSPORTS}
    ]
    await register_passport(world, second)
    sent = visits.bundle(both, visits.glucose("2026-06-01"), key="both")

    async def deliver():
        return await collection.file_bundle(
            world.pool, world.keys, bundle=sent, source=world.source
        )

    with pytest.raises(collection.NeedsReview):
        await deliver()
    merge = await index.merge(second, first)
    assert (await deliver()).resident_id == second
    await index.unmerge(first, merge.merge_id)
    with pytest.raises(collection.NeedsReview):
        await deliver()


async def test_the_phone_of_either_entry_opens_the_other_while_they_are_one(
    world, index, first, second
):
    async with transaction(world.pool, resident=first) as connection:
        await identity.bind_phone(connection, world.keys, first, FIRST_PHONE)

    async def opens(resident: ResidentId) -> bool:
        async with transaction(world.pool, resident=resident) as connection:
            return await identity.phone_is_bound(connection, world.keys, resident, FIRST_PHONE)

    merge = await index.merge(second, first)
    assert (await opens(first), await opens(second)) == (True, True)
    await index.unmerge(first, merge.merge_id)
    assert (await opens(first), await opens(second)) == (True, False)


async def test_a_death_is_that_of_every_entry_and_of_none_by_a_merge_alone(
    world, index, first, second
):
    merge = await index.merge(first, second)
    await give(world, second)
    named = access.Named(CARD, "李试")
    await access.register_death(world.pool, world.keys, index.clerk, named, date(2026, 1, 5))
    assert await died(world, first) == await died(world, second) == date(2026, 1, 5)
    assert await index.seen(first) == await index.seen(second) == set()
    await index.unmerge(first, merge.merge_id)
    assert await died(world, first) == date(2026, 1, 5)
    assert await died(world, second) is None


async def test_a_death_taken_back_is_taken_back_of_every_entry(world, index, first, second):
    await index.merge(first, second)
    named = access.Named(CARD, "李试")
    await access.register_death(world.pool, world.keys, index.clerk, named, date(2026, 1, 5))
    await access.take_death_back(world.pool, world.keys, index.clerk, named)
    assert await died(world, first) is await died(world, second) is None
    with pytest.raises(NotFound):
        await access.take_death_back(world.pool, world.keys, index.clerk, named)


@pytest.mark.parametrize(
    "asked", [(), (("code:missing", "false"),), (("_sort", "-date,status"), ("_total", "accurate"))]
)
async def test_a_system_that_searches_finds_what_is_filed_under_every_id(
    world, index, first, second, asked
):
    """Also where entries are opened to be found, each under the key of its own id."""
    system = SystemAccess(SystemId(world.hospital), world.hospital, frozenset())

    async def found(after=None, count=50) -> access.Page:
        named = [("patient", world.keys.seal_id(first, EntryId(first))), ("_count", str(count))]
        search = read_search("Observation", [*named, *asked])
        return await access.search_entries(
            world.pool, world.keys, system=system, search=search, after=after
        )

    alone = await found()
    merge = await index.merge(first, second)
    both = await found()
    assert both.total == alone.total + 1
    days = [entry.day for entry in both.entries]
    assert days == sorted(days, reverse=True)
    walked, cursor = [], None
    for _ in range(both.total):
        page = await found(cursor, count=1)
        assert page.total == both.total
        walked += page.entries
        cursor = page.next
    assert (walked, cursor) == (list(both.entries), None)
    for one in (first, second):
        items = [line.detail["items"] for line in (await index.log(one))[:3]]
        assert sum(map(len, items)) == len(
            [e for e in both.entries if e.entry_id in await index.filed(one)]
        )
    await index.unmerge(second, merge.merge_id)
    assert await found() == alone


async def test_an_entry_is_closed_from_either_id_and_stays_so(world, index, first, second):
    merge = await index.merge(first, second)
    await give(world, first)
    record = await access.own_record(world.pool, world.keys, first)
    of_second = await index.filed(second)
    (hidden,) = (
        entry.entry_id
        for entry in record.entries
        if entry.type == "Observation" and entry.entry_id in of_second
    )
    await access.hide_entry(world.pool, world.keys, first, hidden)
    assert await access.hidden_entries(world.pool, world.keys, first) == {hidden}
    assert hidden not in await index.seen(first)
    with pytest.raises(NotFound):
        await access.hide_entry(world.pool, world.keys, first, EntryId(uuid4()))
    await index.unmerge(first, merge.merge_id)
    assert await access.hidden_entries(world.pool, world.keys, second) == {hidden}
    assert not await access.hidden_entries(world.pool, world.keys, first)
    with pytest.raises(NotFound):
        await access.reveal_entry(world.pool, world.keys, first, hidden)


async def test_a_closed_account_is_nobodys_surviving_id(world, index, first, second):
    third = await world.resident(serial=6)
    await index.merge(first, second)
    await index.merge(first, third)
    await access.close_account(world.pool, world.keys, first)
    async with transaction(world.pool, resident=third) as connection:
        assert await identity.current_id(connection, world.keys, third) == second
    for one in (second, third):
        await access.close_account(world.pool, world.keys, one)
    async with transaction(world.pool, resident=third) as connection:
        assert await identity.current_id(connection, world.keys, third) == third


async def test_who_is_one_person_is_not_suggested_again(world, index, first):
    sent = visits.bundle(visits.patient(20, "欧阳明远"), visits.glucose("2026-01-01"), key="else")
    second = (
        await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    ).resident_id
    likeness = identity.Likeness(second, "SCORE", 12.0, "2026-11", ("name: same",))

    async def suspected() -> bool:
        async with transaction(world.pool, resident=first) as connection:
            return await identity.suspect(
                connection, world.keys, first, likeness, identity.Source()
            )

    merge = await index.merge(first, second)
    assert not await suspected()
    await index.unmerge(first, merge.merge_id)
    await index.not_same(first, second)
    assert not await suspected()
    await collection.withdraw_not_same(world.pool, world.keys, first, second, "误判", index.clerk)
    assert await suspected()


async def died(world: World, resident: ResidentId) -> date | None:
    async with transaction(world.pool, resident=resident) as connection:
        return await representation.died(connection, world.keys.of(resident), resident)


async def register_passport(world: World, resident: ResidentId) -> None:
    """The resident shows a passport too."""
    certificate = Certificate.parse(CertificateKind.PASSPORT, "E12345678", PASSPORTS)
    registration = identity.Registration((certificate,), "李试")
    lookup = identity.lookup_keys(world.keys, registration.certificates)
    async with transaction(world.pool, lookup=lookup) as connection:
        await identity.add_certificates(
            connection, world.keys, resident, registration, identity.Source()
        )
