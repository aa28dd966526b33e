"""Ask a resident: store what somebody would like to see, and why, until it is answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from openhealthcode import audit
from openhealthcode.consent import store
from openhealthcode.consent.model import Ask, ConsentRequest
from openhealthcode.database import Connection, Pool, announce, transaction
from openhealthcode.standards import InvalidInput, NotFound, Scene
from openhealthcode.standards.ids import (
    ConsentId,
    InstitutionId,
    PractitionerId,
    PresentationId,
    RequestId,
    ResidentId,
)
from openhealthcode.trust import Keys

WAITS: Final = timedelta(minutes=15)
PROPOSALS_WAIT: Final = timedelta(days=3)
LONGEST_SECONDS: Final = 24 * 3600


async def ask(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    wanted: Ask,
    *,
    presentation_id: PresentationId,
    practitioner_id: PractitionerId,
    institution_id: InstitutionId,
) -> RequestId:
    """Put a request before the resident; it waits fifteen minutes.

    Raises:
        InvalidInput: nothing asked for, or for longer than 24 hours.
    """
    if not wanted.categories or not 0 < wanted.lifetime_seconds <= LONGEST_SECONDS:
        raise InvalidInput("a request names at least one category and at most 24 hours")
    labels = keys.of(resident_id).labels
    request_id = RequestId(uuid4())
    logged = await audit.append(
        connection,
        keys,
        resident_id,
        audit.Event(
            action=audit.Action.CONSENT_ASK,
            agent=audit.Agent(audit.AgentKind.PRACTITIONER, practitioner_id, institution_id),
            purpose=wanted.purpose,
            scene=wanted.scene,
            detail={"request": request_id.bytes, "categories": sorted(wanted.categories)},
        ),
    )
    request = ConsentRequest(
        request_id=request_id,
        presentation_id=presentation_id,
        practitioner_id=practitioner_id,
        institution_id=institution_id,
        ask=wanted,
        asked_at=logged.at,
        expires_at=logged.at + WAITS,
    )
    await store.insert_request(connection, labels, resident_id, request, logged.number)
    await announce(connection, topic_of(keys, resident_id))
    return request_id


async def propose(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    wanted: Ask,
    agent: audit.Agent,
    institution_id: InstitutionId,
) -> tuple[ConsentRequest, audit.Appended]:
    """Put before the resident what an institution's system proposes; it waits three days.

    Raises:
        InvalidInput: nothing asked for, or for longer than 24 hours.
    """
    if not wanted.categories or not 0 < wanted.lifetime_seconds <= LONGEST_SECONDS:
        raise InvalidInput("a proposal names at least one category and at most 24 hours")
    request_id = RequestId(uuid4())
    event = audit.Event(
        action=audit.Action.CONSENT_ASK,
        agent=agent,
        purpose=wanted.purpose,
        scene=wanted.scene,
        detail={
            "request": request_id.bytes,
            "categories": sorted(wanted.categories),
            "manner": wanted.manner.value,
        },
    )
    logged = await audit.append(connection, keys, resident_id, event)
    request = ConsentRequest(
        request_id=request_id,
        presentation_id=None,
        practitioner_id=None,
        institution_id=institution_id,
        ask=wanted,
        asked_at=logged.at,
        expires_at=logged.at + PROPOSALS_WAIT,
    )
    labels = keys.of(resident_id).labels
    await store.insert_request(connection, labels, resident_id, request, logged.number)
    await announce(connection, topic_of(keys, resident_id))
    return request, logged


async def request(
    pool: Pool, keys: Keys, resident_id: ResidentId, request_id: RequestId
) -> ConsentRequest:
    """One of this resident's requests.

    Raises:
        NotFound: no such request was made to this resident.
    """
    labels = keys.of(resident_id).labels
    async with transaction(pool, resident=resident_id) as connection:
        found = await store.request(connection, labels, resident_id, request_id)
    if found is None:
        raise NotFound
    return found


async def requests_waiting(pool: Pool, keys: Keys, resident_id: ResidentId) -> list[ConsentRequest]:
    """What this resident is being asked right now, oldest first."""
    labels = keys.of(resident_id).labels
    async with transaction(pool, resident=resident_id) as connection:
        return await store.requests_waiting(connection, labels, resident_id, datetime.now(UTC))


async def scene_of_visit(
    pool: Pool, resident_id: ResidentId, presentation_id: PresentationId
) -> Scene | None:
    """The step of care the resident last allowed at this visit; None while nothing is allowed.

    Looks are decided and logged at that step, as their preview was, whatever the scan was made at.
    """
    async with transaction(pool, resident=resident_id) as connection:
        return await store.scene_of_visit(connection, resident_id, presentation_id)


def topic_of(keys: Keys, resident_id: ResidentId) -> str:
    """The opaque name under which the resident's pages hear that something happened."""
    return keys.blind_index("announcement", f"resident|{resident_id}").hex()


def topic_of_request(keys: Keys, request_id: RequestId) -> str:
    """The opaque name under which the clinic's page hears that its request was answered."""
    return keys.blind_index("announcement", f"request|{request_id}").hex()


def topic_of_consent(keys: Keys, consent_id: ConsentId) -> str:
    """The opaque name under which an open record page hears that its consent has ended."""
    return keys.blind_index("announcement", f"consent|{consent_id}").hex()
