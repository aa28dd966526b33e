"""Reads and writes requests, consents and provisions; the only module that knows their tables.

``Connection`` is a transaction opened for the resident (``database.transaction(resident=…)``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from openhealthcode import audit
from openhealthcode.consent.model import (
    Answer,
    Ask,
    Consent,
    ConsentKind,
    ConsentRequest,
    Manner,
    Notice,
    Previewed,
    Provision,
    Refusal,
    Restriction,
    Uses,
)
from openhealthcode.consent.sealing import open_department, stored
from openhealthcode.database import Connection, load_queries
from openhealthcode.registry import InstitutionKind
from openhealthcode.standards import PurposeOfUse, Scene
from openhealthcode.standards.ids import (
    ConsentId,
    InstitutionId,
    PractitionerId,
    PresentationId,
    RequestId,
    ResidentId,
)
from openhealthcode.trust import KeyClass, Labels, ResidentKeys

_QUERIES = load_queries("openhealthcode.consent")
_NO_OVERRIDE = False


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
        request.ask.manner is Manner.KEEP,
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
    connection: Connection,
    resident_id: ResidentId,
    request_id: RequestId,
    seen: Previewed,
    elsewhere: Sequence[Previewed] = (),
) -> None:
    """Remember what the resident has seen, also of their other ids where entries were merged."""
    await connection.execute(
        _QUERIES["note_preview"],
        resident_id,
        request_id,
        seen.number,
        seen.version,
        [each.resident_id for each in elsewhere],
        [each.number for each in elsewhere],
        [each.version for each in elsewhere],
    )


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
    given_as: ResidentId | None = None,
) -> None:
    """Store a consent with its provisions; ``given_as`` the other id of the person, if another."""
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
        given_as,
        consent.notice.version if consent.notice else None,
    )
    await insert_provisions(connection, keys, resident_id, provisions)


async def insert_restriction(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    restriction: Restriction,
    provisions: tuple[Provision, ...],
    event_number: int,
) -> None:
    """Store a refusal with its denials."""
    await connection.execute(
        _QUERIES["insert_consent"],
        resident_id,
        restriction.consent_id,
        _NO_OVERRIDE,
        restriction.refusal.practitioner_id,
        restriction.refusal.institution_id,
        provisions[0].purpose,
        event_number,
        restriction.since,
        provisions[0].end_at,
        "restriction",
        None,
        None,
        None,
        None,
    )
    await insert_provisions(connection, keys, resident_id, provisions)


async def insert_provisions(
    connection: Connection,
    keys: ResidentKeys,
    resident_id: ResidentId,
    provisions: tuple[Provision, ...],
) -> None:
    """Store the lines of a consent, a refusal or a seal."""
    for line, provision in enumerate(provisions):
        kept = stored(provision, keys)
        await connection.execute(
            _QUERIES["insert_provision"],
            resident_id,
            provision.consent_id,
            line,
            provision.rule,
            provision.purpose,
            [bytes.fromhex(token) for token in kept.category_tokens],
            [bytes.fromhex(token) for token in kept.sensitive_tokens],
            provision.institution_id,
            provision.practitioner_id,
            provision.from_day,
            provision.until_day,
            provision.up_to_number,
            provision.start_at,
            provision.end_at,
            bytes.fromhex(kept.seal),
            kept.form,
            bytes.fromhex(kept.department) if kept.department else None,
            kept.institution_kind,
            kept.scenes,
            kept.may_keep,
            kept.uses,
            kept.is_seal,
        )


async def consents(
    connection: Connection, keys: ResidentKeys, resident_id: ResidentId
) -> list[Consent]:
    """Every consent this resident ever gave, and every override, newest first."""
    rows = await connection.fetch(_QUERIES["consents"], resident_id)
    return [_consent(row, keys) for row in rows]


async def residents_outdated(
    connection: Connection, still_good: Collection[str], most: int
) -> list[ResidentId]:
    """Who has consents ahead of visits under none of these editions of the notice."""
    rows = await connection.fetch(_QUERIES["residents_outdated"], list(still_good), most)
    return [ResidentId(row["resident_id"]) for row in rows]


async def restrictions(
    connection: Connection, keys: ResidentKeys, resident_id: ResidentId
) -> list[Restriction]:
    """What this resident refuses now, newest first."""
    rows = await connection.fetch(_QUERIES["restrictions"], resident_id)
    return [_restriction(row, keys) for row in rows]


def _restriction(row: asyncpg.Record, keys: ResidentKeys) -> Restriction:
    consent_id, department, kind = row["consent_id"], row["department"], row["institution_kind"]
    refusal = Refusal(
        categories=keys.labels.categories_of(row["category_tokens"]),
        sensitive=keys.labels.kinds_of(row["sensitive_tokens"]),
        institution_id=row["institution_id"],
        practitioner_id=row["practitioner_id"],
        department=open_department(department, consent_id, keys) if department else None,
        institution_kind=InstitutionKind(kind) if kind else None,
        in_emergencies=row["in_emergencies"],
    )
    return Restriction(consent_id=consent_id, refusal=refusal, since=row["granted_at"])


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
        uses=_uses(row),
        kind=ConsentKind(row["kind"]),
        notice=_notice(row["notice"], consent_id, keys),
        added_to=ConsentId(row["added_to"]) if row["added_to"] else None,
        granted_at=row["granted_at"],
        end_at=row["end_at"],
        withdrawn_at=row["withdrawn_at"],
    )


def _uses(row: asyncpg.Record) -> Uses | None:
    if row["uses"] is None:
        return None
    return Uses(row["uses"], tuple(zip(row["used_by"], row["used_at"], strict=True)))


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
    return bool(await _revoke(connection, resident_id, rows, at))


async def lift(
    connection: Connection,
    resident_id: ResidentId,
    consent_id: ConsentId,
    at: datetime,
    number: int,
) -> bool:
    """End a refusal; False if there was none in force."""
    rows = await connection.fetch(_QUERIES["note_lifting"], resident_id, consent_id, at, number)
    return bool(await _revoke(connection, resident_id, rows, at))


async def shared_here(
    connection: Connection, resident_id: ResidentId, at: datetime
) -> list[tuple[ConsentId, ResidentId]]:
    """The consents in force that were given under another id of the person, and under which."""
    rows = await connection.fetch(_QUERIES["shared_here"], resident_id, at)
    return [(ConsentId(row["consent_id"]), ResidentId(row["given_as"])) for row in rows]


async def is_in_force(
    connection: Connection, resident_id: ResidentId, consent_id: ConsentId
) -> bool:
    """Whether this resident has such a consent that was not withdrawn."""
    return bool(await connection.fetchval(_QUERIES["is_in_force"], resident_id, consent_id))


async def end_visits(
    connection: Connection, resident_id: ResidentId, at: datetime, number: int
) -> list[ConsentId]:
    """End everything allowed at visits; which consents that were."""
    rows = await connection.fetch(_QUERIES["end_visits"], resident_id, at, number)
    return await _revoke(connection, resident_id, rows, at)


async def _revoke(
    connection: Connection, resident_id: ResidentId, rows: list[asyncpg.Record], at: datetime
) -> list[ConsentId]:
    closed = [ConsentId(row["consent_id"]) for row in rows]
    await revoke_provisions(connection, resident_id, closed, at)
    return closed


async def revoke_provisions(
    connection: Connection, resident_id: ResidentId, closed: Sequence[ConsentId], at: datetime
) -> None:
    """The lines of these consents count no longer."""
    await connection.execute(_QUERIES["revoke_provisions"], resident_id, closed, at)


async def note_uses(
    connection: Connection,
    resident_id: ResidentId,
    consent_ids: Iterable[ConsentId],
    used_by: UUID,
    logged: audit.Appended,
) -> None:
    """Count a use of each of these consents, in the transaction of the look that begins it."""
    for consent_id in consent_ids:
        await connection.execute(
            _QUERIES["insert_use"], resident_id, consent_id, logged.number, used_by, logged.at
        )


async def scene_of_visit(
    connection: Connection, resident_id: ResidentId, presentation_id: PresentationId
) -> Scene | None:
    """The step of care at which a visit's last answer was given; None before there is one."""
    row = await connection.fetchrow(_QUERIES["scene_of_visit"], resident_id, presentation_id)
    return Scene(row["scene"]) if row else None


def _request(row: asyncpg.Record, labels: Labels) -> ConsentRequest:
    presented, asked_by = row["presentation_id"], row["practitioner_id"]
    return ConsentRequest(
        request_id=RequestId(row["request_id"]),
        presentation_id=PresentationId(presented) if presented else None,
        practitioner_id=PractitionerId(asked_by) if asked_by else None,
        institution_id=InstitutionId(row["institution_id"]),
        ask=Ask(
            purpose=PurposeOfUse(row["purpose"]),
            scene=Scene(row["scene"]),
            categories=labels.categories_of(row["category_tokens"]),
            lifetime_seconds=row["lifetime_seconds"],
            manner=Manner.KEEP if row["may_keep"] else Manner.VIEW,
        ),
        asked_at=row["asked_at"],
        expires_at=row["expires_at"],
        previewed_number=row["previewed_number"],
        previewed_version=row["previewed_version"],
        previewed_elsewhere=tuple(
            Previewed(ResidentId(one), number, version)
            for one, number, version in zip(
                row["previewed_ids"],
                row["previewed_numbers"],
                row["previewed_versions"],
                strict=True,
            )
        ),
        answer=Answer(row["answer"]) if row["answer"] else None,
        answered_at=row["answered_at"],
        consent_id=ConsentId(row["consent_id"]) if row["consent_id"] else None,
    )
