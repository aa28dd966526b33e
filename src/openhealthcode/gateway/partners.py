"""Which interface each kind of partner speaks; what ``access.uses`` calls upon."""

from __future__ import annotations

from openhealthcode.access.uses import Customer, PartnerRefused, PartnerToken, Site
from openhealthcode.gateway import insurance, payment
from openhealthcode.registry import Partner
from openhealthcode.standards import CodeUse
from openhealthcode.trust import Keys


class HttpPartners:
    """Partners over HTTP, each question signed with the region's key for partners."""

    def __init__(self, keys: Keys, region: str) -> None:
        """Take the region's name among its partners; they know its public key by it."""
        self._signer = keys.partner_signer(region)

    @property
    def public_key(self) -> bytes:
        """What partners verify the region's questions with."""
        return self._signer.public_key

    async def join(
        self, partner: Partner, subject: str, customer: Customer | None, number: str
    ) -> None:
        """See ``access.uses.Partners``."""
        if partner.use is CodeUse.PAY:
            await payment.join(partner, self._signer, subject, number)
        elif customer is not None:
            await insurance.join(partner, self._signer, subject, customer)
        else:
            raise PartnerRefused

    async def leave(self, partner: Partner, subject: str) -> None:
        """See ``access.uses.Partners``."""
        speaks = payment if partner.use is CodeUse.PAY else insurance
        await speaks.leave(partner, self._signer, subject)

    async def token(self, partner: Partner, subject: str, site: Site) -> PartnerToken:
        """See ``access.uses.Partners``."""
        if partner.use is CodeUse.PAY:
            return await payment.barcode(partner, self._signer, subject, site)
        return await insurance.query(partner, self._signer, site, subject=subject)

    async def forward(self, partner: Partner, scanned: str, site: Site) -> PartnerToken:
        """See ``access.uses.Partners``."""
        if partner.use is CodeUse.PAY:
            return payment.forwarded(partner, scanned)
        return await insurance.query(partner, self._signer, site, scanned=scanned)
