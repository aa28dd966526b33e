"""The next trust list out of the last one and what regions ask: what the roots are to sign.

A key is announced before it signs: for as long as the oldest list that still identifies, so that no
desk meets a code whose key it has never heard of. A region's first key may sign at once. A key that
is retired goes on being believed; one that is compromised is left out with the next list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from openhealthcode.standards import HealthCodeError
from openhealthcode.trust.request import IssuerRequest
from openhealthcode.trust.trust_list import GRACE, LIFETIME, Issuer, TrustList, body_of

ANNOUNCED_FOR: Final = LIFETIME + GRACE

_Keys = dict[tuple[int, bytes], Issuer]


class DraftRefused(HealthCodeError):
    """What is asked cannot stand on the next list."""

    code = "draft-refused"


def next_body(
    last: TrustList | None, requests: Sequence[IssuerRequest], now: datetime
) -> tuple[int, bytes]:
    """The number and the bytes of the next list.

    Args:
        last: the list before, None for the first one.
        requests: in the order in which they are to be followed.
        now: when it is signed; keys nobody believes any more are left out.

    Raises:
        DraftRefused: a key that would sign before every desk knows it, is listed already, or is
            to be retired or left out and not listed.
    """
    keys = next_issuers({} if last is None else last.issuers, requests, now)
    number = 1 if last is None else last.number + 1
    return number, body_of(number, now.replace(microsecond=0), list(keys.values()), {})


def next_issuers(
    last: Mapping[tuple[int, bytes], Issuer], requests: Sequence[IssuerRequest], now: datetime
) -> _Keys:
    """The issuers of the next list.

    Raises:
        DraftRefused: as ``next_body``.
    """
    keys = {key: one for key, one in last.items() if one.believed_until > now}
    for request in requests:
        if request.removes is not None:
            _remove(keys, request.region, request.removes)
        if request.retires is not None:
            _retire(keys, request.region, *request.retires)
        if request.lists is not None:
            _list(keys, request.lists, now)
    return keys


def _remove(keys: _Keys, region: int, name: bytes) -> None:
    if keys.pop((region, name), None) is None:
        raise DraftRefused(f"region {region:06d} has no key {name.hex()} on the list")


def _retire(keys: _Keys, region: int, name: bytes, at: datetime) -> None:
    found = keys.get((region, name))
    if found is None:
        raise DraftRefused(f"region {region:06d} has no key {name.hex()} on the list")
    if at < found.signs_until:
        keys[region, name] = replace(found, signs_until=at)


def _list(keys: _Keys, issuer: Issuer, now: datetime) -> None:
    if any(name == issuer.key_id for _, name in keys):
        raise DraftRefused(f"a key {issuer.key_id.hex()} is on the list already")
    is_first = all(region != issuer.region for region, _ in keys)
    if not is_first and issuer.believed_from < now + ANNOUNCED_FOR:
        raise DraftRefused(
            f"key {issuer.key_id.hex()} would sign before every desk has heard of it:"
            f" {ANNOUNCED_FOR.days} days lie between"
        )
    keys[issuer.region, issuer.key_id] = issuer
