"""The resident's log, to take along: every event as a FHIR AuditEvent.

What the log says of an event and nothing more: who, when, why, on whose record, which entries in which
versions. Names are those the register knows now.

Source: FHIR R4, AuditEvent; IHE BALP 1.1 (the patient and the agents as entities of every event).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from openhealthcode import registry
from openhealthcode.access.own import own_log
from openhealthcode.audit import Action, AgentKind, Outcome
from openhealthcode.audit.reading import LogLine
from openhealthcode.database import Pool
from openhealthcode.representation import RepresentationOver
from openhealthcode.standards.ids import EntryId, InstitutionId, PractitionerId, ResidentId
from openhealthcode.trust import Keys

ACTION_SYSTEM: Final = "urn:openhealthcode:audit-action"
ENTRY_SYSTEM: Final = "urn:openhealthcode:entry"
_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem"
_DICOM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_PAGE: Final = 1_000
_SAID: Final = (
    "reason",
    "because",
    "means",
    "companion",
    "acting_as",
    "manner",
    "changed",
    "recipient",
)
"""What events say in words of their own, besides entries and ids."""

_DONE_BY: Final[Mapping[str, str]] = {
    Action.RECORD_FILE: "C",
    Action.RECORD_DELETE: "D",
    Action.RECORD_EXPIRE: "D",
    Action.ACCOUNT_CLOSE: "D",
    Action.RECORD_DISCLOSE: "R",
    Action.RECORD_PREVIEW: "R",
    Action.RECORD_OWN_VIEW: "R",
    Action.RECORD_COPY: "R",
    Action.RECEIPT_KEEP: "R",
    Action.LOG_OWN_VIEW: "R",
    Action.LOG_SHOW: "R",
    Action.CONSENT_READ: "R",
    Action.RESIDENT_IDENTIFY: "R",
}
"""Create, read, delete; everything else is an act on consents, phones, persons: execute."""

Names = Mapping[UUID, str]
Types = Mapping[bytes, str]


async def own_log_copy(
    pool: Pool, keys: Keys, resident_id: ResidentId, types: Types
) -> list[dict[str, Any]]:
    """The whole log as AuditEvents, newest first; logged like every view of it.

    Whoever acts for the resident without a mandate for the log gets none of it.

    Args:
        types: of the entries there are, by id; others are named by an identifier.

    Raises:
        NotFound: there is no such resident.
    """
    lines: list[LogLine] = []
    try:
        while page := await own_log(
            pool, keys, resident_id, before=lines[-1].number if lines else None, limit=_PAGE
        ):
            lines += page
            if len(page) < _PAGE:
                break
    except RepresentationOver:
        return []
    return await audit_events(pool, keys, resident_id, lines, types)


async def audit_events(
    pool: Pool, keys: Keys, resident_id: ResidentId, lines: Sequence[LogLine], types: Types
) -> list[dict[str, Any]]:
    """Lines of the log that were shown to the resident, as AuditEvents."""
    names = await _names(pool, lines)
    return [audit_event(keys, resident_id, line, types, names) for line in lines]


def audit_event(
    keys: Keys, resident_id: ResidentId, line: LogLine, types: Types, names: Names
) -> dict[str, Any]:
    """One line of the log."""
    purpose = [_concept(f"{_TERMINOLOGY}/v3-ActReason", line.purpose)] if line.purpose else []
    return {
        "resourceType": "AuditEvent",
        "type": {"system": _DICOM, "code": "110110", "display": "Patient Record"},
        "subtype": [{"system": ACTION_SYSTEM, "code": line.action}],
        "action": _DONE_BY.get(line.action, "E"),
        "recorded": line.at.isoformat(timespec="milliseconds"),
        "outcome": "0" if line.outcome == Outcome.DONE else "4",
        **({"purposeOfEvent": purpose} if purpose else {}),
        "agent": _agents(line, names),
        "source": {
            "observer": {"display": "OpenHealthCode"},
            "type": [{"system": f"{_TERMINOLOGY}/security-source-type", "code": "4"}],
        },
        "entity": [_of_the_line(line), *_entries(keys, resident_id, line, types)],
    }


def as_entries(resident_id: ResidentId, events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events as entries of a Bundle; they have no address of their own."""
    return [
        {
            "fullUrl": uuid5(NAMESPACE_URL, f"{resident_id}|{_number(event)}").urn,
            "resource": event,
        }
        for event in events
    ]


def _agents(line: LogLine, names: Names) -> list[dict[str, Any]]:
    """Who acted, and for which institution."""
    who: dict[str, Any] = {"display": names.get(line.agent_id, line.agent_kind)}
    if line.agent_kind == AgentKind.PRACTITIONER:
        who["reference"] = f"Practitioner/{line.agent_id}"
    elif line.agent_kind == AgentKind.SYSTEM:
        who["reference"] = f"Device/{line.agent_id}"
    kind = [{"system": "urn:openhealthcode:agent-kind", "code": line.agent_kind}]
    agents: list[dict[str, Any]] = [{"type": {"coding": kind}, "who": who, "requestor": True}]
    if line.institution_id is not None:
        place = {
            "reference": f"Organization/{line.institution_id}",
            "display": names.get(line.institution_id, ""),
        }
        agents.append({"who": {k: v for k, v in place.items() if v}, "requestor": False})
    return agents


def _of_the_line(line: LogLine) -> dict[str, Any]:
    """The line itself: its number and what it says in words."""
    details = [("number", str(line.number))]
    if line.scene:
        details.append(("scene", line.scene))
    details += [(name, _in_words(line.detail[name])) for name in _SAID if line.detail.get(name)]
    if not line.is_intact:
        details.append(("altered", "yes"))
    return {
        "what": {"display": f"log {line.number}"},
        "role": {"system": f"{_TERMINOLOGY}/object-role", "code": "13"},
        "detail": [{"type": name, "valueString": text} for name, text in details],
    }


def _entries(
    keys: Keys, resident_id: ResidentId, line: LogLine, types: Types
) -> Iterable[dict[str, Any]]:
    """The entries of the record it names, in the versions it names."""
    for entry_id, version, digest in line.detail.get("items", ()):
        fhir_id = keys.seal_id(resident_id, EntryId(UUID(bytes=entry_id)))
        kind = types.get(entry_id)
        what = (
            {"reference": f"{kind}/{fhir_id}/_history/{version}"}
            if kind
            else {"identifier": {"system": ENTRY_SYSTEM, "value": fhir_id}}
        )
        yield {
            "what": what,
            "role": {"system": f"{_TERMINOLOGY}/object-role", "code": "4"},
            "detail": [
                {"type": "version", "valueString": str(version)},
                {"type": "digest", "valueString": bytes(digest).hex()},
            ],
        }


async def _names(pool: Pool, lines: Sequence[LogLine]) -> dict[UUID, str]:
    """What the register calls whoever the log names."""
    people = {line.agent_id for line in lines if line.agent_kind == AgentKind.PRACTITIONER}
    places = {line.institution_id for line in lines if line.institution_id}
    practitioners = await registry.practitioners(pool, map(PractitionerId, people))
    institutions = await registry.institutions(pool, map(InstitutionId, places))
    return {
        **{id_: one.name for id_, one in practitioners.items()},
        **{id_: one.name for id_, one in institutions.items()},
    }


def _in_words(said: object) -> str:
    return ", ".join(map(str, said)) if isinstance(said, list | tuple) else str(said)


def _number(event: Mapping[str, Any]) -> str:
    return str(event["entity"][0]["detail"][0]["valueString"])


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}
