"""The phone's preview: exactly what a request would show, before it is answered.

It is the resident's own view of the record and is logged as such. It is computed by the function
that computes disclosures, from the provisions the answer would make.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import NamedTuple
from uuid import uuid4

from openhealthcode import audit, consent
from openhealthcode.access import looking
from openhealthcode.access.acting import seen_through
from openhealthcode.access.asking import Asking, asking
from openhealthcode.access.disclose import EVERYTHING
from openhealthcode.access.looking import Choice, Look, Row
from openhealthcode.access.model import Preview
from openhealthcode.consent import AccessRequest, ConsentRequest, Previewed
from openhealthcode.consent.presence import Presence, divided
from openhealthcode.database import Pool, transaction
from openhealthcode.standards import NotFound, PurposeOfUse
from openhealthcode.standards.ids import ConsentId, RequestId, ResidentId
from openhealthcode.trust import Keys, Labels


async def preview(
    pool: Pool, keys: Keys, resident_id: ResidentId, request_id: RequestId
) -> Preview:
    """Show the resident, entry by entry, what the asking person would see if all were allowed.

    That is what the request would open, and what that person sees already by other consents.

    Raises:
        NotFound: no such request was made to this resident.
        RequestExpired: it was answered before.
    """
    seen = await audit.until_free(partial(_seen, pool, keys, resident_id, request_id, None))
    entries = looking.open_rows(keys.of(resident_id), seen.rows)
    return Preview(
        seen.asked, entries, seen.number, frozenset(row["entry_id"] for row in seen.already)
    )


async def preview_in_person(
    pool: Pool, keys: Keys, resident_id: ResidentId, request_id: RequestId, presence: Presence
) -> int:
    """As ``preview``, where there is no phone to list it on; answers the number to bind.

    What would be shown stands in the log, and is opened for nobody yet.

    Raises:
        NotFound, RequestExpired: as ``preview`` says.
    """
    seen = await audit.until_free(partial(_seen, pool, keys, resident_id, request_id, presence))
    return seen.number


class _Seen(NamedTuple):
    """A preview before anything of it is opened."""

    asked: ConsentRequest
    rows: list[Row]
    already: list[Row]
    number: int


async def _seen(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    request_id: RequestId,
    presence: Presence | None,
) -> _Seen:
    labels = keys.of(resident_id).labels
    already: list[Row] = []
    async with transaction(pool, resident=resident_id) as connection:
        asked = await consent.stored_request(connection, labels, resident_id, request_id)
        if asked is None:
            raise NotFound
        if asked.answer is not None:
            raise consent.RequestExpired
        who = await asking(pool, asked.institution_id, asked.practitioner_id)

        through = await seen_through(connection, keys, resident_id)

        def choose(seen: Look) -> Choice:
            request = _asked_as(who, asked, seen.at)
            allowed = consent.decide(request, seen.provisions)
            open_now = through(looking.permitted(seen.rows, allowed, labels))
            already.extend(open_now)
            rows = through(_as_if_allowed(seen, asked, request, labels, presence))
            return Choice(rows, _event(resident_id, asked, rows, open_now))

        seen, choice = await looking.choose_and_log_within(
            connection, keys, resident_id, EVERYTHING, choose
        )
        number, version = seen.state.next_number, seen.state.consent_version
        shown = Previewed(resident_id, number, version)
        elsewhere = [Previewed(*each) for each in choice.elsewhere]
        await consent.note_preview(connection, resident_id, request_id, shown, elsewhere)
    return _Seen(asked, choice.rows, already, number)


def _asked_as(who: Asking, asked: ConsentRequest, at: datetime) -> AccessRequest:
    """The look that would follow; a system's is at no step of care."""
    scene = None if asked.practitioner_id is None else asked.ask.scene
    return who.request(asked.ask.purpose, at, scene, asked.ask.manner)


def _as_if_allowed(
    seen: Look,
    asked: ConsentRequest,
    request: AccessRequest,
    labels: Labels,
    presence: Presence | None,
) -> list[Row]:
    """What would be shown if the answer were yes to all of it."""
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
    if presence is not None:
        provisions = divided(provisions, is_under_duress=presence.is_under_duress)
    return looking.permitted(
        seen.rows, consent.decide(request, (*seen.provisions, *provisions)), labels
    )


def _event(
    resident_id: ResidentId, asked: ConsentRequest, rows: list[Row], already: list[Row]
) -> audit.Event:
    return audit.Event(
        action=audit.Action.RECORD_PREVIEW,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        scene=asked.ask.scene,
        detail={
            "request": asked.request_id.bytes,
            "items": looking.items(rows),
            "already": [row["entry_id"].bytes for row in already],
        },
    )
