"""A region that issues signed codes, a phone with one certificate, and the list that names both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from openhealthcode.healthcode.digits import CodeType
from openhealthcode.healthcode.signed import Capability, Purpose, offline, printed
from openhealthcode.trust import (
    Ed25519Signer,
    Issuer,
    P256Signer,
    Roots,
    StatusList,
    TrustList,
    key_id,
    trust_list,
)

REGION = 880101
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
HANDLE = bytes(range(16))
INDEX = 1 << 20
SECRET = bytes(range(32))
LIST_SIZE = (1 << 20) + 64


@dataclass
class Issuing:
    """The keys of a region, of two national roots and of a phone."""

    issuer: P256Signer | Ed25519Signer
    device: P256Signer
    roots: tuple[P256Signer, P256Signer, P256Signer]

    @classmethod
    def made(cls, issuer: P256Signer | Ed25519Signer | None = None) -> Issuing:
        roots = tuple(P256Signer.derived(SECRET, b"root %d" % n) for n in range(3))
        return cls(
            issuer or P256Signer.derived(SECRET, b"issuer"),
            P256Signer.derived(SECRET, b"phone"),
            roots,
        )

    @property
    def known_roots(self) -> Roots:
        return Roots.of(2, *((root.suite, root.public_key) for root in self.roots))

    def on_the_list(self, **changes: object) -> Issuer:
        fields = {
            "region": REGION,
            "key_id": key_id(self.issuer.public_key),
            "suite": self.issuer.suite,
            "public_key": self.issuer.public_key,
            "believed_from": NOW - timedelta(days=30),
            "signs_until": NOW + timedelta(days=300),
            "believed_until": NOW + timedelta(days=400),
        }
        return Issuer(**{**fields, **changes})

    def body(self, *, number: int = 1, at: datetime = NOW, revoked=(), **changes: object) -> bytes:
        one = self.on_the_list(**changes)
        lists = {one.key_id: StatusList.of(revoked, size=LIST_SIZE)}
        return trust_list.body_of(number, at, [one], lists)

    def trusted(self, **changes: object) -> TrustList:
        body = self.body(**changes)
        signatures = [trust_list.signed_by(root, body) for root in self.roots[:2]]
        return trust_list.read(trust_list.assembled(body, signatures), self.known_roots)

    def certificate(self, **changes: object) -> bytes:
        fields = {
            "region": REGION,
            "handle": HANDLE,
            "index": INDEX,
            "not_before": MIDNIGHT,
            "lifetime_hours": 240,
            "capabilities": Capability.IDENTIFY | Capability.SETTLE,
            "device_key": self.device.public_key,
        }
        return offline.certify(self.issuer, **{**fields, **changes})

    def shown(self, at: datetime = NOW, challenge: bytes = b"", **changes: object) -> str:
        certificate = self.certificate(**changes)
        return offline.show(
            self.device, certificate, at, Purpose.TREAT, counter=1, challenge=challenge
        )

    def card(self, kind: CodeType = CodeType.PRINTED, **changes: object) -> str:
        fields = {
            "region": REGION,
            "handle": HANDLE,
            "card_version": 1,
            "last_day": date(2026, 11, 27),
            "index": INDEX + 1,
            "kind": kind,
        }
        return printed.issue(self.issuer, **{**fields, **changes})
