"""What may leave in the open: entries the resident shares with whoever comes, minus all refusals.

Whoever holds a card, a paper or a link may be the one somebody closed something to, so every refusal
counts, to whomever it was said. Entries closed by hand never leave this way.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from openhealthcode import consent
from openhealthcode.access import looking
from openhealthcode.access.looking import Look, Row
from openhealthcode.consent import AccessRequest, Manner, Provision, Provisions, Rule
from openhealthcode.standards import PurposeOfUse, RecordCategory, SensitiveCategory
from openhealthcode.standards.ids import ConsentId
from openhealthcode.trust import Labels

_NOBODY: Final = UUID(int=0)
_EVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
_BY_KIND: Final = frozenset(SensitiveCategory) - {SensitiveCategory.CHOSEN}


def shared_with_anybody(
    seen: Look, labels: Labels, *, with_closed: bool = False, up_to_number: int | None = None
) -> list[Row]:
    """The entries that may be shown to whoever holds what the resident made.

    Args:
        with_closed: the resident ticked that closed kinds are in it too.
        up_to_number: nothing filed by a later event.
    """
    permit = Provision(
        consent_id=ConsentId(_NOBODY),
        rule=Rule.PERMIT,
        purpose=PurposeOfUse.TREATMENT,
        categories=frozenset(RecordCategory),
        sensitive=_BY_KIND if with_closed else frozenset(),
        manner=Manner.KEEP,
        up_to_number=up_to_number,
        start_at=seen.at,
        end_at=_EVER,
    )
    refused = [one for one in seen.provisions if one.rule is Rule.DENY]
    request = AccessRequest(None, None, PurposeOfUse.TREATMENT, seen.at, manner=Manner.KEEP)
    decision = consent.decide(request, Provisions([permit, *refused]))
    return looking.permitted(seen.rows, decision, labels)
