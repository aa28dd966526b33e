"""The one way a record is shown to anybody but its resident.

Every disclosure is decided, read and logged in one transaction: if the event cannot be written,
nothing is shown.
"""

from __future__ import annotations

from openhealthcode import audit, consent
from openhealthcode.access import budgets, looking
from openhealthcode.access.asking import asking
from openhealthcode.access.children import NOT_ASKED, Admission, admission
from openhealthcode.access.looking import Choice, Look
from openhealthcode.access.model import Disclosure, InCategories, Selection
from openhealthcode.consent import AccessRequest
from openhealthcode.database import Pool
from openhealthcode.standards import PurposeOfUse, RecordCategory, Scene
from openhealthcode.standards.ids import InstitutionId, PractitionerId, ResidentId
from openhealthcode.trust import Keys, Labels

EVERYTHING = InCategories(frozenset(RecordCategory))


@budgets.leasing
async def disclose(
    pool: Pool,
    keys: Keys,
    *,
    resident_id: ResidentId,
    practitioner_id: PractitionerId,
    institution_id: InstitutionId,
    purpose: PurposeOfUse,
    scene: Scene | None = None,
    selection: Selection = EVERYTHING,
) -> Disclosure:
    """Show a practitioner what the resident's consent allows, and log that it was shown.

    A request that is wholly refused still returns, with no entries, and is still logged:
    refusals are what supervision looks for.

    Raises:
        NotFound: there is no such resident.
        BudgetSpent: of too many residents today, with no reason behind it.
    """
    resident_keys = keys.of(resident_id)
    labels = resident_keys.labels
    agent = audit.Agent(audit.AgentKind.PRACTITIONER, practitioner_id, institution_id)
    who = await asking(pool, institution_id, practitioner_id)
    admitted = await admission(
        pool, keys, resident_id, institution_id, practitioner_id, budgets.ReaderKind.PRACTITIONER
    )

    def choose(seen: Look) -> Choice:
        request = who.request(purpose, seen.at, scene)
        return choose_permitted(seen, request, labels, agent, admitted)

    seen, choice = await looking.choose_and_log(pool, keys, resident_id, selection, choose)
    return Disclosure(
        looking.open_rows(resident_keys, choice.rows),
        seen.state.next_number,
        seen.at,
        choice.until,
        choice.consent_ids,
    )


def choose_permitted(
    seen: Look,
    request: AccessRequest,
    labels: Labels,
    agent: audit.Agent,
    admitted: Admission = NOT_ASKED,
) -> Choice:
    """What the resident's provisions let this agent see of one snapshot, and the event for it."""
    decision = admitted.weighed(consent.decide(request, seen.provisions), request)
    because = consent.explain(request, decision, seen.provisions)
    if admitted.withholds(request):
        because = consent.Because.APPROVAL_MISSING
    rows = looking.permitted(seen.rows, decision, labels)
    if rows:
        admitted.taken(decision, request)
    consent_ids = decision.consent_ids
    event = audit.Event(
        action=audit.Action.RECORD_DISCLOSE,
        agent=agent,
        outcome=audit.Outcome.DONE if decision.permits else audit.Outcome.REFUSED,
        purpose=request.purpose,
        scene=request.scene,
        detail={
            "items": looking.items(rows),
            "consents": [consent_id.bytes for consent_id in consent_ids],
            "because": because.value,
            **admitted.told(),
        },
    )
    uses = looking.uses_begun(decision, request)
    return Choice(rows, event, decision.until, consent_ids, uses)
