"""One list out of several: the national one, those of admitted authorities, and who was revoked.

Source: our own; docs/health-code-format.md, "Several lists".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from openhealthcode.trust.status_token import StatusToken
from openhealthcode.trust.trust_list import TrustList


class Admitted(NamedTuple):
    """Another authority's list, and the regions it may speak for."""

    listed: TrustList
    regions: frozenset[int]


def combine(
    national: TrustList,
    admitted: Sequence[Admitted],
    tokens: Iterable[tuple[int, StatusToken]],
) -> TrustList:
    """The national list, with what others say of their regions and what was revoked since.

    Nobody speaks for a region that the national list names, and no key passes for another of the
    same short name. What is known of an issuer is as old as the oldest thing it rests on.

    Args:
        national: the list of the national roots.
        admitted: other lists, each already checked against its own roots.
        tokens: lists of revoked codes by region, each already checked against its issuer's key.
    """
    issuers = dict(national.issuers)
    revoked = dict(national.revoked)
    as_of: dict[bytes, datetime] = {}
    taken = {region for region, _ in issuers}
    names = {name for _, name in issuers}
    for each in admitted:
        for key, issuer in each.listed.issuers.items():
            if issuer.region not in each.regions - taken or issuer.key_id in names:
                continue
            names.add(issuer.key_id)
            issuers[key] = issuer
            as_of[issuer.key_id] = each.listed.issued_at
            if issuer.key_id in each.listed.revoked:
                revoked[issuer.key_id] = each.listed.revoked[issuer.key_id]
    for region, token in tokens:
        if (region, token.key_id) in issuers:
            revoked[token.key_id] = token.revoked
            told_at = as_of.get(token.key_id, national.issued_at)
            as_of[token.key_id] = min(told_at, token.as_of)
    return replace(national, issuers=issuers, revoked=revoked, as_of=as_of)
