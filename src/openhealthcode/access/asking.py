"""Who asks, as the register knows them: consents may name a department or a kind of institution."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from openhealthcode import registry
from openhealthcode.consent import AccessRequest, Decision, Manner
from openhealthcode.database import Pool
from openhealthcode.registry import InstitutionKind
from openhealthcode.registry.agreements import (
    Channel,
    TransferNotAgreed,
    agreed_categories,
    party_of_institution,
)
from openhealthcode.standards import PurposeOfUse, RecordCategory, Scene
from openhealthcode.standards.ids import InstitutionId, PractitionerId


class Asking(NamedTuple):
    """A practitioner of an institution, or its systems when there is no practitioner."""

    institution_id: InstitutionId
    practitioner_id: PractitionerId | None
    department: str | None
    institution_kind: InstitutionKind | None
    agreed: frozenset[RecordCategory] | None = None
    """Of an institution's system, the categories its agreements cover; ``None``: no limit of theirs."""

    def request(
        self,
        purpose: PurposeOfUse,
        at: datetime,
        scene: Scene | None = None,
        manner: Manner = Manner.VIEW,
    ) -> AccessRequest:
        """What they ask for."""
        return AccessRequest(
            self.institution_id,
            self.practitioner_id,
            purpose,
            at,
            self.department,
            self.institution_kind,
            scene,
            manner,
        )

    def narrowed(self, decision: Decision) -> Decision:
        """The decision within what handlers agreed; nothing beyond it is permitted."""
        if self.agreed is None:
            return decision
        agreed = self.agreed
        permits = tuple(
            replace(one, categories=one.categories & agreed) for one in decision.permits
        )
        return Decision(tuple(one for one in permits if one.categories), decision.denials)


async def asking_to_keep(
    pool: Pool, institution_id: InstitutionId, channel: Channel = Channel.READ
) -> Asking:
    """As ``asking``, of a system: what it reads is handed over, within what was agreed with it.

    Raises:
        TransferNotAgreed: no agreement in force covers it.
    """
    party = party_of_institution(institution_id)
    agreed = await agreed_categories(pool, party, PurposeOfUse.TREATMENT, channel)
    return (await asking(pool, institution_id))._replace(agreed=agreed)


async def asking_within_agreements(pool: Pool, institution_id: InstitutionId) -> Asking:
    """As ``asking_to_keep``, where something else is done too: without an agreement, nothing is told."""
    try:
        return await asking_to_keep(pool, institution_id)
    except TransferNotAgreed:
        return (await asking(pool, institution_id))._replace(agreed=frozenset())


async def asking(
    pool: Pool, institution_id: InstitutionId, practitioner_id: PractitionerId | None = None
) -> Asking:
    """Look up who asks; what the register does not know stays unknown, and opens nothing.

    A practitioner's department counts at the practitioner's own institution only.
    """
    institution = (await registry.institutions(pool, (institution_id,))).get(institution_id)
    department = None
    if practitioner_id is not None:
        found = (await registry.practitioners(pool, (practitioner_id,))).get(practitioner_id)
        if found is not None and found.institution_id == institution_id:
            department = found.department or None
    return Asking(
        institution_id, practitioner_id, department, institution.kind if institution else None
    )
