"""Break the glass: open the fixed minimum set without the resident's answer."""

from __future__ import annotations

from uuid import uuid4

from openhealthcode import audit
from openhealthcode.consent import rules, store
from openhealthcode.consent.ask import topic_of
from openhealthcode.consent.model import Consent
from openhealthcode.database import Connection, announce
from openhealthcode.standards import InvalidInput, PurposeOfUse, Scene
from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId, ResidentId
from openhealthcode.trust import Keys

_SHORTEST_REASON = 4
_LONGEST_REASON = 500
_TRIAGE_LEVELS = range(1, 4)


async def break_glass(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    *,
    practitioner_id: PractitionerId,
    institution_id: InstitutionId,
    triage_level: int,
    reason: str,
) -> ConsentId:
    """Open what may save a life, for this practitioner and twelve hours (紧急调阅).

    Stored as a consent like any other, so that it is decided, shown, logged and ended like one.
    The resident's pages hear of it in the same moment.

    Args:
        triage_level: 1 to 3; care at level 4 can wait for an answer.
        reason: in words, 4 to 500 characters; the resident will read it.

    Raises:
        InvalidInput: triage level or reason outside those bounds.
    """
    reason = " ".join(reason.split())
    _check(triage_level, reason)
    consent_id = ConsentId(uuid4())
    logged = await audit.append(
        connection,
        keys,
        resident_id,
        audit.Event(
            action=audit.Action.BREAK_GLASS,
            agent=audit.Agent(audit.AgentKind.PRACTITIONER, practitioner_id, institution_id),
            purpose=PurposeOfUse.EMERGENCY,
            scene=Scene.EMERGENCY,
            detail={"consent": consent_id.bytes, "triage": triage_level, "reason": reason},
        ),
        changes_consent=True,
    )
    provisions = rules.provisions_of_an_override(
        consent_id=consent_id,
        institution_id=institution_id,
        practitioner_id=practitioner_id,
        at=logged.at,
        today=logged.at.date(),
    )
    override = Consent(
        consent_id=consent_id,
        is_override=True,
        institution_id=institution_id,
        practitioner_id=practitioner_id,
        purpose=PurposeOfUse.EMERGENCY,
        granted_at=logged.at,
        end_at=provisions[0].end_at,
    )
    await store.insert_consent(
        connection, keys.of(resident_id), resident_id, override, provisions, logged.number
    )
    await announce(connection, topic_of(keys, resident_id))
    return consent_id


def _check(triage_level: int, reason: str) -> None:
    if triage_level not in _TRIAGE_LEVELS:
        raise InvalidInput("an override needs triage level 1, 2 or 3")
    if not _SHORTEST_REASON <= len(reason) <= _LONGEST_REASON:
        raise InvalidInput("an override needs a reason of 4 to 500 characters")
