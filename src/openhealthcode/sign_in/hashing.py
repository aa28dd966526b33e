"""Slow hashes off the event loop: for passwords of staff and PINs of residents."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from openhealthcode.trust import hash_password, is_password

# Two at once: a flood of sign-ins must not take every core and gigabytes of memory from care.
_HASHING: Final = ThreadPoolExecutor(2, thread_name_prefix="password")


async def hashed(password: str) -> str:
    """The hash to store; takes some 40 ms."""
    return await asyncio.get_running_loop().run_in_executor(_HASHING, hash_password, password)


async def matches(password: str, stored: str | None) -> bool:
    """Whether this is the password; without a stored one it takes as long and is not."""
    return await asyncio.get_running_loop().run_in_executor(_HASHING, is_password, password, stored)
