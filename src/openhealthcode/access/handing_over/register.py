"""Which files left, to whom, when: what a found one can be traced to.

A resident's own copy is in the list without the resident: whose it is says the file itself.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

from openhealthcode.audit import Agent, AgentKind
from openhealthcode.database import Pool, load_queries
from openhealthcode.standards.ids import InstitutionId

_QUERIES: Final = load_queries("openhealthcode.access.handing_over")
_PREFIX: Final = "OHC-"
_CHARACTERS: Final = 26
_PADDING: Final = "======"
_NUMBER: Final = re.compile(rf"{_PREFIX}([A-Z2-7]{{{_CHARACTERS}}})")


class Form(StrEnum):
    """What a file was."""

    LINES = "lines"
    TABLE = "table"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class HandedOver:
    """One file that left.

    Args:
        agent_id: who was given it; None for residents.
    """

    mark_id: UUID
    made_at: datetime
    form: Form
    agent_kind: AgentKind
    agent_id: UUID | None
    institution_id: InstitutionId | None


async def begin(pool: Pool, form: Form, agent: Agent) -> UUID:
    """Name a file before it is made: should it never leave, no harm is done."""
    mark_id, is_resident = uuid4(), agent.kind is AgentKind.RESIDENT
    await pool.execute(
        _QUERIES["hand_over"],
        mark_id,
        datetime.now(UTC),
        form,
        agent.kind,
        None if is_resident else agent.id,
        agent.institution_id,
    )
    return mark_id


async def handed_over(pool: Pool) -> list[HandedOver]:
    """Every file that left, the latest first."""
    return [
        HandedOver(
            row["mark_id"],
            row["made_at"],
            Form(row["form"]),
            AgentKind(row["agent_kind"]),
            row["agent_id"],
            row["institution_id"],
        )
        for row in await pool.fetch(_QUERIES["handed_over"])
    ]


def copy_number(mark_id: UUID) -> str:
    """A file's name as it stands in plain sight on paper."""
    return _PREFIX + base64.b32encode(mark_id.bytes).decode().rstrip("=")


def copy_numbers(text: str) -> set[UUID]:
    """Names of files in a text, as ``copy_number`` writes them."""
    return {UUID(bytes=base64.b32decode(found + _PADDING)[:16]) for found in _NUMBER.findall(text)}
