"""One person under several ids: a consent given under one of them covers the others' entries too.

A permission covers the entries of the id it is kept under and no others. What is allowed while ids
are one person is therefore kept under each, sealed under that one's key and counted by that one's
numbers; when a merge is undone, what is only there by the merge ends there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from sys import maxsize
from typing import Final

from openhealthcode import audit
from openhealthcode.consent import store
from openhealthcode.consent.errors import PreviewOutdated
from openhealthcode.consent.model import Consent, Previewed, Provision
from openhealthcode.consent.withdraw import withdraw_within
from openhealthcode.database import Connection, enter
from openhealthcode.identity import ids_of
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey

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
    connection: Connection, keys: Keys, given: Given, elsewhere: Iterable[Previewed]
) -> None:
    """Keep a consent under the other ids of the person as well; the caller holds the first chain.

    Args:
        given: as it is kept under the id it was given under.
        elsewhere: what the resident has seen of each other id, whose consents must be as they were.

    Raises:
        PreviewOutdated: something was allowed or refused under another id since.
    """
    for seen in elsewhere:
        await enter(connection, resident=seen.resident_id)
        try:
            logged = await _log(connection, keys, given, seen.resident_id, seen.version)
        except audit.ChainMoved:
            raise PreviewOutdated from None
        await _insert(connection, keys, given, seen.resident_id, seen.number, logged)
    await enter(connection, resident=given.resident_id)


async def share_with_all(connection: Connection, keys: Keys, given: Given) -> None:
    """As ``share``, of what was given ahead, or of an override: nothing had to be seen for it.

    Nothing of it is shared by somebody who acts for the resident: a mandate is for one id.

    Raises:
        ChainMoved: something goes on under another id at this moment; start over.
    """
    if audit.is_represented(given.resident_id):
        return
    for other in await ids_of(connection, keys, given.resident_id):
        if other != given.resident_id:
            await enter(connection, resident=other)
            try:
                logged = await _log(connection, keys, given, other, None)
            except (audit.UnknownChain, UnknownKey, DestroyedKey):
                continue  # that account was closed
            await _insert(connection, keys, given, other, 0, logged)
    await enter(connection, resident=given.resident_id)


async def _log(
    connection: Connection, keys: Keys, given: Given, other: ResidentId, version: int | None
) -> audit.Appended:
    detail = {**given.event.detail, "through": given.resident_id.bytes}
    event = replace(given.event, detail=detail)
    return await audit.append_at_once(
        connection, keys, other, event, changes_consent=True, only_at=version
    )


async def _insert(
    connection: Connection,
    keys: Keys,
    given: Given,
    other: ResidentId,
    seen_up_to: int,
    logged: audit.Appended,
) -> None:
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


def _counted_by(line: Provision, seen_up_to: int) -> Provision:
    """The line as it counts under another id: what was seen there, by that one's numbers."""
    if line.up_to_number in _WHATEVER_THE_CHAIN:
        return line
    return replace(line, up_to_number=seen_up_to)
