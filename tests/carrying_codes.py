"""Residents' phones and cards with signed codes, and the list of a region that issues them now."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from openhealthcode import healthcode
from openhealthcode.database import Pool, transaction
from openhealthcode.healthcode.digits import CodeType
from openhealthcode.healthcode.signed import Capability, Purpose, offline, printed, store
from openhealthcode.healthcode.signed.layout import OVER_INDEX
from openhealthcode.healthcode.signed.store import IssuedCode
from openhealthcode.standards.ids import DeviceReference, ResidentId
from openhealthcode.trust import Keys, P256Signer, StatusList, TrustList, key_id, trust_list
from signing import REGION, Issuing
from trusting import trusted_region


@dataclass
class Region:
    """A region that issues signed codes over a real database."""

    pool: Pool
    keys: Keys
    issuing: Issuing = field(default_factory=Issuing.made)
    division: int = REGION

    @classmethod
    async def published(cls, pool: Pool, keys: Keys) -> Region:
        """With a key of the installation's own, on the list that was published to it."""
        await trusted_region(pool, keys)
        issuer = keys.code_issuer(datetime.now(UTC))
        return cls(pool, keys, Issuing.made(issuer.signer), issuer.region)

    @property
    def key(self) -> bytes:
        return key_id(self.issuing.issuer.public_key)

    def list_bytes(self, *, at: datetime | None = None, number: int = 1, revoked=()) -> bytes:
        """The published list, as a file."""
        now = at or datetime.now(UTC)
        one = self.issuing.on_the_list(
            region=self.division,
            believed_from=now - timedelta(days=30),
            signs_until=now + timedelta(days=300),
            believed_until=now + timedelta(days=400),
        )
        lists = {one.key_id: StatusList.of(revoked, size=OVER_INDEX)}
        body = trust_list.body_of(number, now, [one], lists)
        signed = [trust_list.signed_by(root, body) for root in self.issuing.roots[:2]]
        return trust_list.assembled(body, signed)

    def trusted(self, *, at: datetime | None = None, revoked=()) -> TrustList:
        return trust_list.read(self.list_bytes(at=at, revoked=revoked), self.issuing.known_roots)

    async def certificate(
        self, resident: ResidentId, device: DeviceReference | None = None, **changes: object
    ) -> Carried:
        """A certificate with a key of its own, recorded as the region records it."""
        now = datetime.now(UTC)
        yesterday = now - timedelta(days=1)  # else a clock that is behind shows it before it begins
        midnight = yesterday.replace(hour=0, minute=0, second=0, microsecond=0)
        handle, signer = secrets.token_bytes(16), P256Signer.generate()
        until = midnight + timedelta(hours=240)
        async with transaction(self.pool, resident=resident) as connection:
            (index,) = await store.draw_indexes(connection, self.key, 1, until)
            fields = {
                "region": self.division,
                "handle": handle,
                "index": index,
                "not_before": midnight,
                "lifetime_hours": 240,
                "capabilities": Capability.IDENTIFY | Capability.SETTLE,
                "device_key": signer.public_key,
            }
            data = offline.certify(self.issuing.issuer, **{**fields, **changes})
            reference = device or healthcode.new_device_reference()
            kept = IssuedCode(CodeType.OFFLINE, handle, resident, until, self.key, index, reference)
            await store.record_codes(connection, self.keys, [kept], now)
        return Carried(data, signer, handle, index)

    async def card(
        self, resident: ResidentId | None, kind: CodeType = CodeType.PRINTED, days: int = 6
    ) -> str:
        """The digits of a card, recorded as the region records it."""
        now = datetime.now(UTC)
        handle, until = secrets.token_bytes(16), now + timedelta(days=days)
        async with transaction(self.pool, resident=resident) as connection:
            (index,) = await store.draw_indexes(connection, self.key, 1, until)
            kept = IssuedCode(kind, handle, resident, until, self.key, index, card_version=1)
            await store.record_codes(connection, self.keys, [kept], now)
        return printed.issue(
            self.issuing.issuer,
            region=self.division,
            handle=handle,
            card_version=1,
            last_day=until.date(),
            index=index,
            kind=kind,
        )


@dataclass
class Carried:
    """One of a phone's certificates with its key."""

    certificate: bytes
    signer: P256Signer
    handle: bytes
    index: int

    def shown(self, at: datetime | None = None, challenge: bytes = b"", counter: int = 1) -> str:
        now = at or datetime.now(UTC)
        return offline.show(
            self.signer, self.certificate, now, Purpose.TREAT, counter=counter, challenge=challenge
        )
