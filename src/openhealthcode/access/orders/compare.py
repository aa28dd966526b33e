"""Compare what is ordered with what the resident lets this institution see of the record.

One look for each order: the entries that could matter are read, the consents decide which of them
take part, they are compared, and exactly those that are told stand in the event. It is told after the
event is committed, and it is the same where there is nothing and where nothing may be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from openhealthcode import audit, registry
from openhealthcode.access import budgets, looking, remembered
from openhealthcode.access.asking import asking, asking_within_agreements
from openhealthcode.access.children import admission
from openhealthcode.access.disclose import choose_permitted
from openhealthcode.access.looking import Choice, Choices, Look, PersonRows
from openhealthcode.access.orders.comparing import Comparing, Placed
from openhealthcode.access.orders.model import Prescriber, RepeatUnexplained, Told
from openhealthcode.access.read import choose_for_system
from openhealthcode.access.whole import at_most_shown
from openhealthcode.consent import Provisions
from openhealthcode.database import Pool, transaction
from openhealthcode.record.orders import (
    COMPARED_TYPES,
    RESULT_TYPES,
    ExaminationOrder,
    FindingKind,
    MedicineOrder,
    Order,
    order_of,
)
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards.ids import InstitutionId, ResidentId
from openhealthcode.terminology.interactions import interactions_with
from openhealthcode.terminology.systems import FAMILIES
from openhealthcode.trust import Keys, Labels

_MEDICINE_DAYS: Final = 3 * 366
"""How far back a prescription may still be running."""
_ALWAYS: Final = "AllergyIntolerance"

Asker = SystemAccess | Prescriber


@budgets.leasing
async def compare_orders(
    pool: Pool,
    keys: Keys,
    *,
    asker: Asker,
    resident_id: ResidentId,
    resources: Sequence[dict[str, Any]],
) -> tuple[Told, ...]:
    """What is told about those of the resources that order something now.

    Args:
        resources: as they will be filed; whatever orders nothing is passed over.

    Raises:
        NotFound: there is no such resident.
    """
    now = datetime.now(UTC)
    read = [
        Placed(place, order, resource)
        for place, resource in enumerate(resources)
        if (order := order_of(resource, now)) is not None
    ]
    told: list[Told] = []
    for kind in (ExaminationOrder, MedicineOrder):  # however many there are, one look for each
        placed = tuple(one for one in read if isinstance(one.order, kind))
        types = _types(kind, asker)
        if placed and types:
            told += await _compare(pool, keys, asker, resident_id, placed, types)
    return tuple(sorted(told, key=lambda one: one.order))


def settle(told: Iterable[Told], resources: Sequence[dict[str, Any]]) -> None:
    """Let orders pass, unless one repeats a recognised result without an explained reason.

    Raises:
        RepeatUnexplained: one does; it says all that was found about those.
    """
    now = datetime.now(UTC)
    unexplained = [
        one
        for one in told
        if one.finding.kind is FindingKind.RESULT_ELSEWHERE
        and isinstance(order := order_of(resources[one.order], now), ExaminationOrder)
        and not order.is_explained
    ]
    if unexplained:
        raise RepeatUnexplained(unexplained)


async def _compare(
    pool: Pool,
    keys: Keys,
    asker: Asker,
    resident_id: ResidentId,
    placed: tuple[Placed, ...],
    types: tuple[str, ...],
) -> list[Told]:
    comparing = await _comparing(pool, asker, placed)
    choose = await _chooser(pool, keys, asker, resident_id)
    orders = tuple(one.order for one in placed)
    known = remembered.known_provisions(resident_id)
    selection = _Compared(orders, types, asker.institution_id, known)
    told: list[Told] = []

    def together(choices: Choices) -> Choices:
        """Open what may be seen, compare it, and leave in each choice what is told."""
        groups = ((one, keys.of(one), choice.rows) for one, choice in choices.items())
        found = comparing.found(looking.open_rows(keys.of(resident_id), PersonRows(groups)))
        told[:] = [one for one, _ in found]
        meant = {entry.entry_id for _, entry in found if entry is not None}
        return {one: _telling(choice, meant) for one, choice in choices.items()}

    async def once() -> None:
        async with transaction(pool, resident=resident_id) as connection:
            await looking.choose_and_log_within(
                connection, keys, resident_id, selection, choose, together
            )

    await audit.until_free(once)
    return told


async def _comparing(pool: Pool, asker: Asker, placed: tuple[Placed, ...]) -> Comparing:
    known = await registry.institutions(pool, (asker.institution_id,))
    institution = known.get(asker.institution_id)
    atc = {code for one in placed if isinstance(one.order, MedicineOrder) for code in one.order.atc}
    return Comparing(
        placed,
        asker.institution_id,
        institution.division_code if institution else "",
        await interactions_with(pool, atc),
        datetime.now(UTC).date(),
    )


async def _chooser(
    pool: Pool, keys: Keys, asker: Asker, resident_id: ResidentId
) -> Callable[[Look], Choice]:
    """What this asker may see, as of any of its looks."""
    labels = keys.of(resident_id).labels
    practitioner = None if isinstance(asker, SystemAccess) else asker.practitioner_id
    actor = asker.system_id if isinstance(asker, SystemAccess) else asker.practitioner_id
    kind = budgets.ReaderKind.SYSTEM if practitioner is None else budgets.ReaderKind.PRACTITIONER
    admitted = await admission(pool, keys, resident_id, asker.institution_id, actor, kind)
    if isinstance(asker, SystemAccess):
        who = await asking_within_agreements(pool, asker.institution_id)
    else:
        who = await asking(pool, asker.institution_id, practitioner)

    def choose(seen: Look) -> Choice:
        if isinstance(asker, SystemAccess):
            return choose_for_system(seen, seen.rows, asker, (who, admitted), labels)
        agent = audit.Agent(
            audit.AgentKind.PRACTITIONER, asker.practitioner_id, asker.institution_id
        )
        request = who.request(asker.purpose, seen.at, asker.scene)
        return choose_permitted(seen, request, labels, agent, admitted)

    return choose


def _telling(choice: Choice, told: set[Any]) -> Choice:
    """The choice with what is told alone, and an event that says it was for an order.

    A permission in force that had nothing to tell is no refusal.
    """
    rows = [row for row in choice.rows if row["entry_id"] in told]
    is_refused = choice.until is None and not rows
    event = replace(
        choice.event,
        outcome=audit.Outcome.REFUSED if is_refused else audit.Outcome.DONE,
        detail={**choice.event.detail, "items": looking.items(rows), "ordering": True},
    )
    return replace(choice, rows=rows, event=event)


def _types(kind: type[Order], asker: Asker) -> tuple[str, ...]:
    """Which types are compared: of a system those alone that its token may read."""
    types = COMPARED_TYPES if kind is MedicineOrder else RESULT_TYPES
    if isinstance(asker, SystemAccess):
        return tuple(type_ for type_ in types if asker.permits(type_, "r"))
    return types


@dataclass(frozen=True, slots=True)
class _Compared:
    """The selection of what orders of one kind are compared with."""

    orders: tuple[Order, ...]
    types: tuple[str, ...]
    institution_id: InstitutionId
    known: tuple[int, Provisions]

    @property
    def statement(self) -> str:
        """See ``Selection``."""
        return "compared"

    def parameters(self, labels: Labels) -> tuple[object, ...]:
        """See ``Selection``."""
        tests = [one for one in self.orders if isinstance(one, ExaminationOrder)]
        days = max((one.days for one in tests), default=_MEDICINE_DAYS)
        codes = frozenset(code for one in tests for code in one.codes | one.single)
        tokens = [
            labels.token(f"code|{system}|{code}") for system in FAMILIES["loinc"] for code in codes
        ]
        return (
            [type_ for type_ in self.types if type_ != _ALWAYS],
            datetime.now(UTC).date() - timedelta(days=days),
            tokens or None,
            [type_ for type_ in self.types if type_ == _ALWAYS],
            self.known[0],
            *at_most_shown(self.known[1], self.institution_id, labels),
            self.institution_id,
        )

    def under(self, resident_id: ResidentId) -> _Compared:
        """See ``Selection``."""
        return replace(self, known=remembered.known_provisions(resident_id))
