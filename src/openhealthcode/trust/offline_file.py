"""Everything a desk needs to check codes without network, in one file: lists, roots, who is revoked.

JSON, so that a browser reads it too: ``{"authorities": [...], "lists": {name: base64url},
"status": [{"region": 880101, "key_id": hex, "token": base64url}]}``, an authority as in its own
file, a list as published, a token as CWT. Whoever reads it goes by roots known before; those
inside are for the first time, and then only over a connection that vouches for them.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from openhealthcode.trust import trust_list
from openhealthcode.trust.authority import (
    NATIONAL,
    Authority,
    UnsuitableAuthority,
    authority_data,
    authority_of,
)
from openhealthcode.trust.combine import Admitted, combine
from openhealthcode.trust.model import UnsuitableTrustList, UntrustedSignature
from openhealthcode.trust.status_list import UnreadableStatusList
from openhealthcode.trust.status_token import StatusToken, read_status
from openhealthcode.trust.trust_list import Issuer, TrustList

_LARGEST_BYTES: Final = 64 << 20


class Bundle(NamedTuple):
    """What one file holds; ``status`` by region and key id."""

    authorities: Mapping[str, Authority]
    lists: Mapping[str, bytes]
    status: Mapping[tuple[int, bytes], bytes]


def write_bundle(bundle: Bundle) -> bytes:
    """The file."""
    content = {
        "authorities": [authority_data(one) for one in bundle.authorities.values()],
        "lists": {name: _text(document) for name, document in bundle.lists.items()},
        "status": [
            {"region": region, "key_id": name.hex(), "token": _text(token)}
            for (region, name), token in bundle.status.items()
        ],
    }
    return json.dumps(content, separators=(",", ":")).encode()


def read_bundle(data: bytes) -> Bundle:
    """Take a file apart; nothing in it is believed yet.

    Raises:
        UnsuitableTrustList: damaged, or far too large.
    """
    if len(data) > _LARGEST_BYTES:
        raise UnsuitableTrustList
    try:
        match json.loads(data):
            case {"authorities": list(told), "lists": dict(lists), "status": list(status)}:
                known = [authority_of(one) for one in told]
                return Bundle(
                    {one.name: one for one in known},
                    {str(name): _bytes(text) for name, text in lists.items()},
                    {
                        (int(one["region"]), bytes.fromhex(one["key_id"])): _bytes(one["token"])
                        for one in status
                    },
                )
    except (ValueError, TypeError, KeyError, RecursionError, UnsuitableAuthority):
        raise UnsuitableTrustList from None
    raise UnsuitableTrustList


def trusted(
    bundle: Bundle,
    authorities: Mapping[str, Authority],
    *,
    newest: int = 0,
    own_region: int | None = None,
) -> TrustList:
    """What these authorities let one believe of a file.

    Args:
        bundle: from ``read_bundle``.
        authorities: known before; those of the file itself only where it came from one's own server.
        newest: the number of the national list held already.
        own_region: for which nobody but the national roots speaks.

    Raises:
        UnsuitableTrustList: no national list, or one that is not believed.
    """
    national = authorities.get(NATIONAL)
    if national is None or NATIONAL not in bundle.lists:
        raise UnsuitableTrustList
    listed = trust_list.read(bundle.lists[NATIONAL], national.roots, newest=newest)
    admitted = _admitted(bundle, authorities, own_region)
    every = [listed, *(one.listed for one in admitted)]
    issuers = {key: issuer for each in every for key, issuer in each.issuers.items()}
    return combine(listed, admitted, _tokens(bundle, issuers))


def _admitted(
    bundle: Bundle, authorities: Mapping[str, Authority], own_region: int | None
) -> Sequence[Admitted]:
    found = []
    for name, document in bundle.lists.items():
        authority = authorities.get(name)
        if authority is None or authority.regions is None:
            continue
        try:
            listed = trust_list.read(document, authority.roots)
        except UnsuitableTrustList:
            continue  # its issuers are unknown then, and nobody else's
        found.append(Admitted(listed, authority.regions - {own_region}))
    return found


def _tokens(
    bundle: Bundle, issuers: Mapping[tuple[int, bytes], Issuer]
) -> list[tuple[int, StatusToken]]:
    """The lists of revoked codes that are believed; without one, all codes of a key are revoked."""
    found = []
    for (region, name), token in bundle.status.items():
        issuer = issuers.get((region, name))
        if issuer is None:
            continue
        try:
            found.append((region, read_status(token, issuer)))
        except (UntrustedSignature, UnreadableStatusList):
            continue
    return found


def without_own(authorities: Mapping[str, Authority], own_region: int) -> dict[str, Authority]:
    """The authorities as they are told to desks: nobody but the nation speaks for this region."""
    told = {}
    for name, one in authorities.items():
        if one.regions is None:
            told[name] = one
        elif others := one.regions - {own_region}:
            told[name] = replace(one, regions=others)
    return told


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except binascii.Error:
        raise UnsuitableTrustList from None
