"""Another region says who asks: its message is signed by a key that the trust list names.

Nothing is arranged between two regions but where each is reached: a region that leaves the trust
list, or whose key was compromised, is refused from the next question on.

Source: RFC 9421, as in ``trust.message_signature``; ``keyid`` is the division code, a colon and the
key's id in hexadecimal.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from openhealthcode import registry, trust
from openhealthcode.database import Pool
from openhealthcode.registry import Region
from openhealthcode.sign_in.systems import store
from openhealthcode.sign_in.systems.errors import InvalidClient
from openhealthcode.trust import (
    Freshness,
    Issuer,
    Keys,
    MessageProof,
    MessageSigner,
    StaleTrustList,
    UntrustedIssuer,
    UntrustedSignature,
    answer_components,
    claimed_key,
    request_components,
    verify_message_by,
)

_KEY: Final = re.compile(r"([0-9]{6}):([0-9a-f]{8})")
_KEPT_SECONDS: Final = 300


async def region_signer(pool: Pool, keys: Keys) -> MessageSigner:
    """Signs what this region asks and answers, by the key its codes are signed with.

    Raises:
        NoTrustList, NoCodeIssuer: no trust list names one of this region's keys.
    """
    await trust.current(pool, keys)  # says which of the keys signs now
    issuer = keys.code_issuer(datetime.now(UTC))
    return MessageSigner(f"{issuer.region:06d}:{issuer.key_id.hex()}", issuer.signer)


async def proven_region(
    pool: Pool, keys: Keys, *, path: str, body: bytes, headers: Mapping[str, str]
) -> Region:
    """Which region put a question, each question once.

    Args:
        path: where it was put.
        headers: of the message, under lower-case names.

    Raises:
        UntrustedIssuer, StaleTrustList, NoTrustList: nobody here can vouch for its key.
        UntrustedSignature: not signed by that key, not now, or altered.
        UnknownRegion: believed, and no region that is answered here.
        InvalidClient: the question was put before.
    """
    issuer = await _issuer(pool, keys, headers)
    proof = _verified(issuer, request_components("POST", path, body), headers)
    region = await registry.region_of_division(pool, issuer.region)
    spent = keys.blind_index("assertion", f"region {proof.key_id}|{proof.nonce}")
    forgotten_at = datetime.fromtimestamp(proof.created + _KEPT_SECONDS, UTC)
    if not await store.spend_assertion(pool, spent, forgotten_at):
        raise InvalidClient("this question was put before")
    return region


async def check_answer(
    pool: Pool,
    keys: Keys,
    region: Region,
    *,
    asked: bytes,
    status: int,
    body: bytes,
    headers: Mapping[str, str],
) -> None:
    """Accept an answer that this very region gave to this very question.

    Raises:
        UntrustedIssuer, StaleTrustList, NoTrustList: nobody here can vouch for its key.
        UntrustedSignature: another region's, another answer, or not signed.
    """
    issuer = await _issuer(pool, keys, headers)
    if issuer.region != region.division:
        raise UntrustedSignature
    _verified(issuer, answer_components(status, body, asked), headers)


async def _issuer(pool: Pool, keys: Keys, headers: Mapping[str, str]) -> Issuer:
    """The key a message names, if the list believes it now and lets it sign."""
    named = _KEY.fullmatch(claimed_key(headers))
    if named is None:
        raise UntrustedSignature
    trusted, now = await trust.current(pool, keys), datetime.now(UTC)
    issuer = trusted.issuers.get((int(named[1]), bytes.fromhex(named[2])))
    if issuer is None or not issuer.believed_from <= now < issuer.signs_until:
        raise UntrustedIssuer
    if trusted.freshness(now, issuer) is Freshness.OVER:
        raise StaleTrustList
    return issuer


def _verified(
    issuer: Issuer, components: tuple[tuple[str, str], ...], headers: Mapping[str, str]
) -> MessageProof:
    return verify_message_by(issuer.verifier, issuer.suite, components, headers, time.time())
