"""Ask registrars about what linkage found: each pair once, never one that was answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from enum import StrEnum
from itertools import product
from typing import Final

from openhealthcode import identity
from openhealthcode.database import Pool, transaction
from openhealthcode.identity.batch import export
from openhealthcode.identity.batch.clusters import Suggestion
from openhealthcode.identity.matching import (
    Candidate,
    Model,
    Score,
    Variant,
    compare,
    rule_of,
    score,
)
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

_AT_ONCE: Final = 200
_OPERATOR: Final = identity.Source()
"""No institution's delivery led to it: any registrar takes it up."""


class Fate(StrEnum):
    """What became of a suggestion."""

    ASKED = "asked"
    KNOWN = "known"
    """It was asked or answered before, or somebody decided that they are two people."""
    GONE = "gone"
    """One of them closed the account meanwhile, or nothing speaks for it any more."""
    LEFT = "left"
    """Beyond the number a run may send; the next run finds it again."""


async def send(
    pool: Pool,
    keys: Keys,
    model: Model,
    suggestions: Sequence[Suggestion],
    *,
    from_bits: float,
) -> AsyncIterator[Counter[Fate]]:
    """Keep each suggestion for a registrar; tells after each few what became of them.

    The pair is compared once more, by the rules and words registrars know from other cases.
    """
    for start in range(0, len(suggestions), _AT_ONCE):
        some = suggestions[start : start + _AT_ONCE]
        residents = sorted({one for each in some for one in (each.left, each.right)})
        known = await export.variants_of(pool, keys, residents)
        fates: Counter[Fate] = Counter()
        for each in some:
            found = _likeness(model, each, known)
            if found is None or found.bits < from_bits:
                fates[Fate.GONE] += 1
                continue
            async with transaction(pool, resident=each.left) as connection:
                is_asked = await identity.suspect(connection, keys, each.left, found, _OPERATOR)
            fates[Fate.ASKED if is_asked else Fate.KNOWN] += 1
        yield fates


def _likeness(
    model: Model, suggestion: Suggestion, known: Mapping[ResidentId, Sequence[Variant]]
) -> identity.Likeness | None:
    """The pair of registrations of two residents that tells most, as a registrar is told of it.

    Who has a valid number is compared by a registration that shows it.
    """
    best: tuple[bool, float, Variant, Score, Variant] | None = None
    for one, other in product(known.get(suggestion.left, ()), known.get(suggestion.right, ())):
        scored = score(model, compare(one, other, model.fields), one, other)
        weight = (bool(one.number and other.number), scored.bits)
        if best is None or weight > best[:2]:
            best = (*weight, one, scored, other)
    if best is None:
        return None
    _, bits, one, scored, other = best
    return identity.Likeness(
        suggestion.right,
        rule_of(one, Candidate(suggestion.right, other, scored)),
        bits,
        model.version,
        tuple(evidence.line for evidence in scored.evidence),
    )
