"""The resident takes the record along: whole, as one FHIR Bundle, or as a summary for others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from openhealthcode import audit
from openhealthcode.access.handing_over import Form, begin, copy_number, marked_entries
from openhealthcode.access.own import own_record
from openhealthcode.database import Pool
from openhealthcode.record import read_exactly, write_exactly
from openhealthcode.record.patient_summary import SummaryHead, patient_summary
from openhealthcode.record.plain import Language
from openhealthcode.record.reading import Entry
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


@dataclass(frozen=True, slots=True)
class Copy:
    """Everything the platform holds of one record at one moment.

    Args:
        entries: in their current versions, newest first.
        number: the event of the resident's log that says the copy was taken.
        made_at: aware.
        mark_id: the name of the file it becomes, which its marks say.
    """

    entries: tuple[Entry, ...] = field(repr=False)
    number: int
    made_at: datetime
    mark_id: UUID

    @property
    def copy_number(self) -> str:
        """The file's name as it stands on paper."""
        return copy_number(self.mark_id)


async def own_copy(
    pool: Pool, keys: Keys, resident_id: ResidentId, *, is_open_only: bool = False
) -> Copy:
    """Hand residents their whole record, closed kinds included; logged like every look.

    Args:
        is_open_only: without what is of a closed kind, for a copy that others will see.

    Raises:
        NotFound: there is no such resident.

    Source: PIPL art. 45 (access and copy, transfer to another handler).
    """
    shown = await own_record(
        pool, keys, resident_id, action=audit.Action.RECORD_COPY, is_open_only=is_open_only
    )
    agent = audit.Agent(audit.AgentKind.RESIDENT, resident_id)
    mark_id = await begin(pool, Form.COPY, agent)
    return Copy(marked_entries(keys, mark_id, shown.entries), shown.number, shown.at, mark_id)


def bundle(copy: Copy, fhir_url: str, log: Sequence[dict[str, Any]] = ()) -> bytes:
    """A copy as a FHIR R4 Bundle of type collection.

    References between entries resolve inside it, because each ``fullUrl`` is the address its
    resource has at this service.

    Args:
        copy: what was taken.
        fhir_url: this service's FHIR address, without a slash at its end.
        log: the log's events, as entries of a Bundle.

    Source: FHIR R4, Bundle, bdl-7 and bdl-8; 2.36.4.1 (resolving references in Bundles).
    """
    entries = [*(_entry(entry, fhir_url) for entry in copy.entries), *log]
    head = {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": copy.made_at.isoformat(timespec="milliseconds"),
        **({"entry": entries} if entries else {}),
    }
    return write_exactly(head)


def summary_document(
    copy: Copy, fhir_url: str, language: Language, today: date, document_id: UUID
) -> bytes:
    """A copy as an International Patient Summary, a FHIR R4 Bundle of type document.

    Args:
        copy: what was taken; what it leaves out, the summary does not know of.
        fhir_url: this service's FHIR address, without a slash at its end.
        language: of titles and narrative.
        today: the day to judge "current" and "recent" by.
        document_id: of this document.

    Raises:
        NotFound: the record does not say who the resident is.
    """
    told = [(entry.category, read_exactly(entry.body)) for entry in copy.entries]
    patient = next((one for _, one in told if one["resourceType"] == "Patient"), None)
    if patient is None:
        raise NotFound
    head = SummaryHead(
        document_id=document_id,
        made_at=copy.made_at,
        today=today,
        language=language,
        fhir_url=fhir_url,
    )
    return write_exactly(patient_summary(patient, told, head))


def _entry(entry: Entry, fhir_url: str) -> dict[str, object]:
    resource = read_exactly(entry.body)
    return {"fullUrl": f"{fhir_url}/{entry.type}/{resource['id']}", "resource": resource}
