"""Reads and writes requests, consents and provisions; the only module that knows their tables.

``Connection`` is a transaction opened for the resident (``database.transaction(resident=…)``).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from hmac import compare_digest
from typing import NamedTuple

import asyncpg
import msgspec

from openhealthcode.consent.model import (
    Answer,
    Ask,
    Consent,
    ConsentKind,
    ConsentRequest,
    Manner,
    Notice,
    Provision,
    Provisions,
    Rule,
)
from openhealthcode.database import Connection, load_queries
from openhealthcode.registry import InstitutionKind
from openhealthcode.standards import PurposeOfUse, RecordCategory, Scene, SensitiveCategory
from openhealthcode.standards.ids import (
    ConsentId,
    InstitutionId,
    PractitionerId,
    PresentationId,
    RequestId,
    ResidentId,
)
from openhealthcode.trust import KeyClass, Labels, ResidentKeys, UnreadableSeal

_QUERIES = load_queries("openhealthcode.consent")


async def insert_request(
    connection: Connection,
    labels: Labels,
    resident_id: ResidentId,
    request: ConsentRequest,
    event_number: int,
) -> None:
    """Store a request that waits for its answer."""
    await connection.execute(
        _QUERIES["insert_request"],
        resident_id,
        request.request_id,
        request.presentation_id,
        request.practitioner_id,
        request.institution_id,
        request.ask.purpose,
        request.ask.scene,
        [labels.token_of(category) for category in sorted(request.ask.categories)],
        request.ask.lifetime_seconds,
        event_number,
        request.asked_at,
        request.expires_at,
    )


async def request(
    connection: Connection, labels: Labels, resident_id: ResidentId, request_id: RequestId
) -> ConsentRequest | None:
    """One request of this resident, answered or not."""
    row = await connection.fetchrow(_QUERIES["request"], resident_id, request_id)
    return _request(row, labels) if row else None


async def requests_waiting(
    connection: Connection, labels: Labels, resident_id: ResidentId, at: datetime
) -> list[ConsentRequest]:
    """Requests the resident can still answer, oldest first."""
    rows = await connection.fetch(_QUERIES["requests_waiting"], resident_id, at)
    return [_request(row, labels) for row in rows]


async def note_preview(
    connection: Connection, resident_id: ResidentId, request_id: RequestId, number: int
) -> None:
    """Remember up to which event of the chain the resident has seen what would be shown."""
    await connection.execute(_QUERIES["note_preview"], resident_id, request_id, number)


async def note_answer(
    connection: Connection,
    resident_id: ResidentId,
    request_id: RequestId,
    answer: Answer,
    at: datetime,
    consent_id: ConsentId | None,
) -> bool:
    """Whether this was the first answer, and in time."""
    row = await connection.fetchrow(
        _QUERIES["note_answer"], resident_id, request_id, answer, at, consent_id
    )
    return row is not None


async def insert_consent(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    consent: Consent,
    provisions: tuple[Provision, ...],
    event_number: int,
) -> None:
    """Store a consent with its provisions."""
    await connection.execute(
        _QUERIES["insert_consent"],
        resident_id,
        consent.consent_id,
        consent.is_override,
        consent.practitioner_id,
        consent.institution_id,
        consent.purpose,
        event_number,
        consent.granted_at,
        consent.end_at,
        consent.kind,
        _sealed_notice(consent, keys),
        consent.added_to,
    )
    for line, provision in enumerate(provisions):
        stored = _stored(provision, keys)
        await connection.execute(
            _QUERIES["insert_provision"],
            resident_id,
            provision.consent_id,
            line,
            provision.rule,
            provision.purpose,
            [bytes.fromhex(token) for token in stored.category_tokens],
            [bytes.fromhex(token) for token in stored.sensitive_tokens],
            provision.institution_id,
            provision.practitioner_id,
            provision.from_day,
            provision.until_day,
            provision.up_to_number,
            provision.start_at,
            provision.end_at,
            _seal(stored, keys),
            stored.form,
            bytes.fromhex(stored.department) if stored.department else None,
            stored.institution_kind,
            stored.scenes,
            stored.may_keep,
        )


async def consents(
    connection: Connection, keys: ResidentKeys, resident_id: ResidentId
) -> list[Consent]:
    """Every consent this resident ever gave, and every override, newest first."""
    rows = await connection.fetch(_QUERIES["consents"], resident_id)
    return [_consent(row, keys) for row in rows]


def _consent(row: asyncpg.Record, keys: ResidentKeys) -> Consent:
    consent_id, department = ConsentId(row["consent_id"]), row["department"]
    return Consent(
        consent_id=consent_id,
        is_override=row["is_override"],
        institution_id=InstitutionId(row["institution_id"]),
        practitioner_id=PractitionerId(row["practitioner_id"]) if row["practitioner_id"] else None,
        purpose=PurposeOfUse(row["purpose"]),
        categories=keys.labels.categories_of(row["category_tokens"]),
        sensitive=keys.labels.kinds_of(row["sensitive_tokens"]),
        department=open_department(department, consent_id, keys) if department else None,
        manner=Manner.KEEP if row["may_keep"] else Manner.VIEW,
        kind=ConsentKind(row["kind"]),
        notice=_notice(row["notice"], consent_id, keys),
        added_to=ConsentId(row["added_to"]) if row["added_to"] else None,
        granted_at=row["granted_at"],
        end_at=row["end_at"],
        withdrawn_at=row["withdrawn_at"],
    )


def _sealed_notice(consent: Consent, keys: ResidentKeys) -> bytes | None:
    if consent.notice is None:
        return None
    text = msgspec.json.encode(consent.notice)
    return keys.seal(KeyClass.RECORD, _notice_aad(consent.consent_id), text)


def _notice(sealed: bytes | None, consent_id: ConsentId, keys: ResidentKeys) -> Notice | None:
    if sealed is None:
        return None
    text = keys.open(KeyClass.RECORD, _notice_aad(consent_id), sealed)
    return msgspec.json.decode(text, type=Notice)


def _notice_aad(consent_id: ConsentId) -> bytes:
    return b"notice1" + consent_id.bytes


async def withdraw(
    connection: Connection,
    resident_id: ResidentId,
    consent_id: ConsentId,
    at: datetime,
    number: int,
) -> bool:
    """Close a consent with all its provisions and what was added to it; False if it was closed."""
    rows = await connection.fetch(_QUERIES["note_withdrawal"], resident_id, consent_id, at, number)
    closed = [row["consent_id"] for row in rows]
    await connection.execute(_QUERIES["revoke_provisions"], resident_id, closed, at)
    return bool(closed)


def _request(row: asyncpg.Record, labels: Labels) -> ConsentRequest:
    return ConsentRequest(
        request_id=RequestId(row["request_id"]),
        presentation_id=PresentationId(row["presentation_id"]),
        practitioner_id=PractitionerId(row["practitioner_id"]),
        institution_id=InstitutionId(row["institution_id"]),
        ask=Ask(
            purpose=PurposeOfUse(row["purpose"]),
            scene=Scene(row["scene"]),
            categories=labels.categories_of(row["category_tokens"]),
            lifetime_seconds=row["lifetime_seconds"],
        ),
        asked_at=row["asked_at"],
        expires_at=row["expires_at"],
        previewed_number=row["previewed_number"],
        answer=Answer(row["answer"]) if row["answer"] else None,
        answered_at=row["answered_at"],
        consent_id=ConsentId(row["consent_id"]) if row["consent_id"] else None,
    )


_FORM = 2
"""The form in which provisions are stored now. What form 1 had not yet, it leaves unlimited."""


class _StoredProvision(msgspec.Struct, omit_defaults=True):
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


_STORED = msgspec.json.Decoder(list[_StoredProvision])
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


def _stored(provision: Provision, keys: ResidentKeys) -> _StoredProvision:
    labels = keys.labels
    department = None
    if provision.department is not None:
        aad = _department_aad(provision.consent_id)
        department = keys.seal(KeyClass.RECORD, aad, provision.department.encode()).hex()
    return _StoredProvision(
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
    )


def stored_provision(provision: Provision, keys: ResidentKeys) -> dict[str, object]:
    """A provision as a line of the document that ``read_provisions`` reads, seal included."""
    stored = _stored(provision, keys)
    sealed = msgspec.structs.replace(stored, seal=_seal(stored, keys).hex())
    line: dict[str, object] = msgspec.to_builtins(sealed)
    return line


def _seal(stored: _StoredProvision, keys: ResidentKeys) -> bytes:
    """What only this program can write beside a provision: a keyed digest of all of it."""
    bare = msgspec.structs.replace(
        stored,
        seal="",
        start_at=stored.start_at.astimezone(UTC),
        end_at=stored.end_at.astimezone(UTC),
    )
    return keys.digest(b"provision", _CANONICAL.encode(bare))


def _read(stored: _StoredProvision, keys: ResidentKeys) -> list[Provision]:
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


def _understood(stored: _StoredProvision, keys: ResidentKeys) -> Provision | None:
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
    is_ours = compare_digest(stored.seal, _seal(stored, keys).hex())
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
        )
    except (ValueError, UnreadableSeal):
        return None


def _department(stored: _StoredProvision, keys: ResidentKeys) -> str | None:
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
