"""The code was shown to a counter that asked for it: for some residents that is the consent."""

from __future__ import annotations

from uuid import uuid4

from openhealthcode import audit
from openhealthcode.consent.ask import topic_of
from openhealthcode.consent.model import Consent, Provision, Rule
from openhealthcode.consent.presence import divided
from openhealthcode.consent.sharing import Given, share_with_all
from openhealthcode.consent.showing import store
from openhealthcode.consent.showing.model import LIFETIME, OPENED, Showing, ShowingChoice
from openhealthcode.consent.store import insert_consent
from openhealthcode.database import Connection, Pool, announce, transaction
from openhealthcode.standards import PurposeOfUse, Scene
from openhealthcode.standards.ids import ConsentId, InstitutionId, PresentationId, ResidentId
from openhealthcode.trust import Keys


async def allow_by_showing(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    *,
    presentation_id: PresentationId,
    institution_id: InstitutionId,
    scene: Scene,
) -> ConsentId | None:
    """Allow this institution what belongs to this step of care, for four hours, if that was chosen.

    What was filed so far and nothing closed; withdrawn like any other consent. Whoever calls has
    just seen an answer to the code of a counter of this institution.

    Returns:
        The consent; ``None`` where the resident is asked instead.
    """
    async with transaction(pool, resident=resident_id) as connection:
        await audit.hold(connection, resident_id)  # what is chosen meanwhile waits
        choice = await store.choice(connection, keys.of(resident_id), resident_id)
        if choice.showing is not Showing.CONSENT or choice.notice is None or scene not in OPENED:
            return None
        consent_id = ConsentId(uuid4())
        event = _event(resident_id, consent_id, presentation_id, institution_id, scene)
        logged = await audit.append(connection, keys, resident_id, event, changes_consent=True)
        consent = Consent(
            consent_id=consent_id,
            is_override=False,
            institution_id=institution_id,
            practitioner_id=None,
            purpose=PurposeOfUse.TREATMENT,
            notice=choice.notice,
            granted_at=logged.at,
            end_at=logged.at + LIFETIME,
        )
        provisions = _provisions(consent, institution_id, scene, choice, logged.number)
        await _keep(connection, keys, Given(resident_id, consent, provisions, event), logged)
    return consent_id


async def _keep(connection: Connection, keys: Keys, given: Given, logged: audit.Appended) -> None:
    await insert_consent(
        connection,
        keys.of(given.resident_id),
        given.resident_id,
        given.consent,
        given.provisions,
        logged.number,
    )
    await share_with_all(connection, keys, given)
    await announce(connection, topic_of(keys, given.resident_id))


def _provisions(
    consent: Consent,
    institution_id: InstitutionId,
    scene: Scene,
    choice: ShowingChoice,
    number: int,
) -> tuple[Provision, ...]:
    """In the shape of an answer with a PIN, whichever PIN the choice was made with."""
    opened = Provision(
        consent_id=consent.consent_id,
        rule=Rule.PERMIT,
        purpose=consent.purpose,
        categories=OPENED[scene],
        institution_id=institution_id,
        up_to_number=number,
        start_at=consent.granted_at,
        end_at=consent.end_at,
    )
    return divided((opened,), is_under_duress=choice.is_under_duress)


def _event(
    resident_id: ResidentId,
    consent_id: ConsentId,
    presentation_id: PresentationId,
    institution_id: InstitutionId,
    scene: Scene,
) -> audit.Event:
    return audit.Event(
        action=audit.Action.CONSENT_GRANT,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.TREATMENT,
        scene=scene,
        detail={
            "consent": consent_id.bytes,
            "presentation": presentation_id.bytes,
            "institution": institution_id.bytes,
            "practitioner": None,
            "allowed": sorted(OPENED[scene]),
        },
    )
