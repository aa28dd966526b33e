"""Provisions as they are kept: a line of tokens under a keyed seal, read so that doubt closes.

What the database holds is not trusted: a line that this program did not write opens nothing, and a
denial that cannot be read closes everything.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from hmac import compare_digest
from typing import NamedTuple
from uuid import UUID

import msgspec

from openhealthcode.consent.model import Manner, Provision, Provisions, Rule, Uses
from openhealthcode.registry import InstitutionKind
from openhealthcode.standards import PurposeOfUse, RecordCategory, Scene, SensitiveCategory
from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId
from openhealthcode.trust import KeyClass, ResidentKeys, UnreadableSeal

_FORM = 3
"""The form in which provisions are stored now. What form 1 had not yet, it leaves unlimited."""


class _Made(NamedTuple):
    """One use: by whom, and when it began."""

    by: UUID
    at: datetime


class StoredProvision(msgspec.Struct, omit_defaults=True):
    """A provision as the database keeps it, tokens in hex; ``seal`` covers everything else.

    What is at its default is not in what the seal covers, so that a field added here leaves the
    seals of older lines as they were. Defaults are therefore singletons: they are told by identity.
    """

    consent_id: ConsentId
    rule: Rule
    purpose: str
    category_tokens: list[str]
    sensitive_tokens: list[str]
    institution_id: InstitutionId | None
    practitioner_id: PractitionerId | None
    from_day: date | None
    until_day: date | None
    up_to_number: int | None
    start_at: datetime
    end_at: datetime
    seal: str = ""
    form: int = 1
    department: str | None = None
    """Sealed: a department can tell what somebody has."""
    institution_kind: str | None = None
    scenes: list[str] | None = None
    may_keep: bool = False
    uses: int | None = None
    is_seal: bool = False
    made: list[_Made] | None = None
    """The uses begun so far: they come with the line, and no seal is over them."""


_STORED = msgspec.json.Decoder(list[StoredProvision])
_CANONICAL = msgspec.json.Encoder(order="deterministic")


def read_provisions(document: bytes, keys: ResidentKeys) -> Provisions:
    """The provisions in a JSON array read together with the chain.

    Where this release cannot read a line, it is read as refusing: a permission of a form, for a
    purpose, a category or a kind of institution that is unknown here opens nothing, a denial of
    something unknown closes everything. A line whose seal does not match was not written by this
    program, or was altered: a permission then opens nothing, a denial closes everything.
    """
    return Provisions(
        provision for stored in _STORED.decode(document) for provision in _read(stored, keys)
    )


def stored(provision: Provision, keys: ResidentKeys) -> StoredProvision:
    """A provision as the columns hold it, seal included."""
    bare = _bare(provision, keys)
    return msgspec.structs.replace(bare, seal=seal(bare, keys).hex())


def _bare(provision: Provision, keys: ResidentKeys) -> StoredProvision:
    labels = keys.labels
    department = None
    if provision.department is not None:
        aad = _department_aad(provision.consent_id)
        department = keys.seal(KeyClass.RECORD, aad, provision.department.encode()).hex()
    return StoredProvision(
        provision.consent_id,
        provision.rule,
        provision.purpose,
        [labels.token_of(category).hex() for category in sorted(provision.categories)],
        [labels.token_of(kind).hex() for kind in sorted(provision.sensitive)],
        provision.institution_id,
        provision.practitioner_id,
        provision.from_day,
        provision.until_day,
        provision.up_to_number,
        provision.start_at.astimezone(UTC),
        provision.end_at.astimezone(UTC),
        form=_FORM,
        department=department,
        institution_kind=provision.institution_kind,
        scenes=None if provision.scenes is None else sorted(provision.scenes),
        may_keep=provision.manner is Manner.KEEP,
        uses=provision.uses.allowed if provision.uses else None,
        is_seal=provision.is_seal,
    )


def stored_provision(provision: Provision, keys: ResidentKeys) -> dict[str, object]:
    """A provision as a line of the document that ``read_provisions`` reads, seal included."""
    line: dict[str, object] = msgspec.to_builtins(stored(provision, keys))
    return line


def seal(stored: StoredProvision, keys: ResidentKeys) -> bytes:
    """What only this program can write beside a provision: a keyed digest of all of it."""
    bare = msgspec.structs.replace(
        stored,
        seal="",
        made=None,
        start_at=stored.start_at.astimezone(UTC),
        end_at=stored.end_at.astimezone(UTC),
    )
    return keys.digest(b"provision", _CANONICAL.encode(bare))


def _read(stored: StoredProvision, keys: ResidentKeys) -> list[Provision]:
    known = _understood(stored, keys)
    if known is not None:
        return [known]
    if stored.rule is Rule.PERMIT:
        return []
    everything = _Closed(stored.consent_id, stored.start_at, stored.end_at)
    return [everything.for_purpose(purpose) for purpose in PurposeOfUse]


class _Closed(NamedTuple):
    """A denial that cannot be read: everything is closed to everybody while it lasts."""

    consent_id: ConsentId
    start_at: datetime
    end_at: datetime

    def for_purpose(self, purpose: PurposeOfUse) -> Provision:
        return Provision(
            consent_id=self.consent_id,
            rule=Rule.DENY,
            purpose=purpose,
            categories=frozenset(RecordCategory),
            sensitive=frozenset(SensitiveCategory),
            start_at=self.start_at,
            end_at=self.end_at,
        )


def _understood(stored: StoredProvision, keys: ResidentKeys) -> Provision | None:
    """The provision, if this program wrote it and this release can read it.

    Of a permission, words this release does not know are left out; a denial needs each of them.
    """
    labels = keys.labels
    categories = labels.categories_of(map(bytes.fromhex, stored.category_tokens))
    sensitive = labels.kinds_of(map(bytes.fromhex, stored.sensitive_tokens))
    scenes = None
    if stored.scenes is not None:
        scenes = frozenset(scene for scene in Scene if scene in stored.scenes)
    left_out = (
        len(stored.category_tokens) + len(stored.sensitive_tokens) + len(stored.scenes or ())
    ) - (len(categories) + len(sensitive) + len(scenes or ()))
    is_ours = compare_digest(stored.seal, seal(stored, keys).hex())
    if not is_ours or stored.form > _FORM or (left_out and stored.rule is Rule.DENY):
        return None
    try:
        return Provision(
            consent_id=stored.consent_id,
            rule=stored.rule,
            purpose=PurposeOfUse(stored.purpose),
            categories=categories,
            sensitive=sensitive,
            institution_id=stored.institution_id,
            practitioner_id=stored.practitioner_id,
            department=_department(stored, keys),
            institution_kind=_kind(stored.institution_kind),
            scenes=scenes,
            manner=Manner.KEEP if stored.may_keep else Manner.VIEW,
            from_day=stored.from_day,
            until_day=stored.until_day,
            up_to_number=stored.up_to_number,
            start_at=stored.start_at,
            end_at=stored.end_at,
            uses=Uses(stored.uses, tuple(stored.made or ())) if stored.uses is not None else None,
            is_seal=stored.is_seal,
        )
    except (ValueError, UnreadableSeal):
        return None


def _department(stored: StoredProvision, keys: ResidentKeys) -> str | None:
    if stored.department is None:
        return None
    return open_department(bytes.fromhex(stored.department), stored.consent_id, keys)


def open_department(sealed: bytes, consent_id: ConsentId, keys: ResidentKeys) -> str:
    """The department a provision names."""
    return keys.open(KeyClass.RECORD, _department_aad(consent_id), sealed).decode()


def _department_aad(consent_id: ConsentId) -> bytes:
    return b"department1" + consent_id.bytes


def _kind(text: str | None) -> InstitutionKind | None:
    return None if text is None else InstitutionKind(text)
