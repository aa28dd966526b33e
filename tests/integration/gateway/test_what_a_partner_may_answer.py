"""A partner is another's program: whatever it answers, and however, nothing here gives way."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import uuid4

import pytest

from openhealthcode.access.uses import Customer, PartnerRefused, PartnerUnavailable, Site
from openhealthcode.gateway import HttpPartners
from openhealthcode.registry import Joining, Partner
from openhealthcode.standards import CodeUse
from openhealthcode.standards.ids import PartnerId
from openhealthcode.trust import (
    MessageSigner,
    answer_components,
    request_components,
    verify_message,
)

THEIRS = MessageSigner.of_seed("partner", bytes(32))
SITE = Site("12880121MB0010057R", "黛川县人民医院")
LI = Customer("李试", "88010219590418002X")


@contextmanager
def answering(body: bytes, status: int = 200, signer: MessageSigner = THEIRS):
    """A service that answers everything with this; yields its address and what it was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            question = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked.append((self.path, question, headers))
            components = answer_components(status, body, question)
            self.send_response(status)
            for name, value in signer.headers(components, body, int(time.time())).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def partner(address: str, use: CodeUse = CodeUse.SETTLE) -> Partner:
    return Partner(
        PartnerId(uuid4()), use, Joining.FUSION, "外部机构", "", address, THEIRS.public_key
    )


@pytest.fixture
def ours(keys):
    return HttpPartners(keys, "test.invalid/log")


@pytest.mark.parametrize(
    ("body", "status", "refused"),
    [
        (b'{"code":0,"data":{}}', 200, PartnerRefused),
        (b'{"code":0,"data":{"ecToken":""}}', 200, PartnerRefused),
        (b'{"code":0,"data":{"ecToken":7}}', 200, PartnerRefused),
        (b'{"code":0,"data":{"ecToken":"' + b"x" * 129 + b'"}}', 200, PartnerRefused),
        (b'{"code":-1,"data":{"ecToken":"x"}}', 200, PartnerRefused),
        (b'{"code":0,"data":[]}', 200, PartnerRefused),
        (b"{}", 200, PartnerRefused),
        (b"{}", 422, PartnerRefused),
        (b"{}", 302, PartnerRefused),
        (b"{}", 503, PartnerUnavailable),
        (b"[]", 200, PartnerUnavailable),
        (b"not JSON", 200, PartnerUnavailable),
        (b"[" * 60_000, 200, PartnerUnavailable),
        (b" " * 70_000, 200, PartnerUnavailable),
    ],
)
async def test_an_insurer_that_answers_otherwise_gives_nothing(ours, body, status, refused):
    with answering(body, status) as (address, _), pytest.raises(refused):
        await ours.token(partner(address), "somebody", SITE)


async def test_of_an_insurers_answer_only_the_token_goes_further(ours):
    data = {
        "ecToken": "880100aa",
        "insuOrg": "880100",
        "ecIndexNo": "001",
        "idNo": LI.national_id,
        "userName": LI.name,
    }
    body = json.dumps({"code": 0, "data": data}).encode()
    with answering(body) as (address, asked):
        token = await ours.token(partner(address), "somebody", SITE)
        await ours.join(partner(address), "somebody", LI, "")
        await ours.leave(partner(address), "somebody")
    assert set(token.values) == {"ecToken", "insuOrg", "ecIndexNo"}
    questions = [json.loads(question) for _, question, _ in asked]
    assert [one["transType"] for one in questions] == ["ec.query", "region.join", "region.leave"]
    assert questions[0]["data"]["officeId"] == "0000"
    assert json.loads(questions[0]["extra"]) == {"subject": "somebody"}
    path, question, headers = asked[0]
    proof = verify_message(
        ours.public_key, request_components("POST", path, question), headers, time.time()
    )
    assert proof.key_id == "test.invalid/log"


@pytest.mark.parametrize("body", [b"{}", b'{"auth_code":7}', b'{"auth_code":"12345"}'])
async def test_a_payment_service_gives_a_payment_code_or_nothing(ours, body):
    with answering(body) as (address, _), pytest.raises(PartnerRefused):
        await ours.token(partner(address, CodeUse.PAY), "somebody", SITE)


async def test_a_payment_service_is_told_a_number_and_no_person(ours):
    with answering(b'{"auth_code":"6200000000000000000"}') as (address, asked):
        house = partner(address, CodeUse.PAY)
        await ours.join(house, "somebody", LI, "12345678")
        token = await ours.token(house, "somebody", SITE)
        await ours.leave(house, "somebody")
    assert token.values == {"auth_code": "6200000000000000000"}
    assert [path for path, _, _ in asked] == ["/region/join", "/region/barcode", "/region/leave"]
    for _, question, _ in asked:
        assert LI.name not in question.decode()
        assert LI.national_id not in question.decode()


async def test_an_insurer_is_asked_for_nobody_without_a_customer(ours):
    with pytest.raises(PartnerRefused):
        await ours.join(partner("http://127.0.0.1:9"), "somebody", None, "")


async def test_another_key_is_another_partner(ours):
    other = MessageSigner.of_seed("partner", bytes(range(32)))
    with answering(b"{}", signer=other) as (address, _), pytest.raises(PartnerUnavailable):
        await ours.token(partner(address), "somebody", SITE)
