"""Residents without a phone at a clinic's desk, for tests: a card, a PIN, a helper."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from openhealthcode import access
from openhealthcode.access import Spoken
from openhealthcode.consent import Ask, Notice
from openhealthcode.healthcode import Presentation
from openhealthcode.sign_in import Audience, Role, StaffSession, pin
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    PurposeOfUse,
    RecordCategory,
    Scene,
)
from openhealthcode.standards.ids import PractitionerId, RequestId, ResidentId, TerminalId
from visits import EVERYTHING, World, national_id

OWN, SECOND, WRONG = "480271", "739105", "991234"
NAME = "李试"
TOLD = Notice("v1", "zh-CN", ("谁", "为什么"))


def card(serial: int = 2) -> Certificate:
    return Certificate.parse(CertificateKind.NATIONAL_ID, national_id(serial))


def session(
    world: World, practitioner: PractitionerId | None = None, role: Role = Role.CLINICIAN
) -> StaffSession:
    """Somebody of the hospital, signed in at a terminal of their own."""
    now = datetime.now(UTC)
    return StaffSession(
        uuid4(),
        practitioner or world.wang,
        world.hospital,
        Audience.SUPERVISOR if role is Role.SUPERVISOR else Audience.CLINIC,
        frozenset({role}),
        TerminalId(uuid4()),
        now,
        now + timedelta(hours=1),
    )


async def give_pins(world: World, resident: ResidentId) -> None:
    """The PIN and the second one."""
    await pin.choose(world.pool, world.keys, resident, OWN)
    await pin.choose_second(world.pool, world.keys, resident, OWN, SECOND)


async def arrive(
    world: World, staff: StaffSession, serial: int = 2, name: str = NAME
) -> Presentation:
    """The card is compared with the person."""
    visit = await access.identify_by_card(
        world.pool, world.keys, card(serial), name, staff, Scene.CONSULTATION
    )
    return await access.presented_to(
        world.pool,
        visit.resident_id,
        visit.presentation_id,
        practitioner_id=staff.practitioner_id,
        terminal_id=staff.terminal_id,
    )


async def ask(
    world: World,
    presented: Presentation,
    categories: frozenset[RecordCategory] = EVERYTHING,
) -> RequestId:
    wanted = Ask(
        purpose=PurposeOfUse.TREATMENT,
        scene=Scene.CONSULTATION,
        categories=categories,
        lifetime_seconds=4 * 3600,
    )
    return await access.request(world.pool, world.keys, presented, wanted)


def spoken(categories: frozenset[RecordCategory] = EVERYTHING) -> Spoken:
    return Spoken(
        categories=categories, lifetime_seconds=3600, with_what_is_added=False, notice=TOLD
    )


async def log(world: World, resident: ResidentId) -> list[access.LogLine]:
    return await access.own_log(world.pool, world.keys, resident)
