"""The issuers of cards and certificates elsewhere whose keys were imported here."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from openhealthcode.credential.issuers import Issuer, Issuers
from openhealthcode.trust import elsewhere


def issuers_elsewhere(keys_at: Path, now: datetime) -> Issuers:
    """Everybody on a list that was imported and has not ended.

    Args:
        keys_at: the key directory; ``ohc trust import`` writes there.
        now: keys whose certificates have ended are left out.

    Raises:
        UnreadableKeyList: a file there is damaged.
    """
    found = elsewhere.accepted(keys_at, now)
    return Issuers(Issuer(one.name, one.key, one.kid, one.address) for one in found)
