"""A payment service: accounts, bar codes for one payment each, trades; never why somebody pays.

Charging a bar code has the form of a large service's code payment (APIv3,
``/v3/pay/transactions/codepay``): ``payer.auth_code``, ``amount.total`` in fen, ``trade_state``, and
an ``openid`` that is another one at each merchant.
"""

from __future__ import annotations

import hashlib
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

_CODE_SECONDS: Final = 60
_OPENING_FEN: Final = 100_000


def build(directory: Path) -> tuple[Starlette, Mapping[str, Any]]:
    """The service over its folder, and what it says of itself."""
    house = _House(Service(directory, "payment"))
    routes = [
        Route("/", house.show),
        Route("/", house.open_account, methods=["POST"]),
        Route("/region/join", house.of_region, methods=["POST"]),
        Route("/region/leave", house.of_region, methods=["POST"]),
        Route("/region/barcode", house.of_region, methods=["POST"]),
        Route("/v3/pay/transactions/codepay", house.charge, methods=["POST"]),
        style(),
    ]
    return Starlette(routes=routes), {"key": house.service.signer.public_key.hex()}


class _House:
    def __init__(self, service: Service) -> None:
        self.service = service
        self._asked = {
            "/region/join": self._join,
            "/region/leave": self._leave,
            "/region/barcode": self._barcode,
        }

    async def of_region(self, request: Request) -> Response:
        """What the region asks, signed both ways."""
        try:
            asked, question = await self.service.asked_by_region(request)
        except UntrustedSignature:
            return refusal("this is not the region's", 401)
        try:
            return self.service.answer(asked, 200, self._asked[request.url.path](question))
        except Refused as refused:
            return self.service.answer(asked, 422, {"message": str(refused)})

    def _join(self, question: Mapping[str, Any]) -> dict[str, str]:
        found = self.service.rows("take_number", question["number"])
        if not found:
            raise Refused("绑定号不对，或已经用过")
        self.service.rows(
            "join",
            question["subject"],
            found[0]["account"],
        )
        return {}

    def _leave(self, question: Mapping[str, Any]) -> dict[str, str]:
        self.service.rows("leave", question["subject"])
        return {}

    def _barcode(self, question: Mapping[str, Any]) -> dict[str, str]:
        found = self.service.rows("account_by_subject", question["subject"])
        if not found:
            raise Refused("没有绑定账户")
        return {"auth_code": self._draw(found[0]["account"], question["merchant"])}

    def _draw(self, account: str, merchant: str) -> str:
        """Eighteen digits beginning with 13, good for a minute; ``*``: at any merchant's."""
        code = "13" + "".join(secrets.choice("0123456789") for _ in range(16))
        until = time.time() + _CODE_SECONDS
        self.service.rows(
            "add_barcode",
            code,
            account,
            merchant,
            until,
        )
        return code

    async def charge(self, request: Request) -> Response:
        """Charge a bar code, once, at the merchant it was drawn for."""
        asked = orjson.loads(await request.body())
        merchant, fen = asked["mchid"], int(asked["amount"]["total"])
        found = self.service.rows(
            "take_barcode",
            asked["payer"]["auth_code"],
            merchant,
            time.time(),
        )
        if not found:
            return JSONResponse({"code": "AUTH_CODE_INVALID", "message": "付款码无效"}, 400)
        account = found[0]["account"]
        paid = self.service.rows(
            "pay",
            fen,
            account,
            fen,
        )
        if not paid:
            return JSONResponse({"code": "NOTENOUGH", "message": "余额不足"}, 403)
        transaction_id = "42" + "".join(secrets.choice("0123456789") for _ in range(26))
        self.service.rows(
            "add_trade",
            transaction_id,
            account,
            merchant,
            asked["out_trade_no"],
            fen,
            time.time(),
        )
        return JSONResponse(
            {
                "appid": asked["appid"],
                "mchid": merchant,
                "out_trade_no": asked["out_trade_no"],
                "transaction_id": transaction_id,
                "trade_type": "MICROPAY",
                "trade_state": "SUCCESS",
                "trade_state_desc": "支付成功",
                "amount": {"total": fen, "currency": "CNY"},
                "payer": {"openid": _openid(account, merchant)},
            }
        )

    async def open_account(self, request: Request) -> Response:
        """An account with some money in it, a number to bind it by, and its own payment code."""
        form = await request.form()
        account = "PA" + secrets.token_hex(8)
        number = "".join(secrets.choice("0123456789") for _ in range(8))
        self.service.rows(
            "add_account",
            account,
            str(form.get("owner", ""))[:40],
            _OPENING_FEN,
        )
        self.service.rows("add_number", number, account)
        return page(
            "payment.html", account=account, number=number, code=self._draw(account, "*"), trades=()
        )

    async def show(self, _: Request) -> Response:
        """Where a customer opens an account, and everything this service knows."""
        return page(
            "payment.html",
            trades=self.service.rows("trades"),
        )


def _openid(account: str, merchant: str) -> str:
    """Who pays, as one merchant knows it: no two of them have the same."""
    return "o" + hashlib.sha256(f"{account}|{merchant}".encode()).hexdigest()[:27]
