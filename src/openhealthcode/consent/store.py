"""Reads and writes requests, consents and provisions; the only module that knows their tables.

``Connection`` is a transaction opened for the resident (``database.transaction(resident=…)``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from hmac import compare_digest

import asyncpg
import msgspec

from openhealthcode.consent.model import (
    Answer,
    Ask,
    Consent,
    ConsentRequest,
    Provision,
    Rule,
)
from openhealthcode.database import Connection, load_queries
from openhealthcode.standards import PurposeOfUse, RecordCategory, Scene
from openhealthcode.standards.ids import (
    ConsentId,
    InstitutionId,
    PractitionerId,
    PresentationId,
    RequestId,
    ResidentId,
)
from openhealthcode.trust import Labels, ResidentKeys

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
    )
    for line, provision in enumerate(provisions):
        stored = _stored(provision, keys.labels)
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
        )


async def consents(
    connection: Connection, labels: Labels, resident_id: ResidentId
) -> list[Consent]:
    """Every consent this resident ever gave, and every override, newest first."""
    rows = await connection.fetch(_QUERIES["consents"], resident_id)
    return [
        Consent(
            consent_id=ConsentId(row["consent_id"]),
            is_override=row["is_override"],
            institution_id=InstitutionId(row["institution_id"]),
            practitioner_id=PractitionerId(row["practitioner_id"]),
            purpose=PurposeOfUse(row["purpose"]),
            categories=labels.categories_of(row["category_tokens"]),
            granted_at=row["granted_at"],
            end_at=row["end_at"],
            withdrawn_at=row["withdrawn_at"],
        )
        for row in rows
    ]


async def withdraw(
    connection: Connection,
    resident_id: ResidentId,
    consent_id: ConsentId,
    at: datetime,
    number: int,
) -> bool:
    """Close a consent and all its provisions; False when there was nothing to close."""
    row = await connection.fetchrow(
        _QUERIES["note_withdrawal"], resident_id, consent_id, at, number
    )
    if row is None:
        return False
    await connection.execute(_QUERIES["revoke_provisions"], resident_id, consent_id, at)
    return True


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


class _StoredProvision(msgspec.Struct, omit_defaults=True):
    """A provision as the database keeps it, tokens in hex; ``seal`` covers everything else."""

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


_STORED = msgspec.json.Decoder(list[_StoredProvision])
_CANONICAL = msgspec.json.Encoder(order="deterministic")


def read_provisions(document: bytes, keys: ResidentKeys) -> tuple[Provision, ...]:
    """The provisions in a JSON array read together with the chain.

    Where this release cannot read a line, it is read as refusing: a permission for an unknown
    purpose or category opens nothing, a denial of something unknown closes everything. A line
    whose seal does not match was not written by this program, or was altered: a permission then
    opens nothing, a denial closes everything.
    """
    return tuple(
        provision for stored in _STORED.decode(document) for provision in _read(stored, keys)
    )


def _stored(provision: Provision, labels: Labels) -> _StoredProvision:
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
    )


def _seal(stored: _StoredProvision, keys: ResidentKeys) -> bytes:
    """What only this program can write beside a provision: a keyed digest of all of it."""
    bare = msgspec.structs.replace(
        stored,
        seal="",
        start_at=stored.start_at.astimezone(UTC),
        end_at=stored.end_at.astimezone(UTC),
    )
    return keys.digest(b"provision", _CANONICAL.encode(bare))


def _read(stored: _StoredProvision, keys: ResidentKeys) -> Iterator[Provision]:
    labels = keys.labels
    tokens = [bytes.fromhex(token) for token in stored.category_tokens]
    categories = labels.categories_of(tokens)
    purposes = [purpose for purpose in PurposeOfUse if purpose == stored.purpose]
    is_ours = compare_digest(stored.seal, _seal(stored, keys).hex())
    if stored.rule is Rule.DENY and not (is_ours and purposes and len(categories) == len(tokens)):
        purposes, categories = list(PurposeOfUse), frozenset(RecordCategory)
    elif not is_ours:
        return
    for purpose in purposes:
        yield Provision(
            consent_id=stored.consent_id,
            rule=stored.rule,
            purpose=purpose,
            categories=categories,
            sensitive=labels.kinds_of(bytes.fromhex(token) for token in stored.sensitive_tokens),
            institution_id=stored.institution_id,
            practitioner_id=stored.practitioner_id,
            from_day=stored.from_day,
            until_day=stored.until_day,
            up_to_number=stored.up_to_number,
            start_at=stored.start_at,
            end_at=stored.end_at,
        )
