"""What an answer given with a PIN opens: all that was allowed, or what looks like it. Pure."""

from __future__ import annotations

from dataclasses import replace
from sys import maxsize
from typing import Final

from openhealthcode.consent.model import Manner, Provision, Rule
from openhealthcode.consent.rules import LONGEST_CONSENT
from openhealthcode.standards import RecordCategory, SensitiveCategory

PLAUSIBLE: Final = frozenset(
    {
        RecordCategory.DEMOGRAPHICS,
        RecordCategory.ALLERGIES,
        RecordCategory.BLOOD_TYPE,
        RecordCategory.IMMUNISATIONS,
    }
)
"""What somebody who is hardly ever ill has in a record: the view that opens under duress."""

_NOTHING_FILED: Final = 0
"""Events are numbered from one: up to this number nothing was filed."""
_EVERYTHING_FILED: Final = maxsize


def divided(provisions: tuple[Provision, ...], *, is_under_duress: bool) -> tuple[Provision, ...]:
    """The same permission in three lines: the plausible categories, the others, and a refusal.

    Always three, whichever PIN was entered, so that what is written has one shape. Under duress the
    second line is in force like the first and covers nothing; neither do sensitive matters open.
    The third line covers nothing otherwise; under duress it closes for a day at most, to the whole
    institution, what older consents would still open to whoever stands there.
    """
    lines = []
    for provision in provisions:
        for categories, is_plausible in (
            (provision.categories & PLAUSIBLE, not provision.sensitive),
            (provision.categories - PLAUSIBLE, False),
        ):
            covers_nothing = is_under_duress and not is_plausible
            up_to = _NOTHING_FILED if covers_nothing else provision.up_to_number
            lines.append(replace(provision, categories=categories, up_to_number=up_to))
        lines.append(_refusal(provision, _EVERYTHING_FILED if is_under_duress else _NOTHING_FILED))
    return tuple(lines)


def _refusal(provision: Provision, up_to_number: int) -> Provision:
    """What is not plausible, closed to everybody of the institution while the answer is young."""
    return replace(
        provision,
        rule=Rule.DENY,
        categories=frozenset(RecordCategory) - PLAUSIBLE,
        sensitive=frozenset(SensitiveCategory),
        practitioner_id=None,
        department=None,
        manner=Manner.VIEW,
        up_to_number=up_to_number,
        end_at=min(provision.end_at, provision.start_at + LONGEST_CONSENT),
        uses=None,
    )
