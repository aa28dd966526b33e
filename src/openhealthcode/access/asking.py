"""Who asks, as the register knows them: consents may name a department or a kind of institution."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from openhealthcode import registry
from openhealthcode.consent import AccessRequest, Manner
from openhealthcode.database import Pool
from openhealthcode.registry import InstitutionKind
from openhealthcode.standards import PurposeOfUse, Scene
from openhealthcode.standards.ids import InstitutionId, PractitionerId


class Asking(NamedTuple):
    """A practitioner of an institution, or its systems when there is no practitioner."""

    institution_id: InstitutionId
    practitioner_id: PractitionerId | None
    department: str | None
    institution_kind: InstitutionKind | None

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
