"""Who can look now: the consents in force and the overrides, as the pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from openhealthcode.consent import Consent, ConsentKind
from openhealthcode.portal.resident.people import Acquaintances
from openhealthcode.portal.resident.views import LastGivenView, OpenDoorView


def in_force(given: Iterable[Consent], at: datetime) -> list[Consent]:
    """The consents that still open something at this moment."""
    return [one for one in given if one.withdrawn_at is None and at < one.end_at]


def open_doors(
    given: Iterable[Consent], at: datetime, known: Acquaintances
) -> tuple[OpenDoorView, ...]:
    """Each consent in force, with who may look and until when."""
    return tuple(
        OpenDoorView(
            consent_id=one.consent_id,
            person=known.recipient(one),
            purpose=one.purpose,
            categories=tuple(sorted(one.categories)),
            is_override=one.is_override,
            granted_at=one.granted_at,
            end_at=one.end_at,
        )
        for one in in_force(given, at)
    )


def last_given(given: Sequence[Consent], known: Acquaintances) -> LastGivenView | None:
    """The latest consent at a visit, in force or not; ``given`` is newest first."""
    latest = next((one for one in given if one.kind is ConsentKind.VISIT), None)
    if latest is None:
        return None
    return LastGivenView(at=latest.granted_at, person=known.recipient(latest))
