"""Passwords and authenticator secrets of accounts: hash off the event loop, seal at rest."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from openhealthcode.standards.ids import PractitionerId
from openhealthcode.trust import Keys, hash_password, is_password

# Two at once: a flood of sign-ins must not take every core and gigabytes of memory from care.
_HASHING: Final = ThreadPoolExecutor(2, thread_name_prefix="password")


async def hashed(password: str) -> str:
    """The hash to store; takes some 40 ms."""
    return await asyncio.get_running_loop().run_in_executor(_HASHING, hash_password, password)


async def matches(password: str, stored: str | None) -> bool:
    """Whether this is the password; without a stored one it takes as long and is not."""
    return await asyncio.get_running_loop().run_in_executor(_HASHING, is_password, password, stored)


def seal_totp(keys: Keys, practitioner_id: PractitionerId, secret: bytes) -> bytes:
    """An authenticator secret as it is stored: tied to its account."""
    return keys.seal_session(_place(practitioner_id), secret.hex())


def open_totp(keys: Keys, practitioner_id: PractitionerId, sealed: bytes) -> bytes:
    """What ``seal_totp`` sealed for the same account."""
    return bytes.fromhex(keys.open_session(_place(practitioner_id), sealed))


def _place(practitioner_id: PractitionerId) -> str:
    # Session tokens are 43 random characters: this text is none.
    return f"authenticator of {practitioner_id}"
