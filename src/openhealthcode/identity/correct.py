"""What is known of somebody is put right: a newborn is named, a name or sex changed, a stranger known.

The resident stays the same one; what was received before stays as received. Every certificate that
proves who they are proves it from now on under the corrected particulars.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from openhealthcode.database import Connection, enter, look_up
from openhealthcode.identity import rules, sealing, store
from openhealthcode.identity.claims import claims_of, identifier_key, lookup_keys
from openhealthcode.identity.enrol import add_certificates
from openhealthcode.identity.model import CertificateTaken, Claim, Registration, Source
from openhealthcode.standards import Certificate, NotFound
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

_MOST_RECORDS: Final = 10_000


async def correct(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    corrected: Registration,
    source: Source,
) -> tuple[str, ...]:
    """Put right who a resident is; what changed, in words without values, empty when nothing did.

    Args:
        connection: in any transaction that may be turned to this resident.
        keys: the installation's.
        resident_id: who stays who they are.
        corrected: what the documents say now, with those that were shown, known or new.
        source: who compared them with the person.

    Raises:
        NotFound: no such resident.
        RegistrationMalformed: it cannot be, or an ID number beside another one: that is superseded.
        NumberDisagrees: the ID number is of another birth date or sex; it is superseded with them.
        CertificateTaken: one of the certificates is another resident's; the entries are merged.
    """
    await enter(connection, resident=resident_id)
    known = await _certificates(connection, keys, resident_id)
    await look_up(connection, lookup_keys(keys, {*known, *corrected.certificates}))
    shown = {identifier_key(keys, each): each for each in corrected.certificates}
    held = {identifier_key(keys, each): each for each in known}
    holders = await store.holders(connection, {*shown, *held})
    if any(holders[key].resident_id != resident_id for key in shown if key in holders):
        raise CertificateTaken
    theirs = {
        key: certificate
        for key, certificate in held.items()
        if key in holders and holders[key].resident_id == resident_id and holders[key].is_active
    }
    whole = replace(corrected, certificates=tuple({**theirs, **shown}.values()))
    rules.check(whole)
    claims = {key: claim for key, (claim, _) in claims_of(keys, whole).items()}
    changed = {what for key in theirs for what in _differences(holders[key].claim, claims[key])}
    if shown.keys() - theirs.keys():
        changed.add("certificates")
    await store.reclaim(connection, resident_id, [claims[key] for key in theirs])
    if changed:
        source = replace(source, corrects=True)
    await add_certificates(connection, keys, resident_id, corrected, source)
    return tuple(sorted(changed))


async def _certificates(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> set[Certificate]:
    sealed = await store.records(connection, resident_id, _MOST_RECORDS)
    if not sealed:
        raise NotFound
    return {
        certificate
        for text in sealed
        for certificate in sealing.open_registration(keys, resident_id, text).certificates
    }


def _differences(registered: Claim, corrected: Claim) -> set[str]:
    found = set()
    if registered.name_key != corrected.name_key:
        found.add("name")
    if registered.birth_key != corrected.birth_key:
        found.add("birth-date")
    if registered.sex_key != corrected.sex_key:
        found.add("sex")
    return found
