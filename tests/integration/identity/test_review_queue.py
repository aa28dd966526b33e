"""A queue longer than anybody reads: all of it is counted, the most harmful is at its head."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg

from openhealthcode.identity import review
from openhealthcode.identity.review import ReviewKind, Risk

_CASES = """
INSERT INTO identity.review_item
       (resident_id, review_key, kind, reason, bits, other_residents, institution_id, opened_at, sealed)
SELECT gen_random_uuid(), sha256(($1::text || n)::bytea), $1, $2, $3, ARRAY[gen_random_uuid()], $4,
       now() - make_interval(hours => n), ''
  FROM generate_series(1, $5::integer) AS n
"""
_ANSWERS = """
INSERT INTO identity.review_answer
       (resident_id, review_key, answered_at, answer, answered_by, institution_id, worked_seconds)
SELECT resident_id, review_key, now(), 'not-same', $1, $1, 60
  FROM identity.review_item WHERE reason = 'score' LIMIT 40
"""


async def test_all_that_waits_is_counted_and_the_worst_comes_first(pool, owner_url):
    hospital, elsewhere = uuid4(), uuid4()
    owner = await asyncpg.connect(owner_url)
    try:
        await owner.execute(_CASES, ReviewKind.DUPLICATE, "score", 9.0, hospital, 700)
        await owner.execute(_ANSWERS, hospital)
        await owner.execute(_CASES, ReviewKind.SET_ASIDE, "name-disagrees", None, hospital, 3)
        await owner.execute(
            "UPDATE identity.review_item SET reason = 'D3', bits = -3 WHERE review_key ="
            " (SELECT review_key FROM identity.review_item WHERE reason = 'score'"
            "  ORDER BY opened_at DESC LIMIT 1)"
        )
    finally:
        await owner.close()
    items, backlog = await review.waiting(pool, hospital, datetime.now(UTC))
    waits = backlog.waiting
    assert backlog.count == 663
    assert waits[Risk.MIXED_UP] in {3, 4}  # the one altered may be one that was answered
    assert waits[Risk.LIKELY] + waits[Risk.MIXED_UP] == 663
    assert [review.risk_of(item) for item in items[:3]] == [Risk.MIXED_UP] * 3
    assert backlog.work == timedelta(minutes=663)
    assert backlog.oldest_at is not None
    others, _ = await review.waiting(pool, elsewhere, datetime.now(UTC))
    assert others
    assert all(datetime.now(UTC) - item.opened_at >= review.EVERYBODYS_AFTER for item in others)
