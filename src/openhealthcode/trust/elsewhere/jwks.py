"""A JWK Set, as issuers of health cards publish it at their address.

Source: RFC 7517; SMART Health Cards 1.4, "Determining keys associated with an issuer".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from openhealthcode.trust.elsewhere.key_text import key_inside
from openhealthcode.trust.elsewhere.model import Defect, ElsewhereKey, PublishedKeys, Reading
from openhealthcode.trust.published_key import UnsuitableKey


def read_jwks(keys: Sequence[object], address: str, now: datetime) -> PublishedKeys:
    """The keys of a set that can sign cards.

    Args:
        keys: the member ``keys``.
        address: of the issuer, without a slash at its end; cards name it.
        now: certificates that have ended are left out.
    """
    reading = Reading()
    for one in keys:
        match one:
            case {"kid": str(kid), **rest} if rest.get("use", "sig") == "sig":
                _take(reading, kid, rest, address, now)
            case _:
                reading.note("?", Defect.UNSUITABLE)
    return reading.done()


def _take(
    reading: Reading, kid: str, jwk: Mapping[Any, object], address: str, now: datetime
) -> None:
    try:
        key, _ = key_inside(jwk, kid, reading, now)
    except UnsuitableKey:
        reading.note(kid, Defect.UNSUITABLE)
        return
    reading.take(ElsewhereKey(address, kid, key, address))
