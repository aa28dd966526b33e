"""Names for the ids that requests, consents and the log carry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from openhealthcode import registry
from openhealthcode.consent import Consent, ConsentRequest
from openhealthcode.database import Pool
from openhealthcode.portal.layout import Language
from openhealthcode.portal.layout.messages import catalogue
from openhealthcode.portal.resident.views import PersonView
from openhealthcode.registry import Institution, Practitioner
from openhealthcode.standards.ids import InstitutionId, PractitionerId


@dataclass(frozen=True, slots=True)
class Acquaintances:
    """Practitioners and institutions of one page, looked up together, named in its language."""

    practitioners: Mapping[PractitionerId, Practitioner]
    institutions: Mapping[InstitutionId, Institution]
    language: Language
    representatives: Mapping[UUID, PersonView] = field(default_factory=dict)

    def representative(self, representation_id: UUID) -> PersonView:
        """Somebody who acts for the resident, by the id of the representation."""
        found = self.representatives.get(representation_id)
        if found is not None:
            return found
        name = catalogue(self.language).plain("representation.looked.somebody")
        return PersonView(name=name, institution="")

    def person(self, practitioner_id: UUID, institution_id: UUID | None) -> PersonView:
        """Somebody by id; whoever left the register is still told apart by institution."""
        institution = self.institution(institution_id)
        found = self.practitioners.get(PractitionerId(practitioner_id))
        if found is None:
            unknown = catalogue(self.language).plain("resident.looked.unknown-person")
            return PersonView(name=unknown, institution=institution)
        role = catalogue(self.language).plain(f"layout.role.{found.role}")
        in_english = self.language is Language.ENGLISH
        return PersonView(
            name=(found.name_en if in_english else "") or found.name,
            title=role if in_english else found.title or role,
            department=found.department,
            institution=institution,
            staff_number=found.staff_number,
        )

    def recipient(self, given: Consent) -> PersonView:
        """Whom a consent allows: a person, a department, or an institution as a whole."""
        if given.practitioner_id is not None:
            return self.person(given.practitioner_id, given.institution_id)
        institution = self.institution(given.institution_id)
        if given.department is not None:
            return PersonView(name=given.department, institution=institution)
        return PersonView(name=institution, institution="")

    def asking(self, asked: ConsentRequest) -> PersonView:
        """Who asks: a person, or an institution by its system."""
        if asked.practitioner_id is not None:
            return self.person(asked.practitioner_id, asked.institution_id)
        return PersonView(name=self.institution(asked.institution_id), institution="")

    def institution(self, institution_id: UUID | None) -> str:
        """An institution's name; empty when it is not known."""
        found = self.institutions.get(InstitutionId(institution_id)) if institution_id else None
        if found is None:
            return ""
        in_english = self.language is Language.ENGLISH
        return (found.name_en if in_english else "") or found.name


async def acquaint(
    pool: Pool,
    language: Language,
    *,
    practitioner_ids: Iterable[UUID | None] = (),
    institution_ids: Iterable[UUID | None] = (),
) -> Acquaintances:
    """Look up everybody a page names, in two queries at most."""
    return Acquaintances(
        await registry.practitioners(
            pool, {PractitionerId(found) for found in practitioner_ids if found}
        ),
        await registry.institutions(
            pool, {InstitutionId(found) for found in institution_ids if found}
        ),
        language,
    )
