"""Nobody finds a resident any more: by no certificate and by no phone."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from openhealthcode.database import Connection, enter, look_up
from openhealthcode.identity import matching, sealing, store
from openhealthcode.identity.claims import closed_key, identifier_key, lookup_keys
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

_MOST_RECORDS: Final = 10_000


async def forget(connection: Connection, keys: Keys, resident_id: ResidentId, at: datetime) -> None:
    """Unbind the phones and take the certificates out of the index, in the resident's transaction.

    What was received stays as sealed as it is and is destroyed with its key. Of each certificate a
    keyed mark stays, so that no delivery makes the same person anew (``resolve``: ``Closed``).
    """
    await enter(connection, resident=resident_id)
    sealed = await store.records(connection, resident_id, _MOST_RECORDS)
    certificates = {
        certificate
        for text in sealed
        for certificate in sealing.open_registration(keys, resident_id, text).certificates
        if certificate.names_one_person
    }
    await look_up(connection, lookup_keys(keys, certificates))
    found = [identifier_key(keys, certificate) for certificate in certificates]
    await store.forget(connection, resident_id, found, at)
    closed = [closed_key(keys, certificate) for certificate in certificates]
    await store.close(connection, closed, at.date())
    await matching.unindex(connection, resident_id)
