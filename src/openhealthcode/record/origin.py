"""Where a version of an entry comes from: who brought it, in which way, out of which document.

Kept beside each version from its filing on and never changed; the institution whose entry it is and
the time of filing stand in columns of their own. Read as a FHIR Provenance.

Source: FHIR R4, Provenance; v3-DataOperation; provenance-participant-type.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec

from openhealthcode.record.model import Resource
from openhealthcode.standards.ids import InstitutionId

_OPERATION: Final = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
_PARTICIPANT: Final = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
AGENT_SYSTEM: Final = "urn:openhealthcode:agent:"
"""With the kind of agent after it, the system of the identifier of whoever is no FHIR resource."""


class Manner(StrEnum):
    """In which way a version came in."""

    CREATE = "create"
    UPDATE = "update"
    PATCH = "patch"
    DELETE = "delete"
    TRANSACTION = "transaction"
    LOAD = "load"
    """The operator's own load of a register."""
    EXPIRE = "expire"
    """The platform filed the version before without a part whose time was over."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who brought a version, how, and out of what.

    Args:
        manner: in which way it came in.
        agent_kind: of the log's kinds of agent: a system, a practitioner, the platform …
        agent_id: who of them; never a name.
        institution_id: for which institution they acted; None for the platform itself.
        delivery: the sender's own identifier of the delivery, ``system|value``; empty if it has none.
        document: our reference to the document the delivery was made from; empty if none came.
    """

    manner: Manner
    agent_kind: str
    agent_id: UUID
    institution_id: InstitutionId | None
    delivery: str = ""
    document: str = ""

    def packed(self) -> bytes:
        """As it is sealed beside a version."""
        institution = self.institution_id.bytes if self.institution_id else b""
        return msgspec.msgpack.encode(
            (
                self.manner.value,
                self.agent_kind,
                self.agent_id.bytes,
                institution,
                self.delivery,
                self.document,
            )
        )

    @classmethod
    def unpacked(cls, packed: bytes) -> Origin:
        """What ``packed`` wrote."""
        manner, kind, agent, institution, delivery, document = msgspec.msgpack.decode(packed)
        return cls(
            Manner(manner),
            kind,
            UUID(bytes=agent),
            InstitutionId(UUID(bytes=institution)) if institution else None,
            delivery,
            document,
        )


def origin_aad(resident_id: UUID, filed_number: int) -> bytes:
    """Ties a sealed origin to the resident and the event that filed it."""
    return b"origin1" + resident_id.bytes + filed_number.to_bytes(8)


def provenance_of(
    target: str, version: int, filed_at: datetime, owner: InstitutionId, origin: Origin
) -> Resource:
    """The FHIR Provenance of one version.

    Args:
        target: the entry, ``type/id``.
        owner: the institution whose entry it is.
    """
    code = {Manner.DELETE: "DELETE"}.get(origin.manner, "CREATE" if version == 1 else "UPDATE")
    resource: Resource = {
        "resourceType": "Provenance",
        "target": [{"reference": f"{target}/_history/{version}"}],
        "recorded": filed_at.isoformat(timespec="milliseconds"),
        "activity": {"coding": [{"system": _OPERATION, "code": code}]},
        "agent": [
            _agent("author", {"reference": f"Organization/{owner}"}),
            _agent("transmitter", _who(origin), origin.institution_id),
        ],
    }
    sources = list(_sources(origin))
    return resource | ({"entity": sources} if sources else {})


def _agent(
    part: str, who: dict[str, Any], behalf_of: InstitutionId | None = None
) -> dict[str, Any]:
    agent: dict[str, Any] = {
        "type": {"coding": [{"system": _PARTICIPANT, "code": part}]},
        "who": who,
    }
    if behalf_of is not None:
        agent["onBehalfOf"] = {"reference": f"Organization/{behalf_of}"}
    return agent


def _who(origin: Origin) -> dict[str, Any]:
    if origin.agent_kind == "practitioner":
        return {"reference": f"Practitioner/{origin.agent_id}"}
    system = AGENT_SYSTEM + origin.agent_kind
    return {"identifier": {"system": system, "value": str(origin.agent_id)}}


def _sources(origin: Origin) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if origin.document:
        found.append({"role": "source", "what": {"reference": origin.document}})
    if origin.delivery:
        system, _, value = origin.delivery.rpartition("|")
        identifier = {"system": system, "value": value} if system else {"value": value}
        found.append({"role": "source", "what": {"identifier": identifier}})
    return found
