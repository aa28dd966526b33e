"""What is told of kinds of entries is what would be told of each entry, at whatever moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import event, given, settings
from hypothesis import strategies as st

from openhealthcode.consent import (
    AccessRequest,
    Decision,
    EntryFacts,
    Extent,
    Manner,
    Provision,
    Provisions,
    Rule,
    Uses,
    decide,
    decided,
    explain,
    extent,
    shows,
)
from openhealthcode.standards import PurposeOfUse, RecordCategory, SensitiveCategory

START = datetime(2026, 1, 1, tzinfo=UTC)
ids = st.sampled_from([UUID(int=n) for n in range(1, 4)])
categories = st.frozensets(st.sampled_from(list(RecordCategory)[:3]), max_size=3)
kinds = st.frozensets(st.sampled_from(list(SensitiveCategory)[:3]), max_size=3)
days = st.dates(date(2020, 1, 1), date(2026, 12, 31))
moments = st.integers(0, 400).map(lambda days: START + timedelta(days=days))
purposes = st.sampled_from([PurposeOfUse.TREATMENT, PurposeOfUse.EMERGENCY])


@st.composite
def provisions(draw, rule=st.sampled_from(Rule), by_day=st.booleans()) -> Provision:  # noqa: B008
    start, rule = draw(moments), draw(rule)
    return Provision(
        consent_id=draw(ids),
        rule=rule,
        purpose=draw(purposes),
        categories=draw(categories),
        sensitive=draw(kinds),
        institution_id=draw(st.none() | ids),
        practitioner_id=draw(st.none() | ids),
        manner=draw(st.sampled_from(Manner)),
        from_day=draw(st.none() | days) if draw(by_day) else None,
        up_to_number=draw(st.none() | st.integers(0, 20)),
        start_at=start,
        end_at=start + timedelta(days=draw(st.integers(1, 300))),
    )


def to_anybody(one: Provision) -> Provision:
    """Told by kinds more often: all day long, and a refusal without an end."""
    return replace(
        one,
        institution_id=None,
        practitioner_id=None,
        from_day=None,
        up_to_number=None if one.rule is Rule.DENY else one.up_to_number,
    )


requests = st.builds(
    AccessRequest,
    st.none() | ids,
    st.none() | ids,
    purposes,
    moments,
    manner=st.sampled_from(Manner),
)
entries = st.lists(
    st.builds(
        EntryFacts,
        st.none() | st.sampled_from(list(RecordCategory)[:3]),
        kinds,
        st.none() | days,
        st.integers(0, 25),
    ),
    max_size=12,
)
SAID = st.lists(provisions(), max_size=5) | st.lists(provisions().map(to_anybody), max_size=4)


def is_within(reach: Extent, entry: EntryFacts) -> bool:
    return (
        entry.category in reach.categories
        and entry.sensitive <= reach.sensitive
        and entry.filed_number <= reach.up_to_number
    )


lines = provisions().map(to_anybody) | provisions()


@settings(max_examples=500)
@given(st.lists(lines, max_size=3), st.lists(lines, max_size=2), entries)
def test_an_extent_shows_what_the_decision_shows(permits, denials, record):
    decision = Decision(tuple(permits), tuple(denials))
    reach = extent(decision)
    event(f"told by kinds: {reach is not None}, permits: {len(permits)}")
    if reach is not None:
        assert [is_within(reach, entry) for entry in record] == [
            shows(decision, entry) for entry in record
        ]


@given(requests, provisions(st.just(Rule.PERMIT)).map(to_anybody))
def test_one_permission_for_any_day_is_told_by_kinds(request, permit):
    assert extent(decide(request, [permit])) is not None


@given(st.lists(requests, min_size=1, max_size=12), SAID, st.booleans())
def test_what_is_remembered_is_what_would_be_decided_anew(asked, said, are_counted):
    if are_counted:
        said = [replace(one, uses=Uses(2)) for one in said]
    provisions = Provisions(said)
    for request in [replace(who, at=when.at) for who in asked for when in asked]:
        found, fresh = decided(request, provisions), decide(request, said)
        assert {*map(repr, found.decision.permits)} == {*map(repr, fresh.permits)}
        assert {*map(repr, found.decision.denials)} == {*map(repr, fresh.denials)}
        assert found.because is explain(request, fresh, said)
        assert found.extent == extent(found.decision)
        if not (are_counted and said):
            assert decided(request, provisions) is found
