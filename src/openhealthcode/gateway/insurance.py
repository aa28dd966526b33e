"""An insurer's e-voucher service (医保电子凭证), asked as the national interface is: ``ec.query``.

The envelope and the fields are those of the interface specification for designated institutions:
``orgId``, ``transType``, ``data`` with the institution, the kind of business, operator and
department, and ``extra`` for what a region adds. A terminal there hands over what its scanner reads;
here the region hands over the name the insurer knows its customer by. The department is always
``0000`` (outpatient care): an insurer need not learn which clinic somebody comes from.

Source: 医疗保障信息平台电子凭证技术规范 XJ-D01-2019, B.1.6 (ec.query);
医疗保障信息平台定点医药机构接口规范, 1.14.6.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from openhealthcode.access.uses import Customer, PartnerRefused, PartnerToken, Site
from openhealthcode.gateway.client import ask
from openhealthcode.registry import Partner
from openhealthcode.trust import MessageSigner

PATH: Final = "/ec"
QUERY: Final = "ec.query"
_JOIN: Final = "region.join"
_LEAVE: Final = "region.leave"
_SETTLEMENT: Final = "01301"
"""Outpatient settlement (门诊结算) among the kinds of business."""
_DEPARTMENT: Final = ("0000", "门诊")
_OPERATOR: Final = ("region", "电子健康码平台")
_GIVEN: Final = ("ecToken", "insuOrg", "ecIndexNo")
"""What of the answer goes on to the terminal; name and number it knows from elsewhere or not at all."""
_LONGEST: Final = 128


async def join(partner: Partner, signer: MessageSigner, subject: str, customer: Customer) -> None:
    """Tell the insurer, once, which of its customers goes by this name from now on.

    Raises:
        PartnerRefused: it has no such customer.
        PartnerUnavailable: as ``ask`` says.
    """
    data = {"subject": subject, "idNo": customer.national_id, "userName": customer.name}
    _data(await ask(partner, signer, PATH, {"orgId": "", "transType": _JOIN, "data": data}))


async def leave(partner: Partner, signer: MessageSigner, subject: str) -> None:
    """Have the insurer forget the name.

    Raises:
        PartnerRefused, PartnerUnavailable: as ``join``.
    """
    data = {"subject": subject}
    _data(await ask(partner, signer, PATH, {"orgId": "", "transType": _LEAVE, "data": data}))


async def query(
    partner: Partner, signer: MessageSigner, site: Site, *, subject: str = "", scanned: str = ""
) -> PartnerToken:
    """A token to settle with at one institution.

    Args:
        subject: the name of a customer, or
        scanned: the insurer's own voucher, as it was scanned.

    Raises:
        PartnerRefused: it knows neither.
        PartnerUnavailable: as ``ask`` says.
    """
    extra = {"subject": subject} if subject else {"qrCode": scanned}
    asked = {
        "orgId": site.institution,
        "transType": QUERY,
        "data": {
            "orgId": site.institution,
            "businessType": _SETTLEMENT,
            "operatorId": _OPERATOR[0],
            "operatorName": _OPERATOR[1],
            "officeId": _DEPARTMENT[0],
            "officeName": _DEPARTMENT[1],
        },
        "extra": orjson.dumps(extra).decode(),
    }
    data = _data(await ask(partner, signer, PATH, asked))
    values = {name: data[name] for name in _GIVEN if isinstance(data.get(name), str)}
    if not 0 < len(values.get("ecToken", "")) <= _LONGEST:
        raise PartnerRefused
    return PartnerToken(partner, "ec-token", values, was_forwarded=bool(scanned))


def _data(answer: dict[str, Any]) -> dict[str, Any]:
    """What the envelope holds.

    Raises:
        PartnerRefused: it says that it failed.
    """
    data = answer.get("data")
    if answer.get("code") != 0 or not isinstance(data, dict):
        raise PartnerRefused
    return data
