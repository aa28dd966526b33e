"""Phones that receive codes and staff who can sign in, for tests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import uuid4

from openhealthcode import registry
from openhealthcode.database import Pool
from openhealthcode.registry import (
    InstitutionEntry,
    InstitutionKind,
    PractitionerEntry,
    PractitionerRole,
)
from openhealthcode.sign_in import Message, Role, staff
from openhealthcode.standards import Phone
from openhealthcode.standards.ids import InstitutionId, PractitionerId
from openhealthcode.trust import Keys

PASSWORD = "correct horse battery"


class Phones:
    """The telephone network: takes messages, and is read as the holder of a phone reads it."""

    def __init__(self, codes_per_hour: int = 1000) -> None:
        self.codes_per_hour = codes_per_hour
        self.arrived: list[Message] = []

    async def send(self, message: Message) -> None:
        self.arrived.append(message)

    def code(self, phone: Phone) -> str:
        """The six digits in the latest message to a phone."""
        latest = next(one for one in reversed(self.arrived) if one.phone == phone)
        found = re.search(r"(?<!\d)\d{6}(?!\d)", latest.text)
        assert found
        return found[0]


@dataclass(frozen=True)
class Account:
    """A practitioner who can sign in, with everything needed to do so."""

    practitioner_id: PractitionerId
    institution_id: InstitutionId
    staff_number: str
    totp_secret: bytes


async def employ(pool: Pool, keys: Keys, *roles: Role, number: str = "") -> Account:
    """A practitioner of an institution of their own, with an account."""
    number = number or f"N{uuid4().hex[:8]}".upper()
    institution_id = await registry.register_institution(
        pool, InstitutionEntry(number, InstitutionKind.TOWNSHIP_CENTRE, "演示镇卫生院")
    )
    practitioner_id = await registry.register_practitioner(
        pool,
        PractitionerEntry(
            number, institution_id, "王医生", PractitionerRole.DOCTOR, staff_number=number
        ),
    )
    account = await staff.create_account(
        pool, keys, practitioner_id, staff_number=number, password=PASSWORD, roles=roles
    )
    return Account(practitioner_id, institution_id, number, account.totp_secret)
