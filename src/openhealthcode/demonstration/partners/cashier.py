"""A hospital's cash desk: two certified terminals, a till and a payment machine in the corridor.

The till may settle and take payments, the machine may take payments alone. Each signs its questions
to the region with a key of its own. What the desk keeps is here too: bills and how they were paid.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from joserfc import jwk, jwt
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openhealthcode.demonstration.partners.service import Service, page, style
from openhealthcode.sign_in.systems import code_digest
from openhealthcode.standards import CodeUse

TERMINALS: Final[Mapping[str, frozenset[CodeUse]]] = {
    "till": frozenset({CodeUse.SETTLE, CodeUse.PAY}),
    "machine": frozenset({CodeUse.PAY}),
}
_TIMEOUT_SECONDS: Final = 10.0


def build(directory: Path) -> tuple[Starlette, Mapping[str, Any]]:
    """The service over its folder, and what it says of itself."""
    desk = _Desk(Service(directory, "cashier"))
    routes = [Route("/", desk.show), Route("/", desk.take, methods=["POST"]), style()]
    said = {name: key.as_dict(private=False) for name, key in desk.keys.items()}
    return Starlette(routes=routes), {"terminals": said}


class _Desk:
    def __init__(self, service: Service) -> None:
        self.service = service
        self.keys = {name: _key(service.directory / f"{name}.jwk") for name in TERMINALS}

    async def show(self, _: Request) -> Response:
        """The form a clerk fills by scanning."""
        return page("cashier.html", uses=list(CodeUse), chosen=("settle", "pay"), terminal="till")

    async def take(self, request: Request) -> Response:
        """One scan: ask the region, settle with the insurer, charge what is left."""
        form = await request.form()
        terminal = str(form.get("terminal", "till"))
        uses = [str(one) for one in form.getlist("use")]
        status, answer = await asyncio.to_thread(self._resolve, terminal, _text(form), uses)
        total = int(float(str(form.get("total") or "0")) * 100)
        settled: dict[str, Any] = {}
        paid: dict[str, Any] = {}
        if "settle" in answer:
            settled = await asyncio.to_thread(self._settle, answer["settle"], total)
        left = settled.get("selfPay", total)
        if "pay" in answer and left:
            paid = await asyncio.to_thread(self._charge, answer["pay"], left)
        if status == 200:
            self._keep(terminal, total, answer, settled, paid)
        return page(
            "cashier.html",
            uses=list(CodeUse),
            chosen=uses,
            terminal=terminal,
            status=status,
            answer=answer,
            total=total,
            settled=settled,
            paid=paid,
        )

    def _resolve(self, terminal: str, code: str, uses: list[str]) -> tuple[int, dict[str, Any]]:
        told = self.service.told
        claims = {
            "iss": told["terminals"][terminal],
            "aud": told["resolve"],
            "exp": int(time.time()) + 50,
            "jti": secrets.token_hex(16),
            "code": code_digest(code),
            "uses": uses,
            "operator": told["operator"],
        }
        assertion = jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, self.keys[terminal])
        return _post(told["resolve"], {"code": code, "uses": uses, "assertion": assertion})

    def _settle(self, given: Mapping[str, Any], total: int) -> dict[str, Any]:
        told = self.service.told
        asked = {"orgId": told["org"], "ecToken": given["ecToken"], "totalFee": total}
        status, answer = _post(told["insurer"] + "/settlements", asked)
        return answer if status == 200 else {}

    def _charge(self, given: Mapping[str, Any], fen: int) -> dict[str, Any]:
        told = self.service.told
        asked = {
            "appid": "wx" + told["org"][:16],
            "mchid": told["org"],
            "description": "门诊费用",
            "out_trade_no": secrets.token_hex(12),
            "payer": {"auth_code": given["auth_code"]},
            "amount": {"total": fen, "currency": "CNY"},
            "scene_info": {"store_info": {"id": "1"}},
        }
        status, answer = _post(told["payment"] + "/v3/pay/transactions/codepay", asked)
        return answer if status == 200 else {"failed": answer.get("message", "")}

    def _keep(
        self,
        terminal: str,
        total: int,
        answer: Mapping[str, Any],
        settled: Mapping[str, Any],
        paid: Mapping[str, Any],
    ) -> None:
        self.service.rows(
            "add_bill",
            secrets.token_hex(8),
            terminal,
            total,
            json.dumps(answer),
            json.dumps(settled),
            json.dumps(paid),
            time.time(),
        )


def _text(form: FormData) -> str:
    return str(form.get("code", "")).strip()


def _post(url: str, asked: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(
        address.hostname or "", address.port, timeout=_TIMEOUT_SECONDS
    )
    try:
        connection.request(
            "POST",
            address.path,
            orjson.dumps(asked),
            {"Content-Type": "application/json", "Accept-Language": "zh-CN"},
        )
        answer = connection.getresponse()
        read: dict[str, Any] = orjson.loads(answer.read())
        return answer.status, read
    finally:
        connection.close()


def _key(path: Path) -> jwk.ECKey:
    if path.exists():
        return jwk.ECKey.import_key(json.loads(path.read_bytes()))
    made = jwk.ECKey.generate_key("P-256")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(made.as_dict(private=True), file)
    return made
