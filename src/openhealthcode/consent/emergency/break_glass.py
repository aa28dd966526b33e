"""Break the glass: open what the resident allows in an emergency, without an answer."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from openhealthcode import audit
from openhealthcode.consent import store
from openhealthcode.consent.ask import topic_of
from openhealthcode.consent.emergency import rules
from openhealthcode.consent.emergency import store as cases
from openhealthcode.consent.emergency.model import AdvanceChoice, OverrideCase
from openhealthcode.consent.model import Consent, Provision
from openhealthcode.consent.sharing import Given, share_with_all
from openhealthcode.database import Connection, announce, enter
from openhealthcode.identity import ids_of
from openhealthcode.standards import PurposeOfUse, Scene
from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId, ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey


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
        connection: the resident's transaction, with ``author_key`` to look up: the author's earlier
            overrides say how many must review this one.
        triage_level: 1 to 5; care at 4 or 5 can wait for an answer.
        reason: in words, 4 to 500 characters; the resident will read it.

    Returns:
        ``None`` when care can wait: nothing was opened, and the attempt is logged. Commit it.

    Raises:
        InvalidInput: no such triage level, or no reason in words.
    """
    reason = rules.reason_in_words(reason)
    attempt = audit.Event(
        action=audit.Action.BREAK_GLASS,
        agent=audit.Agent(audit.AgentKind.PRACTITIONER, practitioner_id, institution_id),
        purpose=PurposeOfUse.EMERGENCY,
        scene=Scene.EMERGENCY,
        detail={"triage": triage_level, "reason": reason},
    )
    if rules.can_wait(triage_level):
        refused = replace(attempt, outcome=audit.Outcome.REFUSED)
        await audit.append(connection, keys, resident_id, refused)
        await announce(connection, topic_of(keys, resident_id))
        return None
    consent_id = ConsentId(uuid4())
    opened = replace(attempt, detail={"consent": consent_id.bytes, **attempt.detail})
    logged = await audit.append(connection, keys, resident_id, opened, changes_consent=True)
    who = (institution_id, practitioner_id)
    override, provisions = await _open(connection, keys, resident_id, consent_id, who, logged)
    given = Given(resident_id, override, provisions, opened)
    await share_with_all(connection, keys, given)
    why = cases.Why(triage_level, reason)
    await _open_case(connection, keys, resident_id, override, practitioner_id, why)
    await announce(connection, topic_of(keys, resident_id))
    return consent_id


async def _open(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    consent_id: ConsentId,
    who: tuple[InstitutionId, PractitionerId],
    logged: audit.Appended,
) -> tuple[Consent, tuple[Provision, ...]]:
    """Store what the resident's advance choice opens to this practitioner, as a consent."""
    institution_id, practitioner_id = who
    provisions = rules.provisions_of_an_override(
        await _choice(connection, keys, resident_id),
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
    return override, provisions


async def _choice(connection: Connection, keys: Keys, resident_id: ResidentId) -> AdvanceChoice:
    """What was chosen in advance; of somebody with several ids, what all their choices open."""
    choices = []
    for one in reversed(await ids_of(connection, keys, resident_id)):
        await enter(connection, resident=one)
        try:
            choices.append(await cases.choice(connection, keys.of(one), one))
        except (UnknownKey, DestroyedKey):
            continue  # that account was closed
    await enter(connection, resident=resident_id)
    return rules.narrowest(choices)


async def _open_case(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    override: Consent,
    practitioner_id: PractitionerId,
    why: cases.Why,
) -> None:
    author = cases.author_key(keys, practitioner_id)
    earlier = await cases.cases(connection, "cases_of_author", author)
    case = OverrideCase(
        resident_id=resident_id,
        consent_id=override.consent_id,
        institution_id=override.institution_id,
        practitioner_id=practitioner_id,
        opened_at=override.granted_at,
        due_at=override.granted_at + rules.REVIEW_WITHIN,
        reviewers_needed=rules.reviewers_needed((one for one, _ in earlier), override.granted_at),
    )
    await cases.insert_case(connection, keys, case, why)
