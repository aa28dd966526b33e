"""Whom a visitor can be: the demonstration's people, with what they sign in with.

Kept in one file beside the demonstration's data, because their authenticators are drawn at random
as everybody's are. Production has no such file and nothing that would read one.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from openhealthcode.trust import totp_code

FILE = "demonstration.json"
PASSWORD = "Daichuan-2026-open"  # noqa: S105 - printed on the screen, opens invented people only
"""Of every staff account of the demonstration."""
DUTY_PHONE = "19900099110"
"""Of whoever is on duty for the demonstration's region."""


class ResidentAccount(msgspec.Struct, frozen=True):
    """A resident whose phone is bound, so that a code in the outbox signs in."""

    key: str
    name: str
    national_id: str
    phone: str
    pin: str = ""
    """Set beforehand for some; answers at a clinic without the phone."""
    second_pin: str = ""
    """The one for whoever is made to enter a PIN."""


class StaffAccount(msgspec.Struct, frozen=True):
    """A health worker with an account."""

    key: str
    name: str
    name_en: str
    staff_number: str
    institution: str
    institution_en: str
    audience: str
    """The pages this account is for: the first part of their addresses, e.g. `clinic`."""
    totp_secret: str

    def code(self, at: float) -> str:
        """What the authenticator shows at a moment, in seconds since 1970."""
        return totp_code(bytes.fromhex(self.totp_secret), at)


class Accounts(msgspec.Struct, frozen=True):
    """Everybody a visitor can be, and whether the region is completely filed."""

    region: str
    residents: tuple[ResidentAccount, ...]
    staff: tuple[StaffAccount, ...]
    residents_count: int
    entries_count: int


def remember(directory: Path, accounts: Accounts) -> None:
    """Write the file whole or not at all; its being there means that the region is complete."""
    fresh = directory / (FILE + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(accounts)))
    fresh.rename(directory / FILE)


def recall(directory: Path) -> Accounts | None:
    """What an earlier start remembered."""
    try:
        return msgspec.json.decode((directory / FILE).read_bytes(), type=Accounts)
    except FileNotFoundError:
        return None
