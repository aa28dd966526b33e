"""One person under several ids: a consent given under one of them covers the others' entries too.

A permission covers the entries of the id it is kept under and no others. What is allowed while ids
are one person is therefore kept under each, sealed under that one's key and counted by that one's
numbers; when a merge is undone, what is only there by the merge ends there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from sys import maxsize
from typing import Final

from openhealthcode import audit
from openhealthcode.consent import store
from openhealthcode.consent.model import Consent, Provision
from openhealthcode.consent.withdraw import withdraw_within
from openhealthcode.database import Connection, enter
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

_WHATEVER_THE_CHAIN: Final = frozenset({None, 0, maxsize})
"""Not limited, nothing, everything: the same in every chain."""


@dataclass(frozen=True, slots=True)
class Given:
    """What was given under one id: the consent, its lines, and the event that logs it there."""

    resident_id: ResidentId
    consent: Consent
    provisions: tuple[Provision, ...]
    event: audit.Event


async def share(
    connection: Connection, keys: Keys, given: Given, others: Mapping[ResidentId, int | None]
) -> None:
    """Keep a consent under the other ids of the person as well; the caller holds the first chain.

    Args:
        given: as it is kept under the id it was given under.
        others: up to which event of each other id's chain the resident has seen what they allow;
            ``None``: the consent has no such limit.

    Raises:
        ChainMoved: something happens under another id at this moment; roll back and start over.
    """
    for other, seen_up_to in others.items():
        await enter(connection, resident=other)
        logged = await audit.append_at_once(
            connection, keys, other, given.event, changes_consent=True
        )
        lines = tuple(_counted_by(line, seen_up_to) for line in given.provisions)
        await store.insert_consent(
            connection,
            keys.of(other),
            other,
            given.consent,
            lines,
            logged.number,
            given_as=given.resident_id,
        )
    await enter(connection, resident=given.resident_id)


async def end_shared(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    person: Iterable[ResidentId],
    agent: audit.Agent,
) -> None:
    """End what is only here by a merge with an id that is no longer this person's.

    The transaction is this resident's, and undoes the merge.
    """
    _, at = await audit.hold(connection, resident_id)
    theirs = frozenset(person)
    for consent_id, given_as in await store.shared_here(connection, resident_id, at):
        if given_as not in theirs:
            await withdraw_within(connection, keys, resident_id, consent_id, agent)


def _counted_by(line: Provision, seen_up_to: int | None) -> Provision:
    if line.up_to_number in _WHATEVER_THE_CHAIN:
        return line
    # Of what was not seen under this id, nothing is covered.
    return replace(line, up_to_number=seen_up_to or 0)
