"""What holds of every answer given with a PIN, whatever was asked and whoever looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.consent import (
    AccessRequest,
    Ask,
    EntryFacts,
    Provision,
    Rule,
    decide,
    explain,
    provisions_of_an_answer,
    shows,
)
from openhealthcode.consent.presence import PLAUSIBLE, divided
from openhealthcode.consent.presence.model import Helper, Means, Presence
from openhealthcode.consent.rules import LONGEST_CONSENT
from openhealthcode.standards import PurposeOfUse, RecordCategory, Scene, SensitiveCategory

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
HOSPITAL, WANG, RESIDENT = (UUID(int=n) for n in (1, 2, 3))
categories = st.frozensets(st.sampled_from(RecordCategory), min_size=1)
kinds = st.frozensets(st.sampled_from(SensitiveCategory), max_size=2)
REQUEST = AccessRequest(
    HOSPITAL, WANG, PurposeOfUse.TREATMENT, AT + timedelta(minutes=1), scene=Scene.CONSULTATION
)


@st.composite
def answers(draw) -> tuple[Provision, ...]:
    """What an answer says, at a visit or ahead of one."""
    asked = draw(categories)
    made = provisions_of_an_answer(
        Ask(
            purpose=PurposeOfUse.TREATMENT,
            scene=Scene.CONSULTATION,
            categories=asked,
            lifetime_seconds=draw(st.integers(60, 86_400)),
        ),
        consent_id=UUID(int=9),
        institution_id=HOSPITAL,
        practitioner_id=WANG,
        allowed=asked,
        previewed_number=draw(st.integers(1, 20)),
        with_what_is_added=draw(st.booleans()),
        at=AT,
    )
    return tuple(replace(one, sensitive=draw(kinds)) for one in made)


records = st.lists(
    st.builds(
        EntryFacts,
        st.sampled_from(RecordCategory),
        kinds,
        st.none() | st.dates(date(2020, 1, 1), date(2026, 11, 22)),
        st.integers(1, 25),  # events are numbered from one
    ),
    max_size=20,
)


def shown(said, record, request=REQUEST) -> list[EntryFacts]:
    decision = decide(request, said)
    return [entry for entry in record if shows(decision, entry)]


@given(answers(), records)
def test_divided_it_shows_what_it_showed_whole(said, record):
    assert shown(divided(said, is_under_duress=False), record) == shown(said, record)


@given(answers(), records)
def test_under_duress_only_what_is_plausible_is_shown_and_nothing_that_would_not_be(said, record):
    pressed = shown(divided(said, is_under_duress=True), record)
    free = shown(said, record)
    assert all(entry in free for entry in pressed)
    assert all(entry.category in PLAUSIBLE and not entry.sensitive for entry in pressed)
    if not any(one.sensitive for one in said):
        assert pressed == [entry for entry in free if entry.category in PLAUSIBLE]


@given(answers())
def test_what_is_written_has_one_shape(said):
    """Line by line the same, but for how far it reaches; so is the answer to every request."""
    free, pressed = (divided(said, is_under_duress=is_so) for is_so in (False, True))
    assert [replace(one, up_to_number=None) for one in free] == [
        replace(one, up_to_number=None) for one in pressed
    ]
    decisions = [decide(REQUEST, lines) for lines in (free, pressed)]
    assert decisions[0].until == decisions[1].until
    assert decisions[0].consent_ids == decisions[1].consent_ids
    assert explain(REQUEST, decisions[0], free) is explain(REQUEST, decisions[1], pressed)
    assert [one.rule for one in pressed] == [Rule.PERMIT, Rule.PERMIT, Rule.DENY] * len(said)


@given(answers(), answers(), records)
def test_under_duress_older_consents_open_no_more_and_otherwise_all_they_did(older, said, record):
    """Whoever at the institution asks: while the answer is young, and for a day at most."""
    older = tuple(replace(one, consent_id=UUID(int=8), practitioner_id=None) for one in older)
    pressed, free = (divided(said, is_under_duress=is_so) for is_so in (True, False))
    asked = replace(REQUEST, at=AT + timedelta(seconds=30))
    for request in (asked, replace(asked, practitioner_id=UUID(int=7))):
        seen = shown(older + pressed, record, request)
        assert all(entry.category in PLAUSIBLE and not entry.sensitive for entry in seen)
        assert shown(older + free, record, request) == shown(older + said, record, request)
        told = {explain(request, decide(request, older + lines), older + lines)
                for lines in (pressed, free, said)}  # fmt: skip
        assert len(told) == 1
    refusal = pressed[2]
    assert refusal.end_at == min(said[0].end_at, AT + LONGEST_CONSENT)
    elsewhere = replace(REQUEST, institution_id=UUID(int=6))
    override = replace(REQUEST, purpose=PurposeOfUse.EMERGENCY)
    for request in (elsewhere, override):
        assert not decide(request, (refusal,)).denials


@given(answers())
def test_the_lines_name_together_what_was_allowed(said):
    for pressed in (False, True):
        lines = divided(said, is_under_duress=pressed)[:2]
        named = frozenset().union(*(line.categories for line in lines))
        assert named == frozenset().union(*(one.categories for one in said))
        assert not lines[0].categories & lines[1].categories


@given(st.sampled_from(Means), st.booleans(), st.text(max_size=20))
def test_no_event_and_no_text_tells_one_pin_from_the_other(means, is_helped, companion):
    helper = Helper(WANG, HOSPITAL, companion) if is_helped else None
    free, pressed = (
        Presence(means=means, helper=helper, is_under_duress=is_so) for is_so in (False, True)
    )
    assert free.told() == pressed.told()
    assert free.agent(RESIDENT) == pressed.agent(RESIDENT)
    assert repr(free) == repr(pressed)
