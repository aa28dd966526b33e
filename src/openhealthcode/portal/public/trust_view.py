"""What the page of issuers shows: the list in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from openhealthcode import trust
from openhealthcode.database import Pool
from openhealthcode.trust import CodeAim, Freshness, Issuer, Keys, NoTrustList, Roots, TrustList


@dataclass(frozen=True, slots=True)
class IssuerView:
    """One key of a region.

    Args:
        state: ``announced``, ``signing``, ``retired`` or ``over``.
        revoked: how many of its codes are revoked; None while no list of them is here.
    """

    region: str
    is_own: bool
    state: str
    suite: str
    fingerprint: str
    believed_from: datetime
    signs_until: datetime
    believed_until: datetime
    as_of: datetime
    freshness: str
    revoked: int | None
    status_address: str


@dataclass(frozen=True, slots=True)
class PublishedView:
    """One list there was."""

    authority: str
    number: int
    published_at: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class TrustView:
    """The whole page; ``number`` is None while there is no list."""

    number: int | None
    issued_at: datetime | None
    ends_at: datetime | None
    freshness: str
    needed: int
    roots: tuple[str, ...]
    issuers: tuple[IssuerView, ...]
    lists: tuple[PublishedView, ...]


async def trust_view(pool: Pool, keys: Keys) -> TrustView:
    """What is believed now, and what was published before."""
    try:
        listed = await trust.current(pool, keys)
        roots = trust.roots(keys)
    except NoTrustList:
        return TrustView(None, None, None, "none", 0, (), (), ())
    history = tuple(
        PublishedView(one.authority, one.number, one.published_at, one.digest.hex())
        for one in await trust.history(pool)
    )
    return view_of(listed, roots, keys.issuers.region, history, datetime.now(UTC))


def view_of(
    listed: TrustList,
    roots: Roots,
    own_region: int,
    history: tuple[PublishedView, ...],
    now: datetime,
) -> TrustView:
    """The page of a list at a moment."""
    issuers = sorted(
        listed.issuers.values(), key=lambda one: (one.region, one.believed_from, one.key_id)
    )
    return TrustView(
        listed.number,
        listed.issued_at,
        listed.issued_at + trust.LIFETIME,
        listed.freshness(now).name.lower(),
        roots.needed,
        tuple(trust.fingerprint(public) for _, public in roots.keys.values()),
        tuple(_issuer(listed, one, own_region, now) for one in issuers),
        history,
    )


def _issuer(listed: TrustList, issuer: Issuer, own_region: int, now: datetime) -> IssuerView:
    revoked = listed.revoked.get(issuer.key_id)
    freshness = listed.freshness(now, issuer)
    return IssuerView(
        region=f"{issuer.region:06d}",
        is_own=issuer.region == own_region,
        state=_state(issuer, now),
        suite=issuer.suite.name.replace("_", "-"),
        fingerprint=trust.fingerprint(issuer.public_key),
        believed_from=issuer.believed_from,
        signs_until=issuer.signs_until,
        believed_until=issuer.believed_until,
        as_of=listed.as_of.get(issuer.key_id, listed.issued_at),
        freshness=(Freshness.OVER if revoked is None else freshness).name.lower(),
        revoked=None if revoked is None else revoked.count,
        status_address=f"/trust/status/{issuer.region}/{issuer.key_id.hex()}",
    )


def _state(issuer: Issuer, now: datetime) -> str:
    if now < issuer.believed_from:
        return "announced"
    if now >= issuer.believed_until:
        return "over"
    return "signing" if now < issuer.signs_until else "retired"


def old_lists() -> dict[str, list[str]]:
    """What an old list is good for, a row for each freshness: identify, settle, pay."""
    return {
        freshness.name.lower(): [trust.reliance(freshness, aim).value for aim in CodeAim]
        for freshness in Freshness
    }
