"""`ohc uses`: a file says which partners joined and what each terminal is certified for."""

from __future__ import annotations

import io

import pytest
from joserfc import jwk
from rich.console import Console

from openhealthcode import registry
from openhealthcode.commands.code_uses import bring_in
from openhealthcode.commands.migrate import migrate
from openhealthcode.registry import InstitutionEntry, InstitutionKind
from openhealthcode.settings import Settings
from openhealthcode.standards import CodeUse, InvalidInput

PARTNER = """
[[partner]]
key = "insurer"
use = "settle"
joining = "fusion"
name = "黛川县医疗保障局"
address = "https://insurer.example"
public-key = "{key}"
voucher-prefix = "EC"
voucher-length = 28
suspended = {suspended}
"""
TERMINAL = """
[[terminal]]
key = "till-1"
institution = "test|h"
name = "收费窗口一"
roles = ["settle", "pay"]
until = {until}
suspended = {suspended}
jwk = {{ kty = "EC", crv = "P-256", x = "{x}", y = "{y}" }}
"""


@pytest.fixture
async def settings(tmp_path, database):
    made = Settings(
        data_directory=tmp_path, database_url=database.url, database_owner_url=database.owner_url
    )
    await migrate(made, Console(file=io.StringIO()))
    return made


@pytest.fixture
async def hospital(pool):
    entry = InstitutionEntry("test|h", InstitutionKind.TERTIARY_HOSPITAL, "黛川县人民医院")
    return await registry.register_institution(pool, entry)


def terminal(until="2100-01-01", suspended="false") -> str:
    key = jwk.ECKey.generate_key("P-256").as_dict(private=False)
    return TERMINAL.format(until=until, suspended=suspended, x=key["x"], y=key["y"])


def partner(key="00" * 32, suspended="false") -> str:
    return PARTNER.format(key=key, suspended=suspended)


async def bring(settings, tmp_path, text) -> str:
    said = io.StringIO()
    (tmp_path / "uses.toml").write_text(text, "utf-8")
    await bring_in(settings, Console(file=said, width=200), tmp_path / "uses.toml")
    return said.getvalue()


async def test_what_the_file_says_is_registered_and_again_replaced(
    settings, tmp_path, pool, hospital
):
    said = await bring(settings, tmp_path, partner() + terminal())
    assert "黛川县医疗保障局" in said
    assert "ed25519" in said
    (found,) = await registry.partners(pool)
    assert (found.use, found.voucher_length) == (CodeUse.SETTLE, 28)
    (terminal_id,) = [word for word in said.split() if len(word) == 36]
    certified = await registry.terminal(pool, terminal_id)
    assert certified.roles == {CodeUse.SETTLE, CodeUse.PAY}
    assert certified.institution_id == hospital
    again = await bring(settings, tmp_path, partner(suspended="true") + terminal(suspended="true"))
    assert terminal_id in again
    assert await registry.partners(pool) == []
    assert not (await registry.terminal(pool, terminal_id)).is_active


async def test_without_a_file_it_tells_the_regions_key(settings):
    said = io.StringIO()
    await bring_in(settings, Console(file=said, width=200), None)
    assert "openhealthcode.invalid/log" in said.getvalue()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[partner]]\nkey = 1", "uses.toml"),
        ("nonsense", "uses.toml"),
        ("[[partner]]\nmore = 1", "uses.toml"),
        (partner(key="zz"), "64 hexadecimal digits"),
        (terminal(), "not registered"),
    ],
)
async def test_what_is_wrong_in_it_is_said(settings, tmp_path, text, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        await bring(settings, tmp_path, text)


async def test_a_file_that_is_not_there_is_named(settings, tmp_path):
    with pytest.raises(InvalidInput, match=r"nothing\.toml"):
        await bring_in(settings, Console(file=io.StringIO()), tmp_path / "nothing.toml")
