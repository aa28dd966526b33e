"""The phone's preview: exactly what a request would show, before it is answered.

It is the resident's own view of the record and is logged as such. It is computed by the function
that computes disclosures, from the provisions the answer would make.
"""

from __future__ import annotations

from uuid import uuid4

from openhealthcode import audit, consent
from openhealthcode.access import looking
from openhealthcode.access.asking import Asking, asking
from openhealthcode.access.looking import Choice, Look
from openhealthcode.access.model import InCategories, Preview
from openhealthcode.consent import ConsentRequest
from openhealthcode.database import Pool, transaction
from openhealthcode.standards import NotFound, PurposeOfUse
from openhealthcode.standards.ids import ConsentId, RequestId, ResidentId
from openhealthcode.trust import Keys, Labels


async def preview(
    pool: Pool, keys: Keys, resident_id: ResidentId, request_id: RequestId
) -> Preview:
    """Show the resident, entry by entry, what allowing all of a request would show.

    Raises:
        NotFound: no such request was made to this resident.
        RequestExpired: it was answered before.
    """
    resident_keys = keys.of(resident_id)
    labels = resident_keys.labels
    async with transaction(pool, resident=resident_id) as connection:
        asked = await consent.stored_request(connection, labels, resident_id, request_id)
        if asked is None:
            raise NotFound
        if asked.answer is not None:
            raise consent.RequestExpired
        who = await asking(pool, asked.institution_id, asked.practitioner_id)

        def choose(seen: Look) -> Choice:
            return _as_if_allowed(seen, asked, who, resident_id, labels)

        seen, choice = await looking.choose_and_log_within(
            connection, keys, resident_id, InCategories(asked.ask.categories), choose
        )
        number = seen.state.next_number
        await consent.note_preview(connection, resident_id, request_id, number)
    entries = looking.open_rows(resident_keys, choice.rows)
    return Preview(asked, entries, number)


def _as_if_allowed(
    seen: Look, asked: ConsentRequest, who: Asking, resident_id: ResidentId, labels: Labels
) -> Choice:
    provisions = consent.provisions_of_an_answer(
        asked.ask,
        consent_id=ConsentId(uuid4()),
        institution_id=asked.institution_id,
        practitioner_id=asked.practitioner_id,
        allowed=asked.ask.categories,
        previewed_number=seen.state.next_number,
        with_what_is_added=False,
        at=seen.at,
    )
    request = who.request(asked.ask.purpose, seen.at, asked.ask.scene)
    decision = consent.decide(request, (*seen.provisions, *provisions))
    rows = looking.permitted(seen.rows, decision, labels)
    event = audit.Event(
        action=audit.Action.RECORD_PREVIEW,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        scene=asked.ask.scene,
        detail={"request": asked.request_id.bytes, "items": looking.items(rows)},
    )
    return Choice(rows, event)
