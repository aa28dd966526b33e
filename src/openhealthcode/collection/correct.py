"""At a counter: a newborn is named, an unidentified patient known, a name or sex changed or mended."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from openhealthcode import audit, identity
from openhealthcode.collection.model import Source
from openhealthcode.database import Pool, transaction
from openhealthcode.identity import Registration, Verification
from openhealthcode.standards import Forbidden, InvalidInput
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

_LONGEST_PAPER: Final = 500


class Correction(StrEnum):
    """Why particulars change, as the resident reads it in the log."""

    NAMED = "named"
    """A newborn was given a name, and perhaps a number (新生儿取名)."""
    IDENTIFIED = "identified"
    """It is known now who an unidentified patient is (无名患者身份确认)."""
    CHANGED = "changed"
    """The person changed name or sex, and shows the papers (变更)."""
    MISTAKEN = "mistaken"
    """It was written down wrongly (更正)."""


async def correct(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    corrected: Registration,
    why: Correction,
    source: Source,
    *,
    paper: str = "",
) -> tuple[str, ...]:
    """Put right who a resident is, by a clerk who has the papers in hand; logged.

    Record, consents, phones and log stay the resident's. Deliveries under the former name still
    arrive, since the number is the same; with the former name nobody signs in. Whoever turns out to
    be registered already is merged, not corrected.

    Args:
        pool: the database.
        keys: the installation's.
        resident_id: who stays who they are.
        corrected: what the documents say now, with those that were shown.
        why: which kind of change it is.
        source: a clerk who compared the documents with the person.
        paper: what proves it, in words; sealed in the log.

    Returns:
        what changed (``name``, ``birth-date``, ``sex``, ``certificates``); empty when nothing did.

    Raises:
        Forbidden: nobody saw the papers.
        InvalidInput: the words about the paper are beyond all bounds.
        NotFound: no such resident.
        RegistrationMalformed, NumberDisagrees, CertificateTaken: as ``identity.correct`` says.
    """
    if not source.has_seen_document:
        raise Forbidden
    if len(paper) > _LONGEST_PAPER:
        raise InvalidInput
    origin = identity.Source(source.institution_id, Verification.SEEN)
    async with transaction(pool, resident=resident_id) as connection:
        await audit.hold(connection, resident_id)
        changed = await identity.correct(connection, keys, resident_id, corrected, origin)
        if changed:
            event = audit.Event(
                action=audit.Action.RESIDENT_CORRECT,
                agent=source.agent,
                detail={
                    "why": why.value,
                    "changed": list(changed),
                    **({"reason": paper} if paper else {}),
                },
            )
            await audit.append(connection, keys, resident_id, event)
    return changed
