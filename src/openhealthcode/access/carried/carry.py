"""Make an emergency summary for the resident to carry; logged with every entry it tells of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import orjson

from openhealthcode import audit, consent
from openhealthcode.access import looking
from openhealthcode.access.acting import seen_through
from openhealthcode.access.carried.text import VALID_DAYS, Person, lines_of
from openhealthcode.access.carried.verify import head_of
from openhealthcode.access.disclose import EVERYTHING
from openhealthcode.access.looking import Choice, Look, Row
from openhealthcode.consent import AccessRequest, AdvanceChoice, Manner, Provisions, Rule, emergency
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.identity import reading as identity_reading
from openhealthcode.record.plain import Language
from openhealthcode.record.summary import summarise
from openhealthcode.standards import PurposeOfUse, day_of
from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId, ResidentId
from openhealthcode.transparency import NoteSigner
from openhealthcode.trust import Keys, Labels

_NOBODY: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class CarriedSummary:
    """A summary as it is handed to the resident.

    Args:
        note: the signed text, for a QR code.
        made: the day it was made.
        until: the first day it is too old to rely on.
        lines: what it says.
        number: the event of the resident's log that says so.
    """

    note: str = field(repr=False)
    made: date
    until: date
    lines: tuple[str, ...] = field(repr=False)
    number: int


def summary_verifier_key(keys: Keys, log: str) -> str:
    """The public key summaries are checked with, to be published and kept by clinics."""
    return _signer(keys, log).verifier_key


Within = Callable[[Connection, datetime], Awaitable[None]]
"""What else is done in the transaction that logs a summary, told when that was."""


async def carry_emergency_summary(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    *,
    log: str,
    language: Language,
    is_bare: bool = False,
    within: Within | None = None,
) -> CarriedSummary:
    """Sign what an emergency would open of this record, for its resident to carry.

    Exactly what the advance choice opens to anybody: what a resident closed to somebody is not on
    it, since whoever finds the paper may be that somebody. Whoever asks has just verified that it
    is the resident.

    Args:
        log: the name of the installation's log, which the key's name begins with.
        language: of the words around what is recorded.
        is_bare: tell who it is and nothing that is recorded: the resident is made to ask for it.
        within: what else belongs to the same moment.

    Raises:
        NotFound: there is no such resident.
    """
    resident_keys = keys.of(resident_id)
    async with transaction(pool, resident=resident_id) as connection:
        chosen = await emergency.choice_of(connection, keys, resident_id)
        person = await identity_reading.demographics(connection, keys, resident_id)
        contacts = await identity_reading.emergency_contacts(connection, keys, resident_id)
        through = await seen_through(connection, keys, resident_id)

        def choose(seen: Look) -> Choice:
            opened = [] if is_bare else opened_to_anybody(seen, chosen, resident_keys.labels)
            rows = through(opened)
            return Choice(rows, _event(resident_id, rows, _day(seen.at)), seen.at)

        seen, choice = await looking.choose_and_log_within(
            connection, keys, resident_id, EVERYTHING, choose
        )
        if within is not None:
            await within(connection, seen.at)
    entries = looking.open_rows(resident_keys, choice.rows)
    made = _day(seen.at)
    until = made + timedelta(days=VALID_DAYS)
    summary = summarise([orjson.loads(entry.body) for entry in entries], made, language)
    told = Person(name=person.name, sex=person.sex.value, birth_date=person.birth_date)
    lines = lines_of(told, summary, [] if is_bare else contacts, language)
    text = "\n".join([*head_of(made, until), *lines]) + "\n"
    note = _signer(keys, log).sign(text)
    return CarriedSummary(note, made, until, tuple(lines), seen.state.next_number)


def opened_to_anybody(seen: Look, chosen: AdvanceChoice, labels: Labels) -> list[Row]:
    """The entries an override would open to anybody at all, to keep."""
    nobody = consent.provisions_of_an_override(
        chosen,
        consent_id=ConsentId(_NOBODY),
        institution_id=InstitutionId(_NOBODY),
        practitioner_id=PractitionerId(_NOBODY),
        at=seen.at,
        today=_day(seen.at),
    )
    anybody = [
        replace(one, institution_id=None, practitioner_id=None, manner=Manner.KEEP)
        for one in nobody
    ]
    refused = [one for one in seen.provisions if one.rule is Rule.DENY]
    request = AccessRequest(None, None, PurposeOfUse.EMERGENCY, seen.at, manner=Manner.KEEP)
    return looking.permitted(
        seen.rows, consent.decide(request, Provisions([*anybody, *refused])), labels
    )


def _event(resident_id: ResidentId, rows: list[Row], made: date) -> audit.Event:
    return audit.Event(
        action=audit.Action.EMERGENCY_CARRY,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={
            "items": looking.items(rows),
            "until": (made + timedelta(days=VALID_DAYS)).isoformat(),
        },
    )


def _day(at: datetime) -> date:
    """The calendar day in the country, whatever the server's own time."""
    return day_of(at)


def _signer(keys: Keys, log: str) -> NoteSigner:
    return keys.summary_signer(f"{log}/emergency-summaries")
