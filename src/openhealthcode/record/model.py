"""What is known of an entry without opening it again, and what a search may ask for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from openhealthcode.standards import RecordCategory, SensitiveCategory

Resource = dict[str, Any]
"""A FHIR resource as parsed JSON."""

Value = Any
"""Anything that stands in one."""


@dataclass(frozen=True, slots=True)
class Description:
    """Everything the store keeps about an entry besides its sealed content.

    ``day`` is the clinical day as its author wrote it (no time zone is applied); None when the
    entry names none. A day known only to the month or year stands for its first.
    ``tokens`` are search keys in clear, ``parameter|system|code``; the store keeps only their
    keyed form.
    """

    type: str
    day: date | None
    category: RecordCategory
    sensitive: frozenset[SensitiveCategory]
    tokens: tuple[str, ...]


class Order(StrEnum):
    """How a page of results is sorted; ties are broken by the entry's id."""

    NEWEST = "-date"
    OLDEST = "date"
    FILED_LAST = "-_lastUpdated"
    FILED_FIRST = "_lastUpdated"


USUAL_PAGE: Final = 20
"""Entries on a page when the search does not say."""

Days = tuple[date | None, date | None]
"""Half-open range of days, from the first up to but not including the second; None is open."""

Moments = tuple[datetime | None, datetime | None]
"""Half-open range of moments; None is open."""


@dataclass(frozen=True, slots=True)
class Path:
    """Where values of a parameter stand: JSON names, one inside the other.

    Args:
        names: from the resource inwards; a list on the way stands for each of its elements.
        of: only references to this type, or contact points of this kind; empty for all.
        system: the system a bare code found here is of; empty when not known.
        is_whether: the value is whether anything stands here but ``false``.
    """

    names: tuple[str, ...]
    of: str = ""
    system: str = ""
    is_whether: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """A search parameter of one resource type, as R4 defines it.

    Args:
        name: as it stands in a search.
        type: FHIR's search type: token, date, string, reference, quantity, uri or composite.
        paths: where its values stand; of a composite, what holds its parts together.
        targets: the types a reference may lead to.
        parts: of a composite, its parameters in order.
    """

    name: str
    type: str
    paths: tuple[Path, ...]
    targets: frozenset[str] = frozenset()
    parts: tuple[Parameter, ...] = ()


class Surroundings(Protocol):
    """The entries among which one is looked at: what chains, ``_has`` and ``_include`` may reach."""

    def entry(self, reference: str) -> Resource | None:
        """What a reference ``Type/id`` leads to; None for whatever is not among the entries."""

    def of_type(self, type_: str) -> Iterable[Resource]:
        """Every entry of one type among them."""


class Condition(Protocol):
    """One parameter of a search as understood: what an entry has to be."""

    @property
    def types(self) -> frozenset[str]:
        """The types of other entries it has to see."""

    def holds(self, resource: Resource, among: Surroundings) -> bool:
        """Whether it is true of this resource."""


@dataclass(frozen=True, slots=True)
class SortKey:
    """One of the parameters results are sorted by."""

    parameter: Parameter
    is_descending: bool


@dataclass(frozen=True, slots=True)
class Include:
    """Other entries a search brings along: by ``_include``, or by ``_revinclude`` if reverse.

    Args:
        source: the type that refers.
        parameters: the references followed.
        target: only entries of this type; empty for all.
        is_reverse: from what is referred to to what refers to it.
        is_iterate: from what was brought along, too.
    """

    source: str
    parameters: tuple[Parameter, ...]
    target: str
    is_reverse: bool
    is_iterate: bool

    @property
    def targets(self) -> frozenset[str]:
        """The types it may lead to."""
        if self.target:
            return frozenset({self.target})
        return frozenset().union(*(each.targets for each in self.parameters))


@dataclass(frozen=True, slots=True)
class Search:
    """A search inside one resident's record, as understood.

    Args:
        patient: the resident's FHIR id.
        type: the resource type asked for.
        ids: FHIR ids asked for, any of them; empty when not asked.
        tokens: one group per condition; an entry must have at least one token of every group.
        days: ranges of days in ascending order, any of which will do; None when not asked, an
            empty tuple when nothing can match. Undated entries match only None.
        filed: the same for the moment of filing.
        order: how results are sorted.
        count: entries on a page; 0 to be told only how many there are.
        conditions: what the tokens above do not decide; it takes the opened entry to know.
        sort: parameters sorted by where ``order`` does not say it all.
        includes: what else is brought along.
        is_counted: whether the total is told.
        ignored: places of parameters that are not known and were left out, the first being 1.
    """

    patient: str
    type: str
    ids: frozenset[str] = frozenset()
    tokens: tuple[frozenset[str], ...] = ()
    days: tuple[Days, ...] | None = None
    filed: tuple[Moments, ...] | None = None
    order: Order = Order.NEWEST
    count: int = USUAL_PAGE
    conditions: tuple[Condition, ...] = field(default=(), repr=False)
    sort: tuple[SortKey, ...] = ()
    includes: tuple[Include, ...] = ()
    is_counted: bool = True
    ignored: tuple[int, ...] = ()

    @property
    def needs_opening(self) -> bool:
        """Whether what is found, or its order, is only known once entries are opened."""
        return bool(self.conditions or self.sort or self.includes)
