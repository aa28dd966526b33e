"""The emergency summary as a health card or certificate, for readers who know nothing of us."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import orjson

from openhealthcode import audit
from openhealthcode.access import looking
from openhealthcode.access.acting import acting_now
from openhealthcode.access.carried.card import (
    CardContent,
    CardIssuer,
    MadeCard,
    card_event,
    note_card,
    rid_of,
    sign_card,
)
from openhealthcode.access.carried.carry import opened_to_anybody
from openhealthcode.access.carried.statement import in_an_emergency, person_of
from openhealthcode.access.carried.text import VALID_DAYS
from openhealthcode.access.disclose import EVERYTHING
from openhealthcode.access.looking import Choice, Look
from openhealthcode.consent import emergency
from openhealthcode.credential import Form
from openhealthcode.database import Pool, transaction
from openhealthcode.identity import reading as identity_reading
from openhealthcode.record.summary import summarise
from openhealthcode.standards import Forbidden
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


async def make_emergency_card(
    pool: Pool, keys: Keys, resident_id: ResidentId, form: Form, issuer: CardIssuer
) -> MadeCard:
    """Sign what an emergency would open of this record to anybody; whoever asks was just verified.

    Raises:
        Forbidden: somebody acts for the resident.
        NotFound: there is no such resident.
    """
    if acting_now(resident_id) is not None:
        raise Forbidden
    card_id = uuid4()
    labels = keys.of(resident_id).labels
    async with transaction(pool, resident=resident_id) as connection:
        chosen = await emergency.choice_of(connection, keys, resident_id)
        who = await identity_reading.demographics(connection, keys, resident_id)
        contacts = await identity_reading.emergency_contacts(connection, keys, resident_id)

        def choose(seen: Look) -> Choice:
            rows = opened_to_anybody(seen, chosen, labels)
            detail = {"card": card_id.bytes, "form": form.value, "items": looking.items(rows)}
            event = card_event(resident_id, audit.Action.HEALTH_CARD_MAKE, detail)
            return Choice(rows, event, seen.at)

        seen, choice = await looking.choose_and_log_within(
            connection, keys, resident_id, EVERYTHING, choose
        )
        until = seen.at + timedelta(days=VALID_DAYS)
        content = CardContent.EMERGENCY
        await note_card(connection, resident_id, card_id, content, form, seen.at, until)
    entries = looking.open_rows(keys.of(resident_id), choice.rows)
    resources = [orjson.loads(entry.body) for entry in entries]
    summary = summarise(resources, issuer.day(seen.at), issuer.language)
    person = person_of(who.name, who.sex.value, who.birth_date)
    told = in_an_emergency(person, summary, contacts, resources)
    issued = sign_card(form, told, issuer, seen.at, rid_of(keys, card_id), until=until)
    return MadeCard(card_id, issued, seen.state.next_number)
