"""Laws of acting for others: time and the represented person's word only ever narrow it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import assume, given
from hypothesis import strategies as st

from openhealthcode.representation import (
    PROOFS,
    Facts,
    Mandate,
    Power,
    Proof,
    Representation,
    RepresentationKind,
    RepresentationUnsuitable,
    Wishes,
    age_on,
    check,
    end_of,
    mandate,
    needs_guardian,
)
from openhealthcode.standards import RecordCategory, SensitiveCategory, day_of
from openhealthcode.standards.ids import RepresentationId

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.integers(0, 34 * 366 * 24).map(lambda hours: BEGUN + timedelta(hours=hours))
births = st.none() | st.dates(date(1930, 1, 1), date(2030, 1, 1))
powers = st.frozensets(st.sampled_from(Power))
wishes = st.builds(
    Wishes,
    st.frozensets(st.sampled_from(RecordCategory)),
    st.frozensets(st.sampled_from(SensitiveCategory)),
    st.booleans(),
)
facts = st.builds(Facts, births, st.booleans(), wishes)
appointments = st.builds(
    Representation,
    representation_id=st.just(RepresentationId(UUID(int=1))),
    kind=st.sampled_from(RepresentationKind),
    name=st.just("张敏"),
    masked_certificate=st.just("8801****"),
    powers=powers,
    proof=st.sampled_from(Proof),
    appointed_at=st.just(BEGUN),
    end_at=st.none() | moments,
    revoked_at=st.none() | moments,
)


def seen(found: Mandate | None) -> set[tuple[object, ...]]:
    """All that a mandate lets somebody do or see, as one set to compare."""
    if found is None:
        return set()
    shown = {(c, k) for c in found.categories for k in SensitiveCategory if k not in found.hidden}
    return {*found.powers, *shown}


@given(appointments, facts, moments, moments)
def test_time_only_narrows(appointed, who, one, other):
    earlier, later = sorted((one, other))
    assert seen(mandate(appointed, who, later)) <= seen(mandate(appointed, who, earlier))


@given(appointments, facts, moments, wishes)
def test_keeping_more_never_shows_more(appointed, who, at, more):
    kept = Wishes(
        who.wishes.categories | more.categories,
        who.wishes.kinds | more.kinds,
        who.wishes.relatives_may and more.relatives_may,
    )
    narrowed = mandate(appointed, replace(who, wishes=kept), at)
    assert seen(narrowed) <= seen(mandate(appointed, who, at))


@given(appointments, facts, moments)
def test_what_was_revoked_gives_nothing_whenever_it_was(appointed, who, at):
    assert mandate(replace(appointed, revoked_at=at), who, at) is None


@given(appointments, facts, moments)
def test_nobody_but_a_relative_closes_an_account_or_acts_for_the_dead(appointed, who, at):
    found = mandate(appointed, who, at)
    if found is not None and found.kind is not RepresentationKind.RELATIVE:
        assert Power.CLOSING not in found.powers
        assert not who.has_died
        assert SensitiveCategory.ABUSE in found.hidden


@given(appointments, wishes, moments, st.integers(0, 18 * 365))
def test_a_guardians_mandate_names_the_first_day_on_which_it_is_narrower(said, kept, at, days):
    appointed = replace(said, kind=RepresentationKind.GUARDIAN, end_at=None, revoked_at=None)
    who = Facts(day_of(at) - timedelta(days=days), wishes=kept)
    found = mandate(appointed, who, at)
    noon = datetime(found.until.year, found.until.month, found.until.day, 4, tzinfo=UTC)
    assert seen(mandate(appointed, who, noon)) < seen(found)
    assert day_of(at) < found.until
    assert mandate(appointed, who, max(at, noon - timedelta(days=1))) == found


@given(st.dates(date(1900, 1, 1), date(2030, 1, 1)), st.integers(0, 120))
def test_an_age_is_reached_on_one_day_and_kept_a_year(born, age):
    try:
        birthday = born.replace(year=born.year + age)
    except ValueError:
        birthday = date(born.year + age, 3, 1)
    assert age_on(born, birthday) == age
    assert age_on(born, birthday - timedelta(days=1)) == age - 1


@given(facts, moments, st.lists(appointments, max_size=3))
def test_only_children_under_fourteen_need_a_guardian_unless_a_court_made_one(who, at, appointed):
    by_court = [one for one in appointed if one.kind is RepresentationKind.ADULT_GUARDIAN]
    if needs_guardian(who, by_court, at):
        assert any(mandate(one, who, at) for one in by_court)
    elif needs_guardian(who, appointed, at):
        assert who.birth_date is not None
        assert age_on(who.birth_date, day_of(at)) < 14


@given(facts, moments, st.sampled_from(RepresentationKind), powers, st.integers(-5, 500), st.data())
def test_whoever_can_be_appointed_may_do_something_and_it_ends(
    who, at, kind, given_powers, days, data
):
    assume(who.birth_date is None or who.birth_date <= day_of(at))
    proof = data.draw(st.sampled_from(PROOFS[kind]))
    try:
        check(kind, who, proof=proof, powers=given_powers, days=days, at=at)
    except RepresentationUnsuitable:
        return
    appointed = Representation(
        representation_id=RepresentationId(UUID(int=1)),
        kind=kind,
        name="张敏",
        masked_certificate="8801****",
        powers=given_powers,
        proof=proof,
        appointed_at=at,
        end_at=end_of(kind, at, days),
    )
    found = mandate(appointed, who, at)
    assert found is not None
    assert found.powers
    assert found.until is not None
    assert mandate(appointed, who, at + timedelta(days=19 * 366)) is None


@given(facts, moments, st.sampled_from(RepresentationKind), powers, st.sampled_from(Proof))
def test_the_wrong_proof_appoints_nobody(who, at, kind, given_powers, proof):
    assume(proof not in PROOFS[kind])
    try:
        check(kind, who, proof=proof, powers=given_powers, days=30, at=at)
    except RepresentationUnsuitable:
        return
    raise AssertionError(proof)
