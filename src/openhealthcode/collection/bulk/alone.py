"""Register one row in a transaction of its own, exactly as a delivery would be."""

from __future__ import annotations

import asyncio
from typing import Final

from openhealthcode import audit
from openhealthcode.collection.admit import Admitted, admit_person
from openhealthcode.collection.bulk.model import Row, RowOutcome, RowResult
from openhealthcode.collection.model import NeedsReview, Source
from openhealthcode.collection.rule_set import RULES
from openhealthcode.database import Pool
from openhealthcode.identity import Registration
from openhealthcode.identity.quality import RegistrationDoubtful
from openhealthcode.standards import Conflict, HealthCodeError
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust import Keys

_TRIES: Final = 8


async def register_alone(pool: Pool, keys: Keys, row: Row, source: Source) -> RowResult:
    """Register one row; an expected failure is its result, anything else rises."""
    if row.registration is None:
        return RowResult.refusing(row.number, row.error_code, row.error)
    for attempt in range(_TRIES):
        try:
            return await _register(pool, keys, row.number, row.registration, source)
        except (NeedsReview, RegistrationDoubtful) as error:
            return RowResult(row.number, RowOutcome.SET_ASIDE, code=error.code, message=str(error))
        except Conflict as error:
            if attempt == _TRIES - 1:
                return _refused(row, error)
            await asyncio.sleep(0)
        except HealthCodeError as error:
            return _refused(row, error)
    raise AssertionError


async def _register(
    pool: Pool, keys: Keys, number: int, registration: Registration, source: Source
) -> RowResult:
    async with admit_person(pool, keys, registration, source) as admitted:
        if admitted.is_more:
            event = event_of(source, is_new=admitted.is_new)
            await audit.append(admitted.connection, keys, admitted.resident_id, event)
    return RowResult(
        number,
        _outcome(admitted),
        patient_id(keys, admitted.resident_id),
        ", ".join(admitted.warnings),
    )


def event_of(source: Source, *, is_new: bool) -> audit.Event:
    """What the log says of a row: no entry was filed, the resident was registered."""
    return audit.Event(
        action=audit.Action.RESIDENT_REGISTER if is_new else audit.Action.RECORD_FILE,
        agent=source.agent,
        detail={"rule": RULES.import_rule.reference, "items": []},
    )


def patient_id(keys: Keys, resident_id: ResidentId) -> str:
    """Under which id a resident is read over FHIR."""
    return keys.seal_id(resident_id, EntryId(resident_id))


def _outcome(admitted: Admitted) -> RowOutcome:
    if admitted.is_new:
        return RowOutcome.NEW
    return RowOutcome.KNOWN if admitted.is_more else RowOutcome.UNCHANGED


def _refused(row: Row, error: HealthCodeError) -> RowResult:
    return RowResult.refusing(row.number, error.code, str(error))
