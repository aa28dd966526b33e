"""Checking a signed code without network, with nothing but a trust list and a clock.

What passes says that the region vouches for it and that it was not shown here before. It opens
nothing: an offline visit is filed under the handle, and who that is the region says later.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from openhealthcode.healthcode.digits import CodeType
from openhealthcode.healthcode.errors import (
    EarlyCode,
    ExpiredCode,
    ForeignCode,
    LapsedCode,
    ReplayedCode,
    RevokedCode,
    UnreadableCode,
)
from openhealthcode.healthcode.model import LIFETIME_SECONDS
from openhealthcode.healthcode.router import recognise
from openhealthcode.healthcode.signed import counter, offline, printed
from openhealthcode.healthcode.signed.counter import CounterCode
from openhealthcode.healthcode.signed.layout import Origin
from openhealthcode.healthcode.signed.offline import Capability, OfflineCode, Purpose
from openhealthcode.healthcode.signed.printed import PrintedCode
from openhealthcode.standards import OFFICIAL_TIME
from openhealthcode.trust import (
    CodeAim,
    Issuer,
    Reliance,
    SignatureSuite,
    StaleTrustList,
    TrustList,
    UntrustedIssuer,
    reliance,
    verifier_of,
)

BACKWARD: Final = timedelta(seconds=60)
FORWARD: Final = timedelta(seconds=120)
"""How far a phone's clock may be off: a code of up to two minutes ago, or of one to come."""
_PERSONAL: Final = frozenset({CodeType.OFFLINE, CodeType.PRINTED, CodeType.TEMPORARY})


@dataclass(frozen=True, slots=True)
class Verified:
    """A code of somebody the region vouches for; the handle names them to the region alone."""

    kind: CodeType
    origin: Origin
    handle: bytes = field(repr=False)
    capabilities: Capability
    purposes: Purpose
    is_marked: bool
    """The trust list is older than it should be: say so, and settle or pay nothing."""
    until: datetime
    """Until when this code, or this card, would pass again were it not remembered."""
    evidence: str = field(repr=False)
    """The digits, kept to be handed in later."""


class ReplaySet:
    """The handles accepted at this desk; a handle shown on a phone passes once."""

    def __init__(self) -> None:
        self._until: dict[bytes, datetime] = {}

    def take(self, handle: bytes, until: datetime, now: datetime) -> bool:
        """Whether this handle was not taken yet; from now on it is."""
        if len(self._until) > 1024:
            self._until = {one: end for one, end in self._until.items() if end > now}
        if handle in self._until:
            return False
        self._until[handle] = until
        return True


def verify(
    text: str,
    trusted: TrustList,
    now: datetime,
    *,
    replays: ReplaySet,
    challenge: bytes = b"",
) -> Verified:
    """Check a code that was scanned.

    Args:
        text: as scanned.
        trusted: the newest list at hand.
        now: this computer's clock.
        replays: what was accepted here before.
        challenge: what this counter's code asked for, if it showed one.

    Raises:
        UnreadableCode, ForeignCode: damaged, or nothing that is signed.
        StaleTrustList, UntrustedIssuer, UntrustedSignature: nobody here can vouch for it.
        ExpiredCode, EarlyCode: genuine, shown at another time than now.
        LapsedCode, RevokedCode, ReplayedCode: genuine, and worth nothing any more.
    """
    digits = "".join(text.split())
    kind = _kind(digits)
    _check_freshness(trusted, now)
    if kind is CodeType.OFFLINE:
        return _shown(offline.read(digits), digits, trusted, now, replays, challenge)
    return _carried(printed.read(digits, kind), digits, trusted, now)


def was_genuine(text: str, trusted: TrustList, accepted_at: datetime) -> Verified:
    """Check what a desk without network accepted then, of which it hands in the digits now.

    The list is today's, so that a key found compromised since vouches for nothing. Whether the code
    was shown or taken back before is for the region's own tables to say.

    Raises:
        as ``verify``, but for ``RevokedCode``, ``ReplayedCode`` and a list that is too old.
    """
    digits = "".join(text.split())
    kind = _kind(digits)
    if kind is CodeType.OFFLINE:
        code = offline.read(digits)
        _genuine_showing(code, trusted, accepted_at, b"")
        return _shown_code(code, digits, is_marked=False)
    card = printed.read(digits, kind)
    _genuine_card(card, trusted, accepted_at)
    return _carried_code(card, digits, is_marked=False)


def verify_counter(text: str, trusted: TrustList, now: datetime) -> CounterCode:
    """What a phone checks before it answers a counter.

    Raises:
        UnreadableCode, StaleTrustList, UntrustedIssuer, UntrustedSignature, ExpiredCode, EarlyCode:
            as ``verify``.
    """
    read = counter.read("".join(text.split()))
    _check_freshness(trusted, now)
    issuer = _issuer(read.origin, trusted, read.shown_at, now)
    issuer.verifier.verify(read.signature, read.signed)
    _check_moment(read.shown_at, now, timedelta(seconds=LIFETIME_SECONDS))
    return read


def _kind(digits: str) -> CodeType:
    for kind in _PERSONAL:
        if digits.startswith(kind):
            return kind
    found = recognise(digits)
    raise UnreadableCode if found is None else ForeignCode(found)


def _shown(
    code: OfflineCode,
    digits: str,
    trusted: TrustList,
    now: datetime,
    replays: ReplaySet,
    challenge: bytes,
) -> Verified:
    issuer = _genuine_showing(code, trusted, now, challenge)
    _check_freshness(trusted, now, issuer)
    certificate = code.certificate
    if trusted.is_revoked(issuer, certificate.index):
        raise RevokedCode
    if not replays.take(certificate.handle, certificate.not_after + FORWARD, now):
        raise ReplayedCode
    return _shown_code(code, digits, is_marked=_is_marked(trusted, now, issuer))


def _genuine_showing(
    code: OfflineCode, trusted: TrustList, now: datetime, challenge: bytes
) -> Issuer:
    """Whose certificate it is, once both signatures and both times are found right."""
    certificate = code.certificate
    issuer = _issuer(certificate.origin, trusted, certificate.not_before, now)
    issuer.verifier.verify(*offline.certified(certificate))
    device = verifier_of(SignatureSuite.ES256, certificate.device_key)
    device.verify(code.signature, code.signed(challenge))
    _check_moment(code.shown_at, now, FORWARD)
    if not certificate.not_before <= code.shown_at < certificate.not_after:
        raise LapsedCode
    return issuer


def _shown_code(code: OfflineCode, digits: str, *, is_marked: bool) -> Verified:
    certificate = code.certificate
    return Verified(
        CodeType.OFFLINE,
        certificate.origin,
        certificate.handle,
        certificate.capabilities,
        code.purposes,
        is_marked,
        certificate.not_after,
        digits,
    )


def _carried(card: PrintedCode, digits: str, trusted: TrustList, now: datetime) -> Verified:
    issuer = _genuine_card(card, trusted, now)
    _check_freshness(trusted, now, issuer)
    if trusted.is_revoked(issuer, card.index):
        raise RevokedCode
    return _carried_code(card, digits, is_marked=_is_marked(trusted, now, issuer))


def _genuine_card(card: PrintedCode, trusted: TrustList, now: datetime) -> Issuer:
    """Who printed it, once the signature and the days are found right."""
    issuer = _issuer(card.origin, trusted, None, now)
    issuer.verifier.verify(card.signature, card.signed)
    end = _end_of(card)
    if now >= end:
        raise LapsedCode
    if card.kind is CodeType.TEMPORARY and end > now + timedelta(days=printed.TEMPORARY_DAYS + 1):
        raise EarlyCode
    return issuer


def _carried_code(card: PrintedCode, digits: str, *, is_marked: bool) -> Verified:
    return Verified(
        card.kind,
        card.origin,
        card.handle,
        Capability.IDENTIFY,
        Purpose.TREAT,
        is_marked,
        _end_of(card).astimezone(UTC),
        digits,
    )


def _end_of(card: PrintedCode) -> datetime:
    """The first moment after its last day, in China."""
    return datetime.combine(card.last_day, datetime.min.time(), OFFICIAL_TIME) + timedelta(days=1)


def _issuer(origin: Origin, trusted: TrustList, dated: datetime | None, now: datetime) -> Issuer:
    """Who signed; a key that stopped signing vouches only for what it signed before."""
    issuer = trusted.issuer(origin.region, origin.key_id, origin.suite, now)
    if dated is not None and dated >= issuer.signs_until:
        raise UntrustedIssuer
    return issuer


def _check_freshness(trusted: TrustList, now: datetime, issuer: Issuer | None = None) -> None:
    if reliance(trusted.freshness(now, issuer), CodeAim.IDENTIFY) is Reliance.NONE:
        raise StaleTrustList


def _is_marked(trusted: TrustList, now: datetime, issuer: Issuer) -> bool:
    return reliance(trusted.freshness(now, issuer), CodeAim.IDENTIFY) is Reliance.MARKED


def _check_moment(shown_at: datetime, now: datetime, forward: timedelta) -> None:
    if now - shown_at >= forward:
        raise ExpiredCode
    if shown_at - now > BACKWARD:
        raise EarlyCode
