"""What is delivered, by whom, and what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from openhealthcode import identity
from openhealthcode.audit import Agent
from openhealthcode.identity import Verification
from openhealthcode.record import Manner
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


class ForeignReference(HealthCodeError):
    """A reference leads into the record of another resident."""

    code = "reference-to-another-resident"


class VersionConflict(HealthCodeError):
    """The version that is there is not the one that If-Match names."""

    code = "version-conflict"


class DeliveryOutdated(HealthCodeError):
    """The entry was changed by its id after this was last updated; send it as an update of that version."""

    code = "delivery-outdated"


class SeveralMatches(HealthCodeError):
    """The condition fits more than one entry; a condition names exactly one."""

    code = "several-matches"


class PatientDiffers(HealthCodeError):
    """The certificates in the Patient are not those of the resident the address names."""

    code = "patient-differs"


class NotDeletable(HealthCodeError):
    """Who a resident is cannot be deleted by an institution; the resident closes the account."""

    code = "not-deletable"


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
    DELETED = "deleted"


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
    """One entry's fate, and where it is to be read from now on; ``place`` is its in the Bundle."""

    done: Done
    type: str
    fhir_id: str
    version: int
    entry_id: EntryId
    place: int = 0


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
    """A transaction's fate: the resident and one line per entry that was filed, in the Bundle's order."""

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
    others: tuple[Filed, ...] = ()
    """What was deleted, and what a condition found there already and left as it is."""


Parameters = tuple[tuple[str, str], ...]
"""Names and values of a search, in the order they were written."""


Weigh = Callable[[Mapping[int, Resource]], Awaitable[None]]
"""Looks at what patches yield, by place in the Bundle, before it is filed; refuses it by an error."""


class Method(StrEnum):
    """What may be done with an entry, in the order in which FHIR does it."""

    DELETE = "DELETE"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRequest:
    """What one entry asks for.

    Args:
        place: of the entry in the Bundle.
        type: of the entry that is created or changed.
        full_url: the sender's name for it; empty if it has none.
        fhir_id: what is changed, by our id; empty when a condition says it, or for what is new.
        condition: what is changed, by a search among the sender's own entries; of what is new,
            only to be filed if nothing is found. None when there is no condition.
        if_match: the version that has to be there.
        resource: of POST and PUT.
        operations: of PATCH, as parsed.
    """

    place: int
    method: Method
    type: str
    full_url: str = ""
    fhir_id: str = ""
    condition: Parameters | None = field(default=None, repr=False)
    if_match: int | None = None
    resource: Resource | None = field(default=None, repr=False)
    operations: Any = field(default=None, repr=False)

    @property
    def is_plain(self) -> bool:
        """Whether it files something new, without a condition."""
        return self.method is Method.POST and self.condition is None


@dataclass(frozen=True, slots=True)
class Target:
    """The sender's own entry that is changed.

    Args:
        fhir_id: our id, as the sender named it or as the condition found it.
        if_match: the version the sender says is there; another one is a conflict.
        seen: the version that was read to make this; if another is there by now, all is done again.
        may_be_gone: whether it may have been deleted before: then it is there again, or stays gone.
    """

    resident_id: ResidentId
    entry_id: EntryId
    type: str
    fhir_id: str
    if_match: int | None = None
    seen: int | None = None
    may_be_gone: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """One entry of a Bundle: under which name the sender knows it, and what it says.

    Args:
        place: in the Bundle.
        target: what it replaces; None where the name decides whether it is new.
        is_named: by its sender; otherwise the name was made here, and nothing is filed under it.
    """

    full_url: str
    resource: Resource = field(repr=False)
    place: int = 0
    target: Target | None = None
    is_named: bool = True


@dataclass(frozen=True, slots=True)
class Removal:
    """An entry that is deleted."""

    place: int
    target: Target


@dataclass(frozen=True, slots=True)
class Standing:
    """What a conditional creation found there already, and leaves as it is."""

    place: int
    full_url: str
    target: Target


@dataclass(frozen=True, slots=True)
class Searched:
    """The types of the sender's entries a condition looked at, and up to which event they stood."""

    resident_id: ResidentId
    types: frozenset[str]
    before_number: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """A transaction Bundle taken apart.

    ``deliveries`` are in the Bundle's order and hold everything that is filed, the patient included.

    Args:
        identifier: the sender's own of the whole, ``system|value``.
        changes: what concerns entries filed before, still to be settled.
        removals: what is deleted.
        standing: what is left as it is.
        searched: what the conditions rest on, if there were any.
        is_settled: whether there were changes; a condition may have fitted nothing.
    """

    patient: Delivery | None
    deliveries: tuple[Delivery, ...]
    identifier: str = ""
    manner: Manner = Manner.TRANSACTION
    changes: tuple[EntryRequest, ...] = ()
    removals: tuple[Removal, ...] = ()
    standing: tuple[Standing, ...] = ()
    searched: Searched | None = None
    is_settled: bool = False

    @property
    def targets(self) -> list[Target]:
        """Every entry filed before that is concerned."""
        replaced = [d.target for d in self.deliveries if d.target is not None]
        return [*replaced, *(r.target for r in self.removals), *(s.target for s in self.standing)]

    def of_type(self, *types: str) -> list[Delivery]:
        """The deliveries of these resource types."""
        return [d for d in self.deliveries if d.resource["resourceType"] in types]
