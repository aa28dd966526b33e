"""A region whose keys are on a list that two of three national roots signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from openhealthcode import trust
from openhealthcode.database import Pool
from openhealthcode.trust import (
    Authority,
    Issuer,
    Keys,
    P256Signer,
    Roots,
    SignatureSuite,
    StatusList,
    TrustList,
    trust_list,
)


@dataclass
class Nation:
    """Three national roots, two of which make a list."""

    signers: tuple[P256Signer, ...]
    number: int = 0

    @classmethod
    def made(cls) -> Nation:
        return cls(tuple(P256Signer.generate() for _ in range(3)))

    @property
    def roots(self) -> Roots:
        return Roots.of(2, *((one.suite, one.public_key) for one in self.signers))

    def listing(self, *issuers: Issuer, at: datetime | None = None) -> bytes:
        """The next list, naming these."""
        self.number += 1
        body = trust_list.body_of(self.number, at or datetime.now(UTC), issuers, {})
        return trust_list.assembled(
            body, [trust_list.signed_by(one, body) for one in self.signers[:2]]
        )


def issuer_of(keys: Keys, own: trust.OwnKey, **changes: object) -> Issuer:
    """One of a region's keys as a list names it."""
    now = datetime.now(UTC).replace(microsecond=0)
    fields = {
        "region": keys.issuers.region,
        "key_id": own.key_id,
        "suite": own.suite,
        "public_key": own.public_key,
        "believed_from": now - timedelta(days=1),
        "signs_until": now + timedelta(days=365),
        "believed_until": now + timedelta(days=365 * 6),
    }
    return Issuer(**{**fields, **changes})


async def trusted_region(
    pool: Pool, keys: Keys, suite: SignatureSuite = SignatureSuite.ES256
) -> tuple[Nation, TrustList]:
    """A key of the region, on a published list, with nothing revoked."""
    nation = Nation.made()
    trust.admit(keys.directory, Authority(trust.NATIONAL, nation.roots))
    issuer = issuer_of(keys, keys.issuers.make(suite))
    await trust.publish(pool, keys, nation.listing(issuer), trust.NATIONAL)
    nothing = StatusList.of((), size=trust.STATUS_LIST_SIZE)
    await trust.publish_status(pool, keys, issuer, nothing, datetime.now(UTC))
    return nation, await trust.current(pool, keys)
