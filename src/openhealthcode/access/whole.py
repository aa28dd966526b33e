"""A system looks at one record as a whole, or at everything that was ever filed of a part of it.

One transaction, in which the chain is held: read without what could never be shown, decide, keep
what is wanted of it, log exactly that, commit. Only then is anything opened for showing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from openhealthcode import audit
from openhealthcode.access import budgets, looking, remembered
from openhealthcode.access.asking import asking_to_keep
from openhealthcode.access.children import admission
from openhealthcode.access.looking import Choice, Choices, Look, PersonRows, Row
from openhealthcode.access.read import choose_for_system
from openhealthcode.consent import Provisions, Rule
from openhealthcode.database import Connection, Pool, enter, load_queries, transaction
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards.ids import EntryId, InstitutionId, ResidentId
from openhealthcode.trust import Keys, Labels

_QUERIES: Final = load_queries("openhealthcode.access")

Rows = Mapping[ResidentId, list[Row]]
"""Rows by the id of the person they lie under, the one that was named first."""

Keep = Callable[[Look, Rows], Rows]
"""What is wanted of what may be shown; the look is that of the id that was named."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries of a record are asked for.

    Args:
        types: resource types.
        start: the first clinical day; what has none began before any.
        until: the day after the last one. The resident's own entry is there on every day.
        since: filed then or later.
    """

    types: frozenset[str]
    start: date | None = None
    until: date | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class InRecord:
    """The current entries of a record.

    Args:
        has_bodies: read together with their content, because most of them will be shown.
    """

    wanted: Wanted
    has_bodies: bool = True

    @property
    def statement(self) -> str:
        """See ``Selection``."""
        return "whole"

    def values(self) -> tuple[object, ...]:
        """The parameters between the consents' known version and who asks."""
        wanted = self.wanted
        return sorted(wanted.types), wanted.start, wanted.until, wanted.since, self.has_bodies


@dataclass(frozen=True, slots=True)
class EverFiled:
    """All versions of one entry, or of every entry of some types."""

    types: frozenset[str]
    entry_id: EntryId | None = None

    @property
    def statement(self) -> str:
        """See ``Selection``."""
        return "history"

    def values(self) -> tuple[object, ...]:
        """The parameters between the consents' known version and who asks."""
        return sorted(self.types), self.entry_id


@dataclass(frozen=True, slots=True)
class _OfSystem:
    """A selection together with what keeps back what this institution could never see."""

    asked: InRecord | EverFiled
    institution_id: InstitutionId
    known: tuple[int, Provisions]

    @property
    def statement(self) -> str:
        """See ``Selection``."""
        return self.asked.statement

    def parameters(self, labels: Labels) -> tuple[object, ...]:
        """See ``Selection``."""
        version, provisions = self.known
        reach = at_most_shown(provisions, self.institution_id, labels)
        return (*self.asked.values(), version, *reach, self.institution_id)

    def under(self, resident_id: ResidentId) -> _OfSystem:
        """See ``Selection``."""
        return replace(self, known=remembered.known_provisions(resident_id))


def at_most_shown(
    provisions: Provisions, institution_id: InstitutionId, labels: Labels
) -> tuple[list[bytes], list[bytes]]:
    """Categories and closed kinds of which an institution could ever see something.

    Only the decision says what it does see; this keeps back what nobody has to weigh. Without it
    the work for an answer would tell how much of a record is closed.
    """
    permits = [
        one
        for one in provisions
        if one.rule is Rule.PERMIT and one.institution_id in (None, institution_id)
    ]
    categories = frozenset(each for one in permits for each in one.categories)
    opened = {one.sensitive for one in permits}
    return (
        [labels.token_of(each) for each in categories],
        [token for kinds, token in labels.sensitivities() if any(kinds <= one for one in opened)],
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look of a system chose, logged; and the sealed bodies of it."""

    look: Look
    groups: tuple[tuple[ResidentId, list[Row]], ...]
    bodies: Mapping[UUID, bytes] = field(repr=False)
    """By entry, where the rows came without them."""
    versions: Mapping[tuple[UUID, int], bytes] = field(repr=False)
    """By entry and version, of a history."""


@budgets.leasing
async def look_as_system(
    pool: Pool,
    keys: Keys,
    *,
    system: SystemAccess,
    resident_id: ResidentId,
    asked: InRecord | EverFiled,
    keep: Keep,
    detail: Mapping[str, object] = MappingProxyType({}),
) -> Seen:
    """Look, decide, keep what is wanted of what may be shown, log it, commit.

    Args:
        detail: what the event says besides.

    Raises:
        NotFound: there is no such resident.
        UnknownKey, DestroyedKey: there is none any more.
    """
    labels = keys.of(resident_id).labels
    who = await asking_to_keep(pool, system.institution_id)
    admitted = await admission(pool, keys, resident_id, system.institution_id, system.system_id)
    named: list[Look] = []

    def choose(seen: Look) -> Choice:
        named.append(seen)
        return choose_for_system(seen, seen.rows, system, (who, admitted), labels)

    def together(choices: Choices) -> Choices:
        kept = keep(named[0], {one: choice.rows for one, choice in choices.items()})
        chosen = {one: narrowed(choice, kept[one]) for one, choice in choices.items()}
        return (
            {one: _saying(choice, detail) for one, choice in chosen.items()} if detail else chosen
        )

    known = remembered.known_provisions(resident_id)
    selection = _OfSystem(asked, system.institution_id, known)
    async with transaction(pool, resident=resident_id) as connection:
        seen, choice = await looking.choose_and_log_within(
            connection, keys, resident_id, selection, choose, together
        )
        rows = choice.rows
        groups = (
            tuple((one, group) for one, _, group in rows.groups)
            if isinstance(rows, PersonRows)
            else ((resident_id, rows),)
        )
        bodies: dict[UUID, bytes] = {}
        versions: dict[tuple[UUID, int], bytes] = {}
        for one, group in groups:
            if len(groups) > 1:
                await enter(connection, resident=one)
            if isinstance(asked, EverFiled):
                versions |= await _versions(connection, one, group)
            elif not asked.has_bodies:
                bodies |= await _bodies(connection, one, group)
    return Seen(seen, groups, bodies, versions)


def _saying(choice: Choice, detail: Mapping[str, object]) -> Choice:
    return replace(choice, event=replace(choice.event, detail={**choice.event.detail, **detail}))


def narrowed(choice: Choice, rows: list[Row]) -> Choice:
    """The choice of a part of what was chosen, and the event of that; without any, a refusal."""
    if len(rows) == len(choice.rows):
        return choice
    event = replace(
        choice.event,
        outcome=audit.Outcome.DONE if rows else audit.Outcome.REFUSED,
        detail={**choice.event.detail, "items": looking.items(rows)},
    )
    return replace(choice, rows=rows, event=event)


async def _bodies(
    connection: Connection, resident_id: ResidentId, rows: list[Row]
) -> dict[UUID, bytes]:
    wanted = [row["entry_id"] for row in rows]
    found = await connection.fetch(_QUERIES["bodies"], resident_id, wanted)
    return {row["entry_id"]: row["body"] for row in found}


async def _versions(
    connection: Connection, resident_id: ResidentId, rows: list[Row]
) -> dict[tuple[UUID, int], bytes]:
    found = await connection.fetch(
        _QUERIES["bodies_of_versions"],
        resident_id,
        [row["entry_id"] for row in rows],
        [row["version"] for row in rows],
    )
    return {(row["entry_id"], row["version"]): row["body"] for row in found}
