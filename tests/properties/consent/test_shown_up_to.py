"""What a verdict shows without a look at the day is exactly what it would show on every day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.consent import Decision, Provision, Rule, is_shown, weigh
from openhealthcode.standards import PurposeOfUse, RecordCategory, SensitiveCategory

START = datetime(2026, 1, 1, tzinfo=UTC)
LABORATORY = RecordCategory.LABORATORY
BORDERS = [date(2025, 1, 1), date(2025, 6, 1)]
DAYS = [None, *(border + timedelta(days=shift) for border in BORDERS for shift in (-1, 0, 1))]
NUMBERS = range(7)


@st.composite
def lines(draw, rule: Rule) -> Provision:
    first, last = draw(st.sampled_from([(None, None), (None, BORDERS[1]), (BORDERS[0], None)]))
    return Provision(
        consent_id=UUID(int=1),
        rule=rule,
        purpose=PurposeOfUse.TREATMENT,
        categories=frozenset({LABORATORY}),
        from_day=first,
        until_day=last,
        up_to_number=draw(st.none() | st.sampled_from([0, 2, 5])),
        start_at=START,
        end_at=START + timedelta(days=1),
    )


permits = st.lists(lines(Rule.PERMIT), max_size=3).map(tuple)
denials = st.lists(lines(Rule.DENY), max_size=2).map(tuple)


@given(permits, denials)
def test_it_is_what_is_shown_on_every_day(permits, denials):
    verdict = weigh(Decision(permits, denials), LABORATORY, frozenset())
    for number in NUMBERS:
        on_every_day = all(is_shown(verdict, day, number) for day in DAYS)
        if number <= verdict.shown_up_to:
            assert on_every_day
        elif not denials:
            assert not is_shown(verdict, None, number)  # only a permission on any day shows that
    assert verdict.shown_up_to >= 0 or verdict.shown_up_to == -1


def test_a_denial_leaves_nothing_to_be_shown_at_once():
    permit, denial = (
        Provision(
            consent_id=UUID(int=1),
            rule=rule,
            purpose=PurposeOfUse.TREATMENT,
            categories=frozenset({LABORATORY}),
            up_to_number=number,
            start_at=START,
            end_at=START + timedelta(days=1),
        )
        for rule, number in ((Rule.PERMIT, None), (Rule.DENY, 2))
    )
    verdict = weigh(Decision((permit,), (denial,)), LABORATORY, frozenset())
    assert verdict.shown_up_to == -1
    assert [is_shown(verdict, None, number) for number in (2, 3)] == [False, True]
    assert weigh(Decision((permit,), ()), LABORATORY, frozenset()).shown_up_to > 2**60


@given(permits, denials)
def test_an_unknown_or_closed_entry_has_none(permits, denials):
    decision = Decision(permits, denials)
    assert weigh(decision, None, frozenset()).shown_up_to == -1
    closed = frozenset({SensitiveCategory.MENTAL_HEALTH})
    assert weigh(decision, LABORATORY, closed).shown_up_to == -1
    assert weigh(decision, RecordCategory.FAMILY_HISTORY, frozenset()).shown_up_to == -1
