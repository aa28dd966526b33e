"""What holds for how long something is kept, whatever was filed, refused and shown, in any order."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.collection import RULES, CollectionScene
from openhealthcode.collection.holding import Arrival, Holding, rules
from openhealthcode.standards.ids import EntryId, InstitutionId

ENTRY, OWNER = EntryId(UUID(int=1)), InstitutionId(UUID(int=2))
DAYS = st.dates(date(2000, 1, 1), date(2090, 1, 1))
SCENES = st.sampled_from(list(CollectionScene))


@st.composite
def filings(draw):
    """Filings of one entry, in the order of their days: scene and elements of that scene."""
    days = sorted(draw(st.lists(DAYS, min_size=1, max_size=5)))
    made = []
    for day in days:
        rule = RULES.of(draw(SCENES))
        elements = draw(st.sets(st.sampled_from(sorted(rule.elements)), min_size=1, max_size=5))
        made.append((rule, frozenset(elements), day))
    return made


def held(made) -> Holding:
    holding = None
    for rule, elements, day in made:
        holding = rules.held(rule, Arrival(ENTRY, elements), OWNER, holding, day)
    return holding


@given(filings(), st.booleans())
def test_the_day_to_look_again_is_the_first_on_which_something_goes(made, is_person):
    holding = held(made)
    day = rules.review_on(holding, is_person=is_person)
    if day is None:
        assert not rules.over(holding, date(2999, 1, 1), is_person=is_person)
        return
    assert rules.over(holding, day, is_person=is_person)
    assert not rules.over(holding, day - timedelta(days=1), is_person=is_person)


@given(filings(), DAYS, DAYS, st.booleans())
def test_what_is_over_stays_over(made, one, other, is_person):
    holding, first, later = held(made), min(one, other), max(one, other)
    assert rules.over(holding, first, is_person=is_person) <= rules.over(
        holding, later, is_person=is_person
    )


@given(filings(), DAYS)
def test_an_entry_goes_whole_or_not_at_all(made, today):
    holding = held(made)
    assert rules.over(holding, today, is_person=False) in (frozenset(), frozenset(holding.parts))


@given(filings(), DAYS)
def test_who_somebody_is_never_ends(made, today):
    holding = held(made)
    assert not rules.over(holding, today, is_person=True) & {
        "name", "sex", "birth-date", "certificate",
    }  # fmt: skip


@given(filings(), filings())
def test_filing_it_again_never_ends_anything_sooner(made, more):
    before, after = held(made), held([*made, *more])
    for element, part in before.parts.items():
        end = after.parts[element].until
        assert end is None or (part.until is not None and part.until <= end)


@given(filings(), SCENES, DAYS, st.data())
def test_taking_a_consent_back_ends_what_rests_on_it_and_nothing_else(made, scene, today, data):
    rule, holding = RULES.of(scene), held(made)
    refused = data.draw(st.sets(st.sampled_from(sorted(rule.elements))))
    ended = rules.ended(holding, rule, refused, today)
    for element, part in holding.parts.items():
        rests_on_it = (
            element in refused
            and rule.elements[element].is_by_consent
            and part.rule == rule.reference
        )
        assert ended.parts[element].until == (today if rests_on_it else part.until)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 100))
def test_so_many_years_later_is_the_same_day(since, years):
    end = rules.ends_on(since, years)
    assert end.year == since.year + years
    assert (end.month, end.day) == (
        (since.month, since.day) if (since.month, since.day) != (2, 29) or end.day == 29 else (3, 1)
    )


@given(filings())
def test_read_once_is_read(made):
    holding = rules.read(held(made))
    assert rules.first_reads(holding) == []
    assert len(rules.first_reads(held(made))) == len(holding.parts)
