"""An insurer's e-voucher centre: who its customers are, what was settled; nothing of any record."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from openhealthcode.demonstration.partners.service import (
    Refused,
    Service,
    page,
    refusal,
    style,
)
from openhealthcode.trust import UntrustedSignature

VOUCHER_PREFIX: Final = "EC"
VOUCHER_LENGTH: Final = 28
_SYNTHETIC: Final = "88"
_FUND_PER_CENT: Final = 70
_TOKEN_SECONDS: Final = 600
_VOUCHER_SECONDS: Final = 60
_REGION: Final = "880100"


def build(directory: Path) -> tuple[Starlette, Mapping[str, Any]]:
    """The service over its folder, and what it says of itself."""
    centre = _Insurer(Service(directory, "insurer"))
    routes = [
        Route("/", centre.show),
        Route("/ec", centre.ec, methods=["POST"]),
        Route("/vouchers", centre.draw, methods=["POST"]),
        Route("/settlements", centre.settle, methods=["POST"]),
        style(),
    ]
    return Starlette(routes=routes), {"key": centre.service.signer.public_key.hex()}


class _Insurer:
    def __init__(self, service: Service) -> None:
        self.service = service
        self._kinds = {
            "ec.query": self._query,
            "region.join": self._join,
            "region.leave": self._leave,
        }

    async def ec(self, request: Request) -> Response:
        """The e-voucher interface, for the region alone."""
        try:
            asked, question = await self.service.asked_by_region(request)
        except UntrustedSignature:
            return refusal("this is not the region's", 401)
        try:
            data = self._kinds[question["transType"]](question)
            said = {"code": 0, "message": "成功", "data": data}
        except (Refused, KeyError) as error:
            said = {"code": -1, "message": str(error), "data": {}}
        return self.service.answer(asked, 200, said)

    def _join(self, question: Mapping[str, Any]) -> dict[str, str]:
        data = question["data"]
        if not data["idNo"].startswith(_SYNTHETIC):
            raise Refused("不是本中心的参保人")
        self._customer(data["idNo"], data["userName"])
        self.service.rows("join", data["subject"], data["idNo"])
        return {}

    def _leave(self, question: Mapping[str, Any]) -> dict[str, str]:
        self.service.rows("leave", question["data"]["subject"])
        return {}

    def _query(self, question: Mapping[str, Any]) -> dict[str, str]:
        extra = orjson.loads(question["extra"])
        if "subject" in extra:
            found = self.service.rows("customer_by_subject", extra["subject"])
        else:
            found = self.service.rows(
                "take_voucher",
                extra["qrCode"],
                time.time(),
            )
        if not found:
            raise Refused("未查到参保人")
        id_no = found[0]["id_no"]
        (customer,) = self.service.rows("customer_name", id_no)
        token = _REGION + secrets.token_hex(16)
        self.service.rows(
            "add_token",
            token,
            id_no,
            question["data"]["orgId"],
            question["data"]["businessType"],
            time.time() + _TOKEN_SECONDS,
        )
        return {
            "idNo": id_no,
            "idType": "01",
            "userName": customer["name"],
            "ecToken": token,
            "insuOrg": _REGION,
            "ecIndexNo": "001",
            "gender": "",
            "birthday": "",
        }

    def _customer(self, id_no: str, name: str) -> None:
        self.service.rows(
            "add_customer",
            id_no,
            name,
            "YB" + secrets.token_hex(6),
        )

    async def draw(self, request: Request) -> Response:
        """A voucher, as the insurer's own application would show it to its customer."""
        asked = orjson.loads(await request.body())
        self._customer(asked["idNo"], asked["userName"])
        code = VOUCHER_PREFIX + secrets.token_hex((VOUCHER_LENGTH - 2) // 2)
        self.service.rows(
            "add_voucher",
            code,
            asked["idNo"],
            time.time() + _VOUCHER_SECONDS,
        )
        return JSONResponse({"code": code})

    async def settle(self, request: Request) -> Response:
        """What the fund pays of a bill; the token is good once, for the institution it is for."""
        asked = orjson.loads(await request.body())
        found = self.service.rows(
            "take_token",
            asked["ecToken"],
            asked["orgId"],
            time.time(),
        )
        if not found:
            return refusal("令牌无效、已用过，或不是给这家机构的")
        total = int(asked["totalFee"])
        fund = total * _FUND_PER_CENT // 100
        number = secrets.token_hex(8)
        self.service.rows(
            "add_settlement",
            number,
            found[0]["id_no"],
            asked["orgId"],
            total,
            fund,
            time.time(),
        )
        return JSONResponse({"settleNo": number, "fundPay": fund, "selfPay": total - fund})

    async def show(self, _: Request) -> Response:
        """Everything this insurer knows."""
        return page(
            "insurer.html",
            settlements=self.service.rows("settlements"),
        )
