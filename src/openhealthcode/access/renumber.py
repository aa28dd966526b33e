"""At a counter: a document has another number now, with the new one and the proof in hand."""

from __future__ import annotations

from openhealthcode import audit, collection
from openhealthcode.access.particulars import of_document
from openhealthcode.access.representatives import Named, find_at_counter
from openhealthcode.database import Pool
from openhealthcode.standards import Certificate, NotFound
from openhealthcode.trust import Keys


async def change_number_at_counter(
    pool: Pool,
    keys: Keys,
    clerk: audit.Agent,
    old: Named,
    new: Certificate,
    reason: str,
) -> bool:
    """Let a new document take the place of the one somebody is registered with; false when it has.

    The clerk has compared the new document with the person. It stands in the person's log.

    Args:
        pool: the database.
        keys: the installation's.
        clerk: who does it, of an institution.
        old: what they are registered with until now.
        new: proof from now on.
        reason: the paper that proves both are the same person's.

    Raises:
        NotFound: nobody is registered with the old document and this name.
        TooManyAttempts: this clerk asks for more people than come to a counter.
        HealthCodeError: as ``collection.supersede`` says.
    """
    if clerk.institution_id is None:
        raise NotFound
    resident_id = await find_at_counter(pool, keys, clerk, old)
    return await collection.supersede(
        pool,
        keys,
        resident_id,
        old=old.certificate,
        registration=of_document(new, old.name),
        reason=reason,
        source=collection.Source(clerk, clerk.institution_id, has_seen_document=True),
    )
