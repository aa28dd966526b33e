"""Compare orders of one kind with entries that were opened, and with each other. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from openhealthcode.access.orders.model import Told
from openhealthcode.record import read_exactly
from openhealthcode.record.orders import (
    ExaminationOrder,
    Finding,
    Known,
    MedicineOrder,
    Order,
    compare_medicines,
    compare_results,
    is_same_order,
)
from openhealthcode.record.reading import Entry
from openhealthcode.standards.ids import InstitutionId
from openhealthcode.terminology.interactions import Interaction


@dataclass(frozen=True, slots=True)
class Placed:
    """An order, its resource and its place among what is filed."""

    place: int
    order: Order
    resource: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Comparing:
    """Everything about orders of one kind that is known before the record is looked at."""

    placed: tuple[Placed, ...]
    institution_id: InstitutionId
    division_code: str
    interactions: tuple[Interaction, ...]
    today: date

    def found(self, entries: Sequence[Entry]) -> list[tuple[Told, Entry | None]]:
        """What is told of each order, each with the entry that says it, if one does."""
        opened = [
            (entry, Known(read_exactly(entry.body), entry.institution_id == self.institution_id))
            for entry in entries
        ]
        return [one for placed in self.placed for one in self._of(placed, opened)]

    def _of(
        self, placed: Placed, opened: Sequence[tuple[Entry, Known]]
    ) -> Iterator[tuple[Told, Entry | None]]:
        others = [
            (entry, one)
            for entry, one in opened
            if not (one.is_own and is_same_order(placed.resource, one.resource))
        ]
        beside = self._ordered_beside(placed)
        known = [one for _, one in others] + beside
        for finding in self._findings(placed.order, known):
            at = finding.known
            if at is None:
                yield Told(placed.place, finding), None
            elif at < len(others):
                entry, one = others[at]
                yield Told(placed.place, finding, one.resource, entry.institution_id), entry
            else:
                resource = beside[at - len(others)].resource
                yield Told(placed.place, finding, resource, is_filed=False), None

    def _ordered_beside(self, placed: Placed) -> list[Known]:
        """The other medicines of the same delivery: what is prescribed together is taken together."""
        if isinstance(placed.order, ExaminationOrder):
            return []
        return [Known(one.resource, is_own=True) for one in self.placed if one is not placed]

    def _findings(self, order: Order, known: Sequence[Known]) -> tuple[Finding, ...]:
        if isinstance(order, MedicineOrder):
            return compare_medicines(order, known, self.interactions)
        return compare_results(order, known, self.today, self.division_code)
