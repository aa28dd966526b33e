"""Challenges that need no row until they are answered.

Layout, 40 bytes: 16 random, 8 seconds since 1970 (big-endian), 16 of a keyed hash over these and
what the challenge is for. Asking for one writes nothing; answering writes its hash, once.
"""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Final

from openhealthcode.database import Pool, load_queries
from openhealthcode.trust import Keys

_QUERIES = load_queries("openhealthcode.sign_in")
_LIFETIME_SECONDS: Final = 300
_RANDOM_BYTES: Final = 16
_STATED_BYTES: Final = 24
_BYTES: Final = 40


def new_challenge(keys: Keys, purpose: str) -> bytes:
    """A fresh challenge, good for five minutes and one answer."""
    stated = secrets.token_bytes(_RANDOM_BYTES) + int(time.time()).to_bytes(8)
    return stated + _proof(keys, purpose, stated)


async def spend_challenge(pool: Pool, keys: Keys, purpose: str, challenge: bytes) -> bool:
    """Whether this challenge was made here for this purpose, is not old and not answered yet."""
    stated, proof = challenge[:_STATED_BYTES], challenge[_STATED_BYTES:]
    if len(challenge) != _BYTES or not compare_digest(proof, _proof(keys, purpose, stated)):
        return False
    age = time.time() - int.from_bytes(stated[_RANDOM_BYTES:])
    if not -1 <= age <= _LIFETIME_SECONDS:
        return False
    challenge_key = keys.blind_index("challenge spent", challenge.hex())
    forgotten_at = datetime.now(UTC) + timedelta(seconds=2 * _LIFETIME_SECONDS)
    spent = await pool.fetchval(_QUERIES["spend_challenge"], challenge_key, forgotten_at)
    return spent is not None


def _proof(keys: Keys, purpose: str, stated: bytes) -> bytes:
    return keys.blind_index("challenge", f"{purpose}|{stated.hex()}")[:16]
