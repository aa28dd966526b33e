"""What holds of every decision, whatever was said and whoever asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.consent import (
    AccessRequest,
    AdvanceChoice,
    Ask,
    Because,
    EntryFacts,
    Manner,
    Provision,
    Provisions,
    Rule,
    decide,
    explain,
    is_shown,
    provisions_of_an_answer,
    provisions_of_an_override,
    shows,
    weigh,
)
from openhealthcode.consent import seal as sealing
from openhealthcode.consent.rules import LONGEST_CONSENT
from openhealthcode.registry import InstitutionKind
from openhealthcode.standards import PurposeOfUse, RecordCategory, Scene, SensitiveCategory

START = datetime(2026, 1, 1, tzinfo=UTC)
ids = st.sampled_from([UUID(int=n) for n in range(1, 4)])
categories = st.frozensets(st.sampled_from(RecordCategory), max_size=4)
kinds = st.frozensets(st.sampled_from(SensitiveCategory), max_size=2)
days = st.dates(date(2020, 1, 1), date(2026, 12, 31))
departments = st.none() | st.sampled_from(["内科", "外科"])
institution_kinds = st.none() | st.sampled_from(
    [InstitutionKind.VILLAGE_CLINIC, InstitutionKind.PHARMACY]
)
scenes = st.sampled_from([Scene.CONSULTATION, Scene.DISPENSING])
manners = st.sampled_from(Manner)
ANY_RULE = st.sampled_from(Rule)
moments = st.integers(0, 400).map(lambda days: START + timedelta(days=days))


@st.composite
def provisions(draw, rule=ANY_RULE) -> Provision:
    first, last = draw(st.none() | days), draw(st.none() | days)
    start = draw(moments)
    return Provision(
        consent_id=draw(ids),
        rule=draw(rule),
        purpose=draw(st.sampled_from(PurposeOfUse)),
        categories=draw(categories),
        sensitive=draw(kinds),
        institution_id=draw(st.none() | ids),
        practitioner_id=draw(st.none() | ids),
        department=draw(departments),
        institution_kind=draw(institution_kinds),
        scenes=draw(st.none() | st.frozensets(scenes, max_size=2)),
        manner=draw(manners),
        from_day=first,
        until_day=last if first is None or last is None or first < last else None,
        up_to_number=draw(st.none() | st.integers(0, 20)),
        start_at=start,
        end_at=start + timedelta(days=draw(st.integers(1, 300))),
    )


requests = st.builds(
    AccessRequest,
    st.none() | ids,
    st.none() | ids,
    st.none() | st.sampled_from(PurposeOfUse),
    moments,
    departments,
    institution_kinds,
    st.none() | scenes,
    manners,
)
entries = st.lists(
    st.builds(
        EntryFacts,
        st.none() | st.sampled_from(RecordCategory),
        kinds,
        st.none() | days,
        st.integers(0, 25),
    ),
    max_size=12,
)


def shown(request: AccessRequest, said: list[Provision], record: list[EntryFacts]) -> set[int]:
    decision = decide(request, said)
    return {place for place, entry in enumerate(record) if shows(decision, entry)}


@given(requests, entries)
def test_nothing_is_shown_in_silence(request, record):
    assert not shown(request, [], record)


@given(requests, st.lists(provisions(), max_size=6), provisions(st.just(Rule.DENY)), entries)
def test_a_refusal_never_shows_more(request, said, refusal, record):
    assert shown(request, [*said, refusal], record) <= shown(request, said, record)


@given(requests, st.lists(provisions(), max_size=6), provisions(st.just(Rule.PERMIT)), entries)
def test_a_permission_never_hides(request, said, permission, record):
    assert shown(request, said, record) <= shown(request, [*said, permission], record)


@given(requests, st.lists(provisions(), max_size=6), entries, st.randoms())
def test_order_does_not_matter(request, said, record, random):
    shuffled = random.sample(said, len(said))
    assert shown(request, said, record) == shown(request, shuffled, record)


@given(requests, st.lists(provisions(), max_size=12))
def test_prepared_provisions_decide_the_same(request, said):
    quick, plain = decide(request, Provisions(said)), decide(request, said)
    assert len(quick.permits) == len(plain.permits)
    assert len(quick.denials) == len(plain.denials)
    assert all(p in plain.permits for p in quick.permits)
    assert all(d in plain.denials for d in quick.denials)


@given(
    requests,
    st.lists(provisions(), max_size=6),
    st.sampled_from(RecordCategory),
    kinds,
    st.none() | days,
    st.integers(0, 25),
)
def test_what_is_shown_without_a_look_at_its_day_is_shown(
    request, said, category, sensitive, day, number
):
    verdict = weigh(decide(request, said), category, sensitive)
    assert number > verdict.shown_up_to or is_shown(verdict, day, number)


@given(requests, st.lists(provisions(), max_size=6), entries)
def test_knowing_less_of_who_asks_never_shows_more(request, said, record):
    for name in ("practitioner_id", "department", "institution_kind", "scene", "purpose"):
        less = replace(request, **{name: None})
        assert shown(less, said, record) <= shown(request, said, record)


@given(requests, st.lists(provisions(), max_size=6), entries)
def test_to_keep_never_shows_more_than_to_look(request, said, record):
    keep, look = replace(request, manner=Manner.KEEP), replace(request, manner=Manner.VIEW)
    assert shown(keep, said, record) <= shown(look, said, record)


@given(requests, st.lists(provisions(), max_size=6), entries)
def test_what_is_shown_was_permitted_by_one_provision_in_force(request, said, record):
    for place in shown(request, said, record):
        entry = record[place]
        assert any(
            p.rule is Rule.PERMIT
            and entry.category in p.categories
            and entry.sensitive <= p.sensitive
            and p.purpose is request.purpose
            and p.start_at <= request.at < p.end_at
            and p.institution_id in {None, request.institution_id}
            and p.practitioner_id in {None, request.practitioner_id}
            and p.department in {None, request.department}
            and p.institution_kind in {None, request.institution_kind}
            and (p.scenes is None or request.scene in p.scenes)
            and (p.manner is Manner.KEEP or request.manner is Manner.VIEW)
            and (p.up_to_number is None or entry.filed_number <= p.up_to_number)
            for p in said
        )


@given(
    st.builds(
        Ask,
        purpose=st.just(PurposeOfUse.TREATMENT),
        scene=st.sampled_from(Scene),
        categories=categories,
        lifetime_seconds=st.integers(1, 10**7),
    ),
    categories,
    st.integers(0, 20),
    entries,
    moments,
)
def test_an_answer_opens_no_more_than_was_asked_allowed_and_previewed(
    ask, allowed, previewed, record, at
):
    wang, hospital = UUID(int=1), UUID(int=2)
    made = provisions_of_an_answer(
        ask,
        consent_id=UUID(int=9),
        institution_id=hospital,
        practitioner_id=wang,
        allowed=allowed,
        previewed_number=previewed,
        with_what_is_added=False,
        at=at,
    )
    request = AccessRequest(hospital, wang, PurposeOfUse.TREATMENT, at)
    for place in shown(request, list(made), record):
        assert record[place].category in ask.categories & allowed
        assert record[place].filed_number <= previewed
        assert not record[place].sensitive
    assert all(p.end_at - p.start_at <= LONGEST_CONSENT for p in made)
    colleague = AccessRequest(hospital, UUID(int=3), PurposeOfUse.TREATMENT, at)
    assert not shown(colleague, list(made), record)


@given(entries, moments)
def test_an_override_opens_the_minimum_set_and_nothing_closed(record, at):
    zhao, hospital = UUID(int=1), UUID(int=2)
    made = provisions_of_an_override(
        AdvanceChoice(),
        consent_id=UUID(int=9),
        institution_id=hospital,
        practitioner_id=zhao,
        at=at,
        today=at.date(),
    )
    request = AccessRequest(hospital, zhao, PurposeOfUse.EMERGENCY, at)
    never = {
        RecordCategory.FAMILY_HISTORY,
        RecordCategory.SOCIAL_HISTORY,
        RecordCategory.CLAIMS,
        RecordCategory.ENCOUNTERS,
        RecordCategory.DOCUMENTS,
    }
    for place in shown(request, list(made), record):
        assert record[place].category not in never
        assert not record[place].sensitive
        if record[place].category is RecordCategory.MEDICATION:
            assert record[place].day is not None
            assert record[place].day >= at.date() - timedelta(days=183)
    over = AccessRequest(hospital, zhao, PurposeOfUse.EMERGENCY, at + timedelta(hours=12))
    assert not shown(over, list(made), record)


@given(requests, st.lists(provisions(), max_size=6), st.randoms())
def test_the_reason_fits_the_decision_and_knows_no_order(request, said, random):
    decision = decide(request, said)
    because = explain(request, decision, said)
    shows_something = because.endswith("-allowed") or because is Because.EMERGENCY
    assert shows_something is bool(decision.permits)
    if not decision.permits:
        answers = {one.consent_id for one in said if one.rule is Rule.PERMIT}
        refusals = [one for one in decision.denials if one.consent_id not in answers]
        assert (because is Because.CLOSED) is bool(refusals)
    shuffled = random.sample(said, len(said))
    assert explain(request, decide(request, shuffled), shuffled) is because


_STAYS_OPEN = {PurposeOfUse.RESIDENT_REQUEST, PurposeOfUse.FAMILY_REQUEST, PurposeOfUse.EMERGENCY}


@given(requests, st.lists(provisions(), max_size=6), entries, st.integers(1, 360), st.randoms())
def test_a_seal_closes_all_but_ones_own_and_emergencies_and_is_told(
    request, said, record, days, random
):
    order = sealing.SealOrder(
        order_id=UUID(int=7),
        reason=sealing.SealReason.BREACH,
        words="资料外泄",
        placed_by=UUID(int=8),
        institution_id=UUID(int=9),
        until=START + timedelta(days=days),
    )
    lines = sealing.provisions_of_a_seal(order, consent_id=UUID(int=99), at=START)
    with_seal = [*said, *lines]
    random.shuffle(with_seal)
    decision = decide(request, Provisions(with_seal))
    if request.at >= lines[0].end_at or request.purpose in _STAYS_OPEN:
        assert not decision.is_sealed
        assert shown(request, with_seal, record) == shown(request, said, record)
    else:
        assert decision.is_sealed
        assert not shown(request, with_seal, record)
        assert explain(request, decision, with_seal) is Because.SEALED
