"""Look somebody up among all who are registered, and keep what they are looked up by."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from openhealthcode.database import Connection, Pool
from openhealthcode.identity import quality
from openhealthcode.identity.claims import identifier_key
from openhealthcode.identity.matching import rules, store
from openhealthcode.identity.matching.compare import compare
from openhealthcode.identity.matching.model import (
    Candidate,
    Doubt,
    Match,
    MatchGrade,
    Rule,
    Variant,
)
from openhealthcode.identity.matching.normalise import variant_of
from openhealthcode.identity.matching.score import default_model, score
from openhealthcode.identity.matching.store import Fetches, Found
from openhealthcode.identity.model import Likeness, Registration
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


async def search(pool: Pool, keys: Keys, registration: Registration, count: int) -> list[Match]:
    """Who may be meant, the likeliest first; reads only, and answers with opaque ids.

    Args:
        pool: the database.
        keys: the installation's.
        registration: what is known of the person; any part may be missing, the certificates too.
        count: at most so many residents.
    """
    subject = comparable(registration)
    found = await ranked(pool, keys, registration, subject)
    graded = [
        Match(
            candidate.resident_id,
            rules.grade(rule, candidate.score),
            candidate.score.probability,
            candidate.score.bits,
            rule,
            candidate.score.evidence,
        )
        for candidate, rule in rules.judge(subject, found)
    ]
    return [match for match in graded if match.grade is not MatchGrade.CERTAINLY_NOT][:count]


async def ranked(
    connection: Fetches,
    keys: Keys,
    registration: Registration,
    subject: Variant,
    *,
    holds: bool = False,
) -> list[Candidate]:
    """Every registration that shares a key or a certificate with this one, scored.

    Args:
        connection: as ``store.candidates`` says.
        keys: the installation's.
        registration: as received; its certificates lead to their holders.
        subject: the same as it is compared.
        holds: as ``store.candidates`` says.
    """
    named = [identifier_key(keys, certificate) for certificate in registration.certificates]
    found = await store.candidates(connection, keys, subject, named, holds=holds)
    return scored(subject, found)


def scored(subject: Variant, found: Iterable[Found]) -> list[Candidate]:
    """Each row with its score by the model that comes with the program."""
    model = default_model()
    return [
        Candidate(
            one.resident_id,
            one.variant,
            score(model, compare(subject, one.variant, model.fields), subject, one.variant),
            one.shares_certificate,
        )
        for one in found
    ]


def likenesses(subject: Variant, doubt: Doubt) -> tuple[Likeness, ...]:
    """What is kept of those who may be meant, for the person who decides."""
    if len(doubt.candidates) == 1:
        return (_likeness(doubt.candidates[0], doubt.rule),)
    return tuple(_likeness(*judged) for judged in rules.judge(subject, doubt.candidates))


def _likeness(candidate: Candidate, rule: Rule) -> Likeness:
    return Likeness(
        candidate.resident_id,
        rule,
        candidate.score.bits,
        default_model().version,
        tuple(evidence.line for evidence in candidate.score.evidence),
    )


async def index(
    connection: Connection, keys: Keys, resident_id: ResidentId, registration: Registration
) -> None:
    """Let a resident be found by a registration; the transaction is the resident's."""
    await store.add(connection, keys, resident_id, comparable(registration))


async def unindex(connection: Connection, resident_id: ResidentId) -> None:
    """Let nobody find a resident any more; the transaction is the resident's."""
    await store.remove(connection, resident_id)


def comparable(registration: Registration) -> Variant:
    """What a registration is compared by, without what the quality rules do not trust in it."""
    return variant_of(quality.trusted(registration, datetime.now(UTC)))
