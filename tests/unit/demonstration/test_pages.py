"""The demonstration's own pages: the same in both languages, codes once each, nothing else served."""

from __future__ import annotations

import re
import time
import tomllib
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from openhealthcode import demonstration
from openhealthcode.demonstration import Accounts, DemonstrationOutbox, routes
from openhealthcode.demonstration.accounts import ResidentAccount, StaffAccount
from openhealthcode.sign_in import Message
from openhealthcode.standards import Phone
from openhealthcode.trust import totp_step

_FOLDER = Path(demonstration.__file__).parent
_SECRET = bytes(range(20))
_ACCOUNTS = Accounts(
    region="黛川市",
    residents=(ResidentAccount("li-chunlan", "李春兰", "880121195904160626", "19900001959"),),
    staff=(
        StaffAccount(
            "wang-min", "王敏", "Wang Min", "0217", "医院", "Hospital", "clinic", _SECRET.hex()
        ),
    ),
    residents_count=1,
    entries_count=2,
)


@pytest.fixture
def outbox():
    return DemonstrationOutbox()


@pytest.fixture
async def client(outbox):
    app = Starlette(routes=routes(_ACCOUNTS, outbox, is_our_database=True))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


def _keys(table, prefix=""):
    for name, value in table.items():
        yield from _keys(value, f"{prefix}{name}.") if isinstance(value, dict) else [prefix + name]


def test_every_sentence_exists_in_both_languages():
    tables = [
        tomllib.loads((_FOLDER / "messages" / f"{language}.toml").read_text("utf-8"))
        for language in ("zh-CN", "en")
    ]
    assert set(_keys(tables[0])) == set(_keys(tables[1]))


@pytest.mark.parametrize(("language", "word"), [("zh-CN", "医生的电脑"), ("en", "Desk")])
@pytest.mark.parametrize("path", ["/demo", "/demo/outbox"])
async def test_pages_speak_both_languages(client, path, language, word):
    page = await client.get(path, headers={"Accept-Language": language})
    assert page.headers["content-language"] == language
    assert page.status_code == 200
    assert word in page.text or path != "/demo"


async def test_only_pages_of_this_site_hold_the_two_screens(client):
    policy = (await client.get("/demo")).headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy
    assert "frame-src 'self'" in policy
    assert "script-src 'self' 'wasm-unsafe-eval'" in policy


async def test_nothing_in_the_page_would_break_its_own_policy(client):
    page = (await client.get("/demo")).text
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
    assert all(address.startswith("/") for address in re.findall(r'(?:src|href)="([^"]*)"', page))


async def test_an_authenticator_shows_each_code_once(client):
    codes = [(await client.get("/demo/authenticator/wang-min")).json()["code"] for _ in range(3)]
    assert len(set(codes)) == 3
    assert (await client.get("/demo/authenticator/nobody")).status_code == 404


async def test_the_first_code_shown_signs_in_now(client):

    code = (await client.get("/demo/authenticator/wang-min")).json()["code"]
    assert totp_step(_SECRET, code, time.time()) is not None


async def test_a_message_is_shown_and_its_code_can_be_typed_in(client, outbox):
    assert (await client.get("/demo/message/19900001959")).json() == {"code": ""}
    await outbox.send(Message(Phone.parse("19900001959"), "验证码 123456，5 分钟内有效。"))
    await outbox.send(Message(Phone.parse("19900001957"), "验证码 654321"))
    assert (await client.get("/demo/message/19900001959")).json() == {"code": "123456"}
    assert "123456" in (await client.get("/demo/outbox")).text


async def test_only_the_few_assets_are_served(client):
    for name in ("demo.css", "demo.js", "outbox.js"):
        assert (await client.get(f"/demo/assets/{name}")).status_code == 200
    for name in ("accounts.py", "..%2faccounts.py", "%2e%2e/pages.py"):
        assert (await client.get(f"/demo/assets/{name}")).status_code == 404


def test_the_accounts_are_kept_for_their_owner_alone(tmp_path):
    assert demonstration.recall(tmp_path) is None
    demonstration.remember(tmp_path, _ACCOUNTS)
    assert demonstration.recall(tmp_path) == _ACCOUNTS
    (kept,) = tmp_path.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
