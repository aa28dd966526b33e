"""`ohc group`: approve a group of residents for an institution's exports, list groups, end one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from rich.console import Console

from openhealthcode import app, identity, registry
from openhealthcode.access import groups
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.commands.load import OPERATOR
from openhealthcode.settings import Settings
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    InvalidInput,
    NationalId,
    NotANationalId,
)
from openhealthcode.standards.ids import InstitutionId, ResidentId


async def approve(
    settings: Settings,
    console: Console,
    members: Path,
    *,
    institution: str,
    name: str,
    purpose: str,
    until: datetime,
) -> None:
    """Let an institution ask for the records of those a file names, one ID number a line.

    Raises:
        InvalidInput: the file cannot be read, a line is no ID number, or nobody of them is known here.
        NotFound: no such institution.
    """
    numbers = _numbers(members)
    async with app.opened(settings) as platform:
        found: set[ResidentId] = set()
        for number in numbers:
            certificate = Certificate(CertificateKind.NATIONAL_ID, number.number)
            resident = await identity.find(platform.pool, platform.keys, certificate)
            found |= {resident} if resident is not None else set()
        group_id = await groups.approve_group(
            platform.pool,
            platform.keys,
            institution_id=await _institution(platform, institution),
            name=name,
            purpose=purpose,
            until=until if until.tzinfo else until.replace(tzinfo=UTC),
            members=sorted(found),
            agent=await _operator(platform),
        )
        await platform.sequencer.sequence()  # no server need be running for the log to be whole
    console.print(
        f"{group_id}: {len(found)} of {len(numbers)} are registered here", highlight=False
    )
    console.print(f"their systems ask at /fhir/Group/{group_id}/$export", highlight=False)


async def show(settings: Settings, console: Console) -> None:
    """Print the groups, the newest first."""
    async with app.opened(settings) as platform:
        listed = await groups.approved_groups(platform.pool)
        names = await registry.institutions(
            platform.pool, {group.institution_id for group in listed}
        )
    for group in listed:
        known = names.get(group.institution_id)
        ended = (
            f"ended {group.ended_at:%Y-%m-%d}"
            if group.ended_at
            else f"until {group.until:%Y-%m-%d}"
        )
        whose = known.name if known else str(group.institution_id)
        console.print(
            f"{group.group_id}  {group.name} ({group.size}), {whose}: {group.purpose}; {ended}",
            highlight=False,
            markup=False,
        )


async def end(settings: Settings, console: Console, group_id: UUID) -> None:
    """Take an approval back.

    Raises:
        NotFound: there is none, or it was ended.
    """
    async with app.opened(settings) as platform:
        await groups.end_group(platform.pool, platform.keys, group_id, await _operator(platform))
        await platform.sequencer.sequence()
    console.print("ended; who was in it is destroyed")


def _numbers(path: Path) -> list[NationalId]:
    try:
        lines = path.read_text(encoding="utf-8-sig").split()
    except (OSError, UnicodeDecodeError):
        raise InvalidInput(f"{path} cannot be read") from None
    try:
        return [NationalId.parse(line) for line in dict.fromkeys(lines)]
    except NotANationalId:
        raise InvalidInput("every line of the file is one ID number") from None


async def _institution(platform: app.Platform, text: str) -> InstitutionId:
    """By our id, or by ``system|value``."""
    try:
        return InstitutionId(UUID(text))
    except ValueError:
        found = await registry.institution_by_key(platform.pool, text)
    if found is None:
        raise InvalidInput("no such institution")
    return found


async def _operator(platform: app.Platform) -> Agent:
    operator = await registry.register_institution(platform.pool, OPERATOR)
    return Agent(AgentKind.PLATFORM, UUID(int=0), operator)
