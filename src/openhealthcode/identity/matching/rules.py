"""Who is meant: certainty first, then the score, and a person for what remains."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from openhealthcode.identity.matching.model import (
    Candidate,
    Decision,
    Doubt,
    Field,
    Level,
    Link,
    MatchGrade,
    Nobody,
    Rule,
    Score,
    Variant,
)
from openhealthcode.identity.matching.names import NameAgreement, agreement

REVIEW_FROM_BITS: Final = 0.0
LINK_FROM_BITS_WITH_CONTACT: Final = 10.0
LINK_FROM_BITS: Final = 12.0
MARGIN_BITS: Final = 5.0
"""How far the likeliest must be ahead of the next resident to be linked by score."""

_BY_NUMBER = frozenset({Rule.D1, Rule.D2})
_AT_A_TIE: Final = (Rule.D1, Rule.D2, Rule.D3, Rule.N1, Rule.SCORE, Rule.P1)
"""Which of two registrations of one resident counts that weigh the same: certainty, then caution."""
_CONTACT_AGREES = frozenset({Level.PHONE_AND_ADDRESS, Level.SAME_PHONE, Level.SAME_ADDRESS})


def decide(subject: Variant, candidates: Iterable[Candidate]) -> Decision:
    """Who a registration is about.

    Args:
        subject: what was received.
        candidates: registrations of those registered, several of one resident if there are.
    """
    judged = judge(subject, candidates)
    named = [(c, rule) for c, rule in judged if rule in _BY_NUMBER]
    if named:
        # Others with this number have other names: a person looked at them when they came.
        agreeing = [c for c, rule in named if rule is Rule.D1]
        if len(agreeing) == 1:
            return Link(agreeing[0].resident_id, Rule.D1, agreeing[0].score)
        return Doubt(Rule.D2, tuple(c for c, _ in named))
    likely = [(c, rule) for c, rule in judged if c.score.bits >= REVIEW_FROM_BITS]
    if not likely:
        return Nobody()
    first, rule = likely[0]
    if rule is Rule.P1:
        return Link(first.resident_id, Rule.P1, first.score)
    return Doubt(rule, tuple(c for c, _ in likely))


def judge(subject: Variant, candidates: Iterable[Candidate]) -> list[tuple[Candidate, Rule]]:
    """Each resident once, by the registration that tells most, with the rule that applies.

    Those who share a number go first, then the likeliest. A resident is linked by score only with
    nobody else near: P1 applies to one at the most.
    """
    ranked = _one_each(subject, candidates)
    judged = [(candidate, rule_of(subject, candidate)) for candidate in ranked]
    judged = [
        (c, Rule.SCORE if rule is Rule.P1 and not _is_alone(c, ranked) else rule)
        for c, rule in judged
    ]
    return sorted(judged, key=lambda each: each[1] not in _BY_NUMBER)


def rule_of(subject: Variant, candidate: Candidate) -> Rule:
    """The rule that applies to a registration and one candidate, whoever else there is."""
    variant, score = candidate.variant, candidate.score
    if candidate.shares_certificate or _has_same_number(subject, variant):
        return Rule.D1 if name_agrees(subject, variant) else Rule.D2
    if subject.is_newborn or variant.is_newborn:
        return Rule.N1
    if subject.number and variant.number:
        return Rule.D3
    return Rule.P1 if _is_certain_without_number(score) else Rule.SCORE


def grade(rule: Rule, score: Score) -> MatchGrade:
    """How sure a match is to be called."""
    if rule is Rule.D1:
        return MatchGrade.CERTAIN
    if rule is Rule.P1:
        return MatchGrade.PROBABLE
    is_possible = rule is Rule.D2 or score.bits >= REVIEW_FROM_BITS
    return MatchGrade.POSSIBLE if is_possible else MatchGrade.CERTAINLY_NOT


def name_agrees(left: Variant, right: Variant) -> bool:
    """Whether two names may be one: equal, of the same sound, look-alike, or partly not arrived."""
    return agreement(left.name, right.name) is not NameAgreement.DIFFERENT


def _one_each(subject: Variant, candidates: Iterable[Candidate]) -> list[Candidate]:
    """The best registration of each resident, the likeliest resident first.

    One who has a valid number is compared by a registration that shows it, whatever another of
    theirs would have scored without.
    """
    best: dict[object, Candidate] = {}
    for candidate in candidates:
        known = best.get(candidate.resident_id)
        if known is None or _tells_more(subject, candidate, known):
            best[candidate.resident_id] = candidate
    return sorted(best.values(), key=lambda c: (-c.score.bits, c.resident_id))


def _tells_more(subject: Variant, candidate: Candidate, known: Candidate) -> bool:
    weight, before = _weight(candidate), _weight(known)
    if weight != before:
        return weight > before
    rules = rule_of(subject, candidate), rule_of(subject, known)
    return _AT_A_TIE.index(rules[0]) < _AT_A_TIE.index(rules[1])


def _weight(candidate: Candidate) -> tuple[bool, bool, float]:
    has_number = candidate.variant.number != ""
    return candidate.shares_certificate, has_number, candidate.score.bits


def _has_same_number(left: Variant, right: Variant) -> bool:
    return left.number != "" and left.number == right.number


def _is_certain_without_number(score: Score) -> bool:
    """Identical name and birth date, nothing against, and enough of the rest."""
    is_whole = score.level_of(Field.GIVEN) is Level.EQUAL and score.level_of(Field.FAMILY) in (
        Level.EQUAL,
        Level.NOT_SAID,  # a name with a middle dot is given name as a whole
    )
    is_identical = is_whole and score.level_of(Field.BIRTH) is Level.EQUAL
    if not is_identical or score.level_of(Field.SEX) is Level.DIFFERENT:
        return False
    has_contact = score.level_of(Field.CONTACT) in _CONTACT_AGREES
    return score.bits >= (LINK_FROM_BITS_WITH_CONTACT if has_contact else LINK_FROM_BITS)


def _is_alone(candidate: Candidate, ranked: Iterable[Candidate]) -> bool:
    return all(
        candidate.score.bits - other.score.bits >= MARGIN_BITS
        for other in ranked
        if other is not candidate
    )
