"""Two entries side by side, with what speaks for one person and what against; logged with both."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from openhealthcode import audit
from openhealthcode.audit import reading as log
from openhealthcode.database import Connection, Pool, enter, transaction
from openhealthcode.identity import ReviewReason, linking, matching, review
from openhealthcode.identity import reading as identity_reading
from openhealthcode.identity.matching import Score, Variant
from openhealthcode.identity.reading import Received
from openhealthcode.identity.review import Answered, ReviewItem, ReviewKind
from openhealthcode.sign_in import limits
from openhealthcode.standards import Forbidden, NotFound, TooManyAttempts
from openhealthcode.standards.ids import InstitutionId, ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey, UnreadableId

_MOST_COMPARED: Final = 8
"""Registrations of one entry that a score looks at; few have more that differ."""

_SHOWN_COUNTS_FOR: Final = timedelta(hours=1)


class Moot(StrEnum):
    """Why nothing is left to be decided about a case that waits."""

    CLOSED = "closed"
    """One of the accounts was closed."""
    DECIDED = "decided"
    """The entries were merged or held apart otherwise."""


@dataclass(frozen=True, slots=True)
class ComparedEntry:
    """One column: an entry of the index, or the delivery that was set aside.

    Args:
        resident_id: ``None`` for the delivery.
        received: what was registered, the latest first.
        phones: bound ones, masked.
        is_closed: the account was closed; nothing is left to compare.
    """

    resident_id: ResidentId | None
    received: tuple[Received, ...] = field(repr=False)
    phones: tuple[str, ...] = field(default=(), repr=False)
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class ComparedCase:
    """A case as the registrar sees it.

    Args:
        entries: two columns or more; the first two are what is decided about.
        score: how much speaks for one person, of the first two columns.
        answered: every answer so far, the oldest first.
        moot: why there is nothing to decide; such a case can be put away only.
    """

    public_id: str
    item: ReviewItem
    entries: tuple[ComparedEntry, ...]
    score: Score
    answered: tuple[Answered, ...]
    moot: Moot | None = None

    @property
    def is_settled(self) -> bool:
        """Whether the latest answer settles it."""
        return bool(self.answered) and self.answered[-1].answer.settles

    @property
    def may_be_accepted(self) -> bool:
        """Whether what was set aside may be true: of one resident who changed since."""
        return self.moot is None and review.is_of_one_who_may_have_changed(self.item)

    @property
    def is_of_two_residents(self) -> bool:
        """Whether there are two entries that could be one person's."""
        return len(self.item.residents) > 1


async def compare_case(pool: Pool, keys: Keys, public_id: str, clerk: audit.Agent) -> ComparedCase:
    """Show the entries of a case to a registrar who may take it up; logged with each of them.

    Raises:
        NotFound: no such case, or none of this registrar's.
        TooManyAttempts: more comparisons than a person makes.
    """
    resident_id, reference = opened(keys, public_id)
    counted = keys.blind_index("comparisons per clerk", str(clerk.id))
    async with transaction(pool, resident=resident_id) as connection:
        item, answered = await case_of(connection, resident_id, reference, clerk)
        if not await limits.take(connection, counted, limits.NUMBERS_PER_CLERK, datetime.now(UTC)):
            raise TooManyAttempts
        entries = await _entries(connection, keys, item, clerk)
        moot = await moot_by(connection, keys, item)
    score = best_score(*entries[:2]) if len(entries) > 1 else Score(0.0, ())
    return ComparedCase(public_id, item, entries, score, answered, moot)


async def case_of(
    connection: Connection, resident_id: ResidentId, reference: UUID, clerk: audit.Agent
) -> tuple[ReviewItem, tuple[Answered, ...]]:
    """A case that this registrar may take up, and its answers; the transaction is its first's.

    Raises:
        NotFound: no such case, or none of this registrar's.
    """
    item = await review.item(connection, resident_id, reference)
    if item is None:
        raise NotFound
    answered = tuple(await review.answers(connection, item))
    latest = answered[-1] if answered else None
    if not review.may_take_up(item, latest, institution_of(clerk), datetime.now(UTC)):
        raise NotFound
    return item, answered


def institution_of(clerk: audit.Agent) -> InstitutionId:
    """Where a registrar works.

    Raises:
        NotFound: nowhere; such a one has no cases.
    """
    if clerk.institution_id is None:
        raise NotFound
    return clerk.institution_id


def opened(keys: Keys, public_id: str) -> tuple[ResidentId, UUID]:
    """The first resident of a case and its name beside that.

    Raises:
        NotFound: it was not given out here.
    """
    try:
        resident_id, reference = keys.open_id(public_id)
    except UnreadableId:
        raise NotFound from None
    return ResidentId(resident_id), reference


async def compared_since(
    connection: Connection,
    keys: Keys,
    item: ReviewItem,
    answered: Sequence[Answered],
    clerk: audit.Agent,
) -> datetime:
    """Since when this registrar has been looking at a case, by the log of one whom it concerns.

    What is nobody's, or nobody's any more, has no log to say so.

    Raises:
        Forbidden: nobody decides about entries they were not shown in the last hour.
    """
    for resident_id in await open_entries(connection, item):
        await enter(connection, resident=resident_id)
        _, at = await audit.chain(connection, resident_id)
        compared = await log.of_actions(
            connection, keys, resident_id, [audit.Action.IDENTITY_COMPARE]
        )
        shown = [
            line.at
            for line in compared
            if line.agent_id == clerk.id
            and line.detail.get("case") == review.reference_of(item).bytes
            and at - line.at <= _SHOWN_COUNTS_FOR
            and (not answered or line.at > answered[-1].at)
        ]
        if not shown:
            raise Forbidden
        return shown[0]
    return datetime.now(UTC)


async def open_entries(connection: Connection, item: ReviewItem) -> list[ResidentId]:
    """The residents a case concerns whose account is there, in the order of their ids."""
    found = []
    for resident_id in sorted(item.residents):
        await enter(connection, resident=resident_id)
        with suppress(audit.UnknownChain):
            await audit.chain(connection, resident_id)
            found.append(resident_id)
    return found


async def moot_by(connection: Connection, keys: Keys, item: ReviewItem) -> Moot | None:
    """Whether an account was closed, or the entries decided about otherwise, since a case came up."""
    if is_nobodys(item):
        return None
    if len(await open_entries(connection, item)) < len(item.residents):
        return Moot.CLOSED
    first, *others = item.residents
    if not others:
        return None
    person = await linking.ids_of(connection, keys, first)
    apart = await linking.known_apart(connection, first)
    is_decided = {*person, *apart} >= set(others)
    return Moot.DECIDED if is_decided else None


def is_nobodys(item: ReviewItem) -> bool:
    """Whether nobody is registered under what was set aside: no resident is concerned."""
    return item.reason == ReviewReason.DOUBTFUL


async def _entries(
    connection: Connection, keys: Keys, item: ReviewItem, clerk: audit.Agent
) -> tuple[ComparedEntry, ...]:
    """One column each, logged with each resident in the order of their ids; then the delivery."""
    if is_nobodys(item):
        return (_delivered(keys, item),)
    event = audit.Event(
        action=audit.Action.IDENTITY_COMPARE,
        agent=clerk,
        detail={"case": review.reference_of(item).bytes},
    )
    found = {}
    for resident_id in sorted(item.residents):
        await enter(connection, resident=resident_id)
        found[resident_id] = await _entry(connection, keys, resident_id, event)
    first = item.residents[0]
    await enter(connection, resident=first)
    columns = [found[resident_id] for resident_id in item.residents]
    if item.kind is ReviewKind.SET_ASIDE:
        columns.append(_delivered(keys, item))
    return tuple(columns)


def _delivered(keys: Keys, item: ReviewItem) -> ComparedEntry:
    """What was set aside; readable as long as its first resident's account is there."""
    try:
        return ComparedEntry(None, (identity_reading.set_aside(keys, item),))
    except (DestroyedKey, UnknownKey):
        return ComparedEntry(None, (), is_closed=True)


async def _entry(
    connection: Connection, keys: Keys, resident_id: ResidentId, event: audit.Event
) -> ComparedEntry:
    try:
        await audit.append(connection, keys, resident_id, event)
        received = await identity_reading.received(connection, keys, resident_id)
        phones = await identity_reading.bound_phones(connection, keys, resident_id)
    except (audit.UnknownChain, DestroyedKey, UnknownKey):
        return ComparedEntry(resident_id, (), is_closed=True)
    return ComparedEntry(resident_id, received, tuple(phone.masked for phone in phones))


def best_score(left: ComparedEntry, right: ComparedEntry) -> Score:
    """How much speaks for one person, by those registrations of each that speak for it most."""
    model = matching.default_model()
    scores = [
        matching.score(model, matching.compare(one, other, model.fields), one, other)
        for one in _variants(left)
        for other in _variants(right)
    ]
    return max(scores, key=lambda each: each.bits, default=Score(0.0, ()))


def _variants(entry: ComparedEntry) -> list[Variant]:
    return [matching.comparable(each.registration) for each in entry.received[:_MOST_COMPARED]]
