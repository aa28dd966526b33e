"""Seal and open what identity stores, each under the resident's identity key and its own place."""

from __future__ import annotations

from uuid import UUID, uuid4

import msgspec

from openhealthcode.identity.model import Likeness, Registration, Source
from openhealthcode.standards import Certificate, Phone
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import KeyClass, Keys, identity_aad

_REGISTRATION = msgspec.json.Decoder(Registration)


def seal_registration(
    keys: Keys, resident_id: ResidentId, registration: Registration, source: Source
) -> tuple[bytes, bytes]:
    """The key that is equal for the same registration from the same source, and the sealed text.

    What is put right is never the same: it may be what it was before the last time.
    """
    text = msgspec.json.encode(registration)
    received = f"{resident_id}|{source.institution_id}|{source.verification}|{text.decode()}"
    if source.corrects:
        received = f"{received}|{uuid4()}"
    key = keys.blind_index("identity-record", received)
    aad = identity_aad(resident_id, "registration")
    return key, keys.of(resident_id).seal(KeyClass.IDENTITY, aad, text)


def open_registration(keys: Keys, resident_id: ResidentId, sealed: bytes) -> Registration:
    """A registration as it was received."""
    aad = identity_aad(resident_id, "registration")
    return _REGISTRATION.decode(keys.of(resident_id).open(KeyClass.IDENTITY, aad, sealed))


def seal_likeness(keys: Keys, resident_id: ResidentId, likeness: Likeness) -> tuple[bytes, bytes]:
    """The key that is equal for the same two residents, and the sealed evidence."""
    pair = sorted((resident_id, likeness.resident_id))
    key = keys.blind_index("possible-duplicate", "|".join(map(str, pair)))
    aad = identity_aad(resident_id, "likeness")
    text = msgspec.json.encode(likeness.evidence)
    return key, keys.of(resident_id).seal(KeyClass.IDENTITY, aad, text)


def open_likeness(keys: Keys, resident_id: ResidentId, sealed: bytes) -> tuple[str, ...]:
    """The evidence that ``seal_likeness`` sealed, one line per field."""
    aad = identity_aad(resident_id, "likeness")
    opened = keys.of(resident_id).open(KeyClass.IDENTITY, aad, sealed)
    return msgspec.json.decode(opened, type=tuple[str, ...])


def seal_certificate(keys: Keys, resident_id: ResidentId, certificate: Certificate) -> bytes:
    """A certificate, beside the hash that finds it."""
    aad = identity_aad(resident_id, "certificate")
    text = msgspec.json.encode(certificate)
    return keys.of(resident_id).seal(KeyClass.IDENTITY, aad, text)


def seal_phone(keys: Keys, resident_id: ResidentId, phone: Phone) -> bytes:
    """A phone number, to which notices go."""
    aad = identity_aad(resident_id, "phone")
    return keys.of(resident_id).seal(KeyClass.IDENTITY, aad, phone.number.encode())


def open_phone(keys: Keys, resident_id: ResidentId, sealed: bytes) -> Phone:
    """What ``seal_phone`` sealed."""
    aad = identity_aad(resident_id, "phone")
    return Phone(keys.of(resident_id).open(KeyClass.IDENTITY, aad, sealed).decode())


def seal_contact(
    keys: Keys, resident_id: ResidentId, contact_id: UUID, contact: tuple[str, str]
) -> bytes:
    """The number and relation of an emergency contact."""
    aad = identity_aad(resident_id, f"emergency-contact|{contact_id}")
    return keys.of(resident_id).seal(KeyClass.IDENTITY, aad, msgspec.json.encode(contact))


def open_contact(
    keys: Keys, resident_id: ResidentId, contact_id: UUID, sealed: bytes
) -> tuple[str, str]:
    """What ``seal_contact`` sealed."""
    aad = identity_aad(resident_id, f"emergency-contact|{contact_id}")
    opened = keys.of(resident_id).open(KeyClass.IDENTITY, aad, sealed)
    return msgspec.json.decode(opened, type=tuple[str, str])
