"""What an answer given with a PIN opens: all that was allowed, or what looks like it. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from openhealthcode.consent.model import Provision
from openhealthcode.standards import RecordCategory

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


def divided(provisions: tuple[Provision, ...], *, is_under_duress: bool) -> tuple[Provision, ...]:
    """The same permission in two lines, one for the plausible categories and one for the others.

    Always two, whichever PIN was entered, so that what is written has one shape. Under duress the
    second line is in force like the first and covers nothing; neither do sensitive matters open.
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
    return tuple(lines)
