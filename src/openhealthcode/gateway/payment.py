"""A payment service, which gives a bar code for one payment (付款码) to whom it knows by our name.

The terminal charges that bar code as it charges any other, through its own acquirer: eighteen
digits beginning 10-15, sixteen to twenty-four beginning 25-30, or nineteen beginning 62. The region
never learns whose account it is, how much is paid, or what for.

Source: the rules of payment codes as in ``healthcode.router``.
"""

from __future__ import annotations

from typing import Final

from openhealthcode import healthcode
from openhealthcode.access.uses import PartnerRefused, PartnerToken, Site
from openhealthcode.gateway.client import ask
from openhealthcode.healthcode import ScannedKind
from openhealthcode.registry import Partner
from openhealthcode.trust import MessageSigner

JOIN: Final = "/region/join"
LEAVE: Final = "/region/leave"
BARCODE: Final = "/region/barcode"
_PAYMENT: Final = frozenset(
    {ScannedKind.WECHAT_PAYMENT, ScannedKind.ALIPAY_PAYMENT, ScannedKind.UNIONPAY_PAYMENT}
)


async def join(partner: Partner, signer: MessageSigner, subject: str, number: str) -> None:
    """Tell the service which account goes by this name: by the number it gave its customer.

    Raises:
        PartnerRefused: it gave nobody this number, or it was used.
        PartnerUnavailable: as ``ask`` says.
    """
    await ask(partner, signer, JOIN, {"subject": subject, "number": number})


async def leave(partner: Partner, signer: MessageSigner, subject: str) -> None:
    """Have the service forget the name.

    Raises:
        PartnerRefused, PartnerUnavailable: as ``join``.
    """
    await ask(partner, signer, LEAVE, {"subject": subject})


async def barcode(
    partner: Partner, signer: MessageSigner, subject: str, site: Site
) -> PartnerToken:
    """A bar code for one payment at one institution.

    Raises:
        PartnerRefused: it knows nobody by this name, or what it gave is no payment code.
        PartnerUnavailable: as ``ask`` says.
    """
    answer = await ask(partner, signer, BARCODE, {"subject": subject, "merchant": site.institution})
    code = answer.get("auth_code")
    if not isinstance(code, str) or healthcode.route(code).kind not in _PAYMENT:
        raise PartnerRefused
    return PartnerToken(partner, "barcode", {"auth_code": code})


def forwarded(partner: Partner, scanned: str) -> PartnerToken:
    """The payment code somebody showed at a terminal that may charge it: nothing is added."""
    return PartnerToken(partner, "barcode", {"auth_code": scanned}, was_forwarded=True)
