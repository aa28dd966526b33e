"""Consents given ahead of any visit: standing ones, and those of a contract with a family doctor."""

from __future__ import annotations

from uuid import uuid4

from openhealthcode import audit, registry
from openhealthcode.consent import rules, store
from openhealthcode.consent.ask import topic_of
from openhealthcode.consent.elsewhere import kept_under
from openhealthcode.consent.model import Consent, Notice, Terms
from openhealthcode.consent.presence import Presence, divided, note
from openhealthcode.consent.sharing import Given, share_with_all
from openhealthcode.consent.withdraw import withdraw_within
from openhealthcode.database import Pool, announce, enter, transaction
from openhealthcode.standards import InvalidInput, PurposeOfUse
from openhealthcode.standards.ids import ConsentId, ResidentId
from openhealthcode.trust import Keys


async def give(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    terms: Terms,
    notice: Notice,
    presence: Presence | None = None,
) -> ConsentId:
    """Allow what the terms say, from now on, and keep what the resident was told with it.

    Withdrawn like any other consent. Whoever calls has just verified that it is the resident.

    Raises:
        InvalidInput: terms no consent can have, or a recipient who does not work there.
        NotFound: no such institution or practitioner.
        NothingToWithdraw: the consent it replaces is over already.
    """
    rules.check_terms(terms)
    await _check_recipient(pool, terms)
    consent_id = ConsentId(uuid4())
    async with transaction(pool, resident=resident_id) as connection:
        if terms.replaces is not None:
            own = audit.Agent(audit.AgentKind.RESIDENT, resident_id)
            under = await kept_under(connection, keys, resident_id, terms.replaces)
            await withdraw_within(connection, keys, under, terms.replaces, own)
            await enter(connection, resident=resident_id)
        event = _event(resident_id, consent_id, terms, notice, presence)
        logged = await audit.append(connection, keys, resident_id, event, changes_consent=True)
        provisions = rules.provisions_of_terms(terms, consent_id=consent_id, at=logged.at)
        if presence is not None:
            provisions = divided(provisions, is_under_duress=presence.is_under_duress)
            asked_by = terms.institution_id, terms.practitioner_id
            await note(connection, keys, resident_id, consent_id, presence, asked_by, logged.at)
        consent = Consent(
            consent_id=consent_id,
            is_override=False,
            institution_id=terms.institution_id,
            practitioner_id=terms.practitioner_id,
            purpose=PurposeOfUse.TREATMENT,
            kind=terms.kind,
            notice=notice,
            added_to=terms.added_to,
            granted_at=logged.at,
            end_at=provisions[0].end_at,
        )
        resident_keys = keys.of(resident_id)
        await store.insert_consent(
            connection, resident_keys, resident_id, consent, provisions, logged.number
        )
        given = Given(resident_id, consent, provisions, event)
        await share_with_all(connection, keys, given)
        await announce(connection, topic_of(keys, resident_id))
    return consent_id


async def _check_recipient(pool: Pool, terms: Terms) -> None:
    institution = await registry.institution(pool, terms.institution_id)
    if not institution.is_active:
        raise InvalidInput("this institution takes no consents")
    if terms.practitioner_id is not None:
        somebody = await registry.practitioner(pool, terms.practitioner_id)
        if somebody.institution_id != terms.institution_id or not somebody.may_have_account:
            raise InvalidInput("this person does not work there")


def _event(
    resident_id: ResidentId,
    consent_id: ConsentId,
    terms: Terms,
    notice: Notice,
    presence: Presence | None,
) -> audit.Event:
    practitioner_id = terms.practitioner_id
    return audit.Event(
        action=audit.Action.CONSENT_GRANT,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.TREATMENT,
        detail={
            "consent": consent_id.bytes,
            **(presence.told() if presence else {}),
            "kind": terms.kind.value,
            "institution": terms.institution_id.bytes,
            "practitioner": practitioner_id.bytes if practitioner_id else None,
            "department": terms.department,
            "allowed": sorted(terms.categories),
            "sensitive": sorted(terms.sensitive),
            "manner": terms.manner.value,
            "days": terms.days,
            "uses": terms.uses,
            "notice": notice.version,
        },
    )
