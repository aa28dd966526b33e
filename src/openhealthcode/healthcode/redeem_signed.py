"""Redeeming a signed code: checked as a desk without network checks it, then whose it is, then spent.

``access`` redeems as ``examine`` and ``spend_signed``, so that its log event stands in the same
transaction; ``redeem_signed`` is the same in one call. What a desk without network accepted is
examined as of the moment it accepted it (``examine_evidence``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.healthcode import store as presentations
from openhealthcode.healthcode.digits import CodeType
from openhealthcode.healthcode.errors import RevokedCode, SpentCode, UnknownHolder
from openhealthcode.healthcode.evidence.model import Acceptance
from openhealthcode.healthcode.evidence.note import note
from openhealthcode.healthcode.model import Presentation, PresentedBy
from openhealthcode.healthcode.signed import store
from openhealthcode.healthcode.signed.store import Holder
from openhealthcode.healthcode.signed.verify import ReplaySet, Verified, verify, was_genuine
from openhealthcode.standards import PurposeOfUse, Scene
from openhealthcode.standards.ids import (
    InstitutionId,
    PractitionerId,
    PresentationId,
    ResidentId,
    TerminalId,
)
from openhealthcode.trust import Keys, TrustList, UntrustedSignature

_BY: Final = {
    CodeType.OFFLINE: PresentedBy.OFFLINE,
    CodeType.PRINTED: PresentedBy.PRINTED,
    CodeType.TEMPORARY: PresentedBy.TEMPORARY,
}


@dataclass(frozen=True, slots=True)
class Scan:
    """Who scanned, at which terminal, and what for: what redeeming binds to."""

    practitioner_id: PractitionerId
    institution_id: InstitutionId
    terminal_id: TerminalId
    scene: Scene
    purpose: PurposeOfUse = PurposeOfUse.TREATMENT


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A genuine code of somebody who is known here."""

    verified: Verified
    holder: Holder
    resident_id: ResidentId
    by: PresentedBy

    def was_revoked(self, at: datetime) -> bool:
        """Whether it had been taken back by then."""
        return self.holder.revoked_at is not None and self.holder.revoked_at <= at


@dataclass(frozen=True, slots=True)
class TakenEvidence:
    """What came of evidence that was handed in.

    Args:
        is_new: this desk's scan was not known yet; an answer may have been lost on its way.
        is_doubled: this code was accepted somewhere else too.
        presentation: what it becomes; nothing if it was taken back before.
    """

    is_new: bool
    is_doubled: bool
    presentation: Presentation | None


async def redeem_signed(
    pool: Pool,
    keys: Keys,
    text: str,
    trusted: TrustList,
    scan: Scan,
    *,
    challenges: Sequence[bytes] = (),
) -> Presentation:
    """Check a scanned signed code, find whose it is, and spend it if it is of one use.

    Raises:
        as ``examine`` and ``spend_signed`` say.
    """
    now = datetime.now(UTC)
    shown = await examine(pool, keys, text, trusted, now, challenges=challenges)
    async with transaction(pool, resident=shown.resident_id) as connection:
        return await spend_signed(connection, keys, shown, scan, now)


async def examine(
    pool: Pool,
    keys: Keys,
    text: str,
    trusted: TrustList,
    now: datetime,
    *,
    challenges: Sequence[bytes] = (),
) -> ShownCode:
    """Check a signed code and find whose it is; writes nothing.

    Args:
        text: as scanned.
        trusted: the list in force.
        now: the server's clock.
        challenges: of the codes this counter showed of late; an answer to one says so.

    Raises:
        as ``verify`` says of a code.
        RevokedCode: taken back since the list in force was made.
        UnknownHolder: genuine, and nobody here knows whose.
    """
    verified, by = _checked(text, trusted, now, challenges)
    found = await _held(pool, keys, verified)
    if found.holder.revoked_at is not None:
        raise RevokedCode
    return ShownCode(found.verified, found.holder, found.resident_id, by)


async def examine_evidence(
    pool: Pool, keys: Keys, text: str, trusted: TrustList, accepted_at: datetime
) -> ShownCode:
    """Check what a desk without network accepted, as of that moment, and find whose it is.

    A code that was taken back before is answered all the same: the desk could not know, and its
    resident should (``ShownCode.was_revoked``).

    Raises:
        as ``was_genuine`` says.
        UnknownHolder: genuine, and nobody here knows whose.
    """
    return await _held(pool, keys, was_genuine(text, trusted, accepted_at))


async def spend_signed(
    connection: Connection, keys: Keys, shown: ShownCode, scan: Scan, now: datetime
) -> Presentation:
    """Spend an examined code inside the resident's transaction, which binds it to who scanned it.

    A card and a temporary code are not used up. The transaction's look-up becomes the code's key.

    Raises:
        SpentCode: the code was redeemed before, or taken back meanwhile; nothing is written.
    """
    if shown.verified.kind is CodeType.OFFLINE:
        if not await store.spend_code(connection, keys, shown.verified.handle, now):
            raise SpentCode(shown.resident_id)
        await note(connection, keys, shown.verified.handle, _acceptance(shown, scan, now), now)
    presented = _presentation(shown, scan, now)
    await presentations.add_presentation(connection, presented)
    return presented


async def take_evidence(
    connection: Connection,
    keys: Keys,
    shown: ShownCode,
    scan: Scan,
    accepted_at: datetime,
    now: datetime,
) -> TakenEvidence:
    """Note in the resident's transaction what a desk without network accepted before.

    The transaction's look-up becomes the code's key.
    """
    handle, accepted = shown.verified.handle, _acceptance(shown, scan, accepted_at)
    is_new, is_doubled = await note(connection, keys, handle, accepted, now)
    if shown.was_revoked(accepted_at):
        return TakenEvidence(is_new, is_doubled, None)
    if is_new and accepted.is_of_one_use:
        await store.spend_code(connection, keys, handle, now)
    presented = _presentation(shown, scan, accepted_at)
    await presentations.add_presentation(connection, presented)
    return TakenEvidence(is_new, is_doubled, presented)


def _acceptance(shown: ShownCode, scan: Scan, accepted_at: datetime) -> Acceptance:
    """That this code was accepted at this desk then."""
    return Acceptance(
        shown.verified.evidence,
        accepted_at,
        scan.institution_id,
        scan.practitioner_id,
        scan.terminal_id,
        is_of_one_use=shown.verified.kind is CodeType.OFFLINE,
    )


def _presentation(shown: ShownCode, scan: Scan, presented_at: datetime) -> Presentation:
    """That this resident showed a code there and then."""
    return Presentation(
        resident_id=shown.resident_id,
        presentation_id=PresentationId(uuid4()),
        practitioner_id=scan.practitioner_id,
        institution_id=scan.institution_id,
        terminal_id=scan.terminal_id,
        purpose=scan.purpose,
        scene=scan.scene,
        presented_at=presented_at,
        by=shown.by,
    )


def _checked(
    text: str, trusted: TrustList, now: datetime, challenges: Sequence[bytes]
) -> tuple[Verified, PresentedBy]:
    """What the code says, and whether it answers one of the challenges."""
    try:
        found = verify(text, trusted, now, replays=ReplaySet())
    except UntrustedSignature:
        for challenge in challenges:
            try:
                found = verify(text, trusted, now, replays=ReplaySet(), challenge=challenge)
            except UntrustedSignature:
                continue
            return found, PresentedBy.COUNTER
        raise
    return found, _BY[found.kind]


async def _held(pool: Pool, keys: Keys, verified: Verified) -> ShownCode:
    async with transaction(pool) as connection:
        holder = await store.holder_of(connection, keys, verified.handle)
    if holder is None or holder.resident_id is None or holder.kind is not verified.kind:
        raise UnknownHolder
    return ShownCode(verified, holder, holder.resident_id, _BY[verified.kind])
