"""What is delivered, by whom, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from openhealthcode import identity
from openhealthcode.audit import Agent
from openhealthcode.identity import Verification
from openhealthcode.standards import HealthCodeError
from openhealthcode.standards.ids import EntryId, InstitutionId, ResidentId

Resource = dict[str, Any]
"""A FHIR resource as parsed JSON."""


class BundleMalformed(HealthCodeError):
    """The Bundle is not a FHIR R4 transaction this service can take."""

    code = "bundle-malformed"


class SeveralResidents(HealthCodeError):
    """A transaction concerns exactly one resident."""

    code = "several-residents"


class BrokenReference(HealthCodeError):
    """A reference points to nothing in the Bundle and nothing filed before."""

    code = "reference-broken"


class NeedsReview(HealthCodeError):
    """These certificates are known, but not like this; a registrar will look at it."""

    code = "identity-needs-review"


class NotCollected(HealthCodeError):
    """The delivery holds a data element that may not be collected here."""

    code = "collection-beyond-rule"

    def __init__(self, rule: str, elements: tuple[str, ...], location: str) -> None:
        super().__init__(f"{location}: {', '.join(elements)} ({rule})")
        self.elements = elements
        """Every element concerned, by its id; never what stood there."""
        self.location = location
        """Where the first of them stands, as a FHIRPath."""


class BeyondRule(NotCollected):
    """The collection rule of this scene does not allow this data element."""

    code = "collection-beyond-rule"


class RefusedByResident(NotCollected):
    """The resident refuses this optional data element in this scene."""

    code = "collection-refused-by-resident"


class SeparateConsentNeeded(NotCollected):
    """This data element needs the resident's separate consent first."""

    code = "collection-separate-consent"


class RequiredMissing(NotCollected):
    """The delivery lacks a data element that its scene cannot do without."""

    code = "collection-required-missing"


class Done(StrEnum):
    """What filing did with an entry."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Source:
    """Who delivers.

    Args:
        agent: a system, or the platform itself when an operator loads files.
        institution_id: whose entries these are.
        is_register: the operator's own load: entries belong to the institution they themselves
            name as the provider, because the platform files on behalf of many.
        has_seen_document: a clerk compared the document with the person.
        is_checked: the public-security service confirmed who they are.
        reopens: the person, who had an account closed, is there and wants a new one.
    """

    agent: Agent
    institution_id: InstitutionId
    is_register: bool = False
    has_seen_document: bool = False
    is_checked: bool = False
    reopens: bool = False

    @property
    def identity(self) -> identity.Source:
        """The same as the master index keeps it."""
        seen = Verification.SEEN if self.has_seen_document else Verification.ASSERTED
        return identity.Source(
            self.institution_id, Verification.CHECKED if self.is_checked else seen
        )


@dataclass(frozen=True, slots=True)
class Filed:
    """One entry's fate, and where it is to be read from now on."""

    done: Done
    type: str
    fhir_id: str
    version: int
    entry_id: EntryId


@dataclass(frozen=True, slots=True)
class SetAside:
    """What a lenient sender's entry was filed without.

    Args:
        place: of the entry in the Bundle.
        elements: the data elements left out, by id.
        is_whole: nothing of the entry was filed.
    """

    place: int
    elements: tuple[str, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class FiledBundle:
    """A transaction's fate: the resident and one line per entry, in the Bundle's order."""

    resident_id: ResidentId
    is_new_resident: bool
    entries: tuple[Filed, ...]
    event_number: int | None
    """The event that logs it; ``None`` when everything had been filed before."""
    set_aside: tuple[SetAside, ...] = ()
    missing: tuple[str, ...] = ()
    """Elements the rule needs and the delivery does not hold; reported, not refused."""
    warnings: tuple[str, ...] = ()
    """The quality rules that found something doubtful in the registration; told, not refused."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One entry of a Bundle: under which name the sender knows it, and what it says."""

    full_url: str
    resource: Resource = field(repr=False)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A transaction Bundle taken apart.

    ``deliveries`` are in the Bundle's order and hold everything, the patient included.
    """

    patient: Delivery | None
    deliveries: tuple[Delivery, ...]

    def of_type(self, *types: str) -> list[Delivery]:
        """The deliveries of these resource types."""
        return [d for d in self.deliveries if d.resource["resourceType"] in types]
