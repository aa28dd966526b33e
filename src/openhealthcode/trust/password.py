"""Passwords as Argon2id hashes, in the text form every Argon2 library reads.

19 MiB of memory, two passes, one lane (OWASP Password Storage Cheat Sheet): about 40 ms, so a
caller inside an event loop runs it in a thread.
"""

from __future__ import annotations

import secrets
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

_MEMORY_KIB: Final = 19 * 1024
_PASSES: Final = 2
_LANES: Final = 1
_HASH_BYTES: Final = 32
_SALT_BYTES: Final = 16
_PARAMETERS: Final = f"$argon2id$v=19$m={_MEMORY_KIB},t={_PASSES},p={_LANES}$"
_NOBODYS: Final = _PARAMETERS + "c2FsdHNhbHRzYWx0c2FsdA$" + "A" * 42 + "8"
"""A hash without a known password, so that an unknown account takes as long to refuse."""


def hash_password(password: str) -> str:
    """The text to store: algorithm, parameters, random salt and hash."""
    kdf = Argon2id(
        salt=secrets.token_bytes(_SALT_BYTES),
        length=_HASH_BYTES,
        iterations=_PASSES,
        lanes=_LANES,
        memory_cost=_MEMORY_KIB,
    )
    return kdf.derive_phc_encoded(password.encode())


def is_password(password: str, stored: str | None) -> bool:
    """Whether this is the password; ``None`` (no such account) takes as long and is False."""
    try:
        Argon2id.verify_phc_encoded(password.encode(), stored or _NOBODYS)
    except InvalidKey:
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether to hash anew at the next good sign-in, because the parameters were raised since."""
    return not stored.startswith(_PARAMETERS)
