"""Break the glass: open what the resident allows in an emergency, without an answer."""

from __future__ import annotations

from uuid import uuid4

from openhealthcode import audit
from openhealthcode.consent import store
from openhealthcode.consent.ask import topic_of
from openhealthcode.consent.emergency import rules
from openhealthcode.consent.emergency import store as choices
from openhealthcode.consent.model import Consent
from openhealthcode.database import Connection, announce
from openhealthcode.standards import PurposeOfUse, Scene
from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId, ResidentId
from openhealthcode.trust import Keys


async def break_glass(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    *,
    practitioner_id: PractitionerId,
    institution_id: InstitutionId,
    triage_level: int,
    reason: str,
) -> ConsentId | None:
    """Open what may save a life, for this practitioner and twelve hours (紧急调阅).

    Stored as a consent like any other, so that it is decided, shown, logged and ended like one.
    What it opens is the resident's advance choice. Their pages hear of it in the same moment.

    Args:
        triage_level: 1 to 5; care at 4 or 5 can wait for an answer.
        reason: in words, 4 to 500 characters; the resident will read it.

    Returns:
        ``None`` when care can wait: nothing was opened, and the attempt is logged. Commit it.

    Raises:
        InvalidInput: no such triage level, or no reason in words.
    """
    reason = rules.reason_in_words(reason)
    if rules.can_wait(triage_level):
        await audit.append(
            connection,
            keys,
            resident_id,
            audit.Event(
                action=audit.Action.BREAK_GLASS,
                agent=audit.Agent(audit.AgentKind.PRACTITIONER, practitioner_id, institution_id),
                outcome=audit.Outcome.REFUSED,
                purpose=PurposeOfUse.EMERGENCY,
                scene=Scene.EMERGENCY,
                detail={"triage": triage_level, "reason": reason},
            ),
        )
        await announce(connection, topic_of(keys, resident_id))
        return None
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
    choice = await choices.choice(connection, keys.of(resident_id), resident_id)
    provisions = rules.provisions_of_an_override(
        choice,
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
