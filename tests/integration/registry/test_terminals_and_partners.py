"""Terminals are certified for uses and for a time; partners join by name, and both can be stopped."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from joserfc import jwk

from openhealthcode import registry
from openhealthcode.registry import (
    InstitutionEntry,
    InstitutionKind,
    Joining,
    PartnerEntry,
    TerminalEntry,
    UnsuitableKeySet,
)
from openhealthcode.standards import CodeUse, InvalidInput, NotFound
from openhealthcode.standards.ids import PartnerId, TerminalId

UNTIL = datetime(2100, 1, 1, tzinfo=UTC)
INSURER = PartnerEntry(
    "insurer",
    CodeUse.SETTLE,
    Joining.FUSION,
    "黛川医保",
    "Daichuan Insurance",
    "https://insurer.example/",
    bytes(range(32)),
    "EC",
    28,
)


@pytest.fixture
async def hospital(pool):
    return await registry.register_institution(
        pool, InstitutionEntry("test|h", InstitutionKind.TERTIARY_HOSPITAL, "黛川县人民医院")
    )


@pytest.fixture
def till(hospital):
    key = jwk.ECKey.generate_key("P-256")
    roles = frozenset({CodeUse.SETTLE, CodeUse.PAY})
    return TerminalEntry("till|1", hospital, "收费窗口一", key.as_dict(private=False), roles, UNTIL)


async def test_a_terminal_is_certified_for_uses_and_for_a_time(pool, till):
    terminal_id = await registry.certify_terminal(pool, till)
    found = await registry.terminal(pool, terminal_id)
    assert (found.name, found.roles, found.institution_id) == (
        till.name,
        till.roles,
        till.institution_id,
    )
    assert found.jwk["x"] == till.jwk["x"]
    assert found.is_certified(UNTIL - timedelta(seconds=1))
    assert not found.is_certified(UNTIL)
    assert await registry.terminals(pool, [terminal_id]) == {terminal_id: found}


async def test_certifying_again_replaces_what_it_may_ask_for(pool, till):
    terminal_id = await registry.certify_terminal(pool, till)
    await registry.suspend_terminal(pool, terminal_id)
    assert not (await registry.terminal(pool, terminal_id)).is_certified(datetime.now(UTC))
    again = replace(till, roles=frozenset({CodeUse.PAY}))
    assert await registry.certify_terminal(pool, again) == terminal_id
    found = await registry.terminal(pool, terminal_id)
    assert found.roles == {CodeUse.PAY}
    assert found.is_certified(datetime.now(UTC))


async def test_a_terminal_of_a_suspended_institution_is_nobody(pool, till, hospital):
    terminal_id = await registry.certify_terminal(pool, till)
    await registry.suspend_institution(pool, hospital)
    assert not (await registry.terminal(pool, terminal_id)).is_certified(datetime.now(UTC))


async def test_what_is_unknown_is_not_found(pool):
    with pytest.raises(NotFound):
        await registry.terminal(pool, TerminalId(uuid4()))
    with pytest.raises(NotFound):
        await registry.suspend_terminal(pool, TerminalId(uuid4()))
    with pytest.raises(NotFound):
        await registry.partner(pool, PartnerId(uuid4()))
    with pytest.raises(NotFound):
        await registry.suspend_partner(pool, PartnerId(uuid4()))


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "RSA"},
        {"crv": "P-384"},
        {"d": "the private half"},
        {"y": None},
    ],
)
async def test_a_terminal_has_the_public_half_of_a_key(pool, till, change):
    jwk_of = {name: value for name, value in (till.jwk | change).items() if value is not None}
    with pytest.raises(UnsuitableKeySet):
        await registry.certify_terminal(pool, replace(till, jwk=jwk_of))


async def test_a_partner_is_found_until_it_is_suspended(pool):
    partner_id = await registry.register_partner(pool, INSURER)
    found = await registry.partner(pool, partner_id)
    assert (found.use, found.joining, found.address) == (
        CodeUse.SETTLE,
        Joining.FUSION,
        "https://insurer.example",
    )
    assert (found.voucher_prefix, found.voucher_length) == ("EC", 28)
    moved = replace(INSURER, address="http://127.0.0.1:9000", name="黛川县医保")
    assert await registry.register_partner(pool, moved) == partner_id
    assert (await registry.partner(pool, partner_id)).name == "黛川县医保"
    await registry.suspend_partner(pool, partner_id)
    assert partner_id not in {one.partner_id for one in await registry.partners(pool)}
    with pytest.raises(NotFound):
        await registry.partner(pool, partner_id)


@pytest.mark.parametrize("address", ["http://insurer.example", "ftp://127.0.0.1", "insurer", ""])
async def test_a_partner_is_reached_by_https(pool, address):
    with pytest.raises(InvalidInput):
        await registry.register_partner(pool, replace(INSURER, address=address))


async def test_no_partner_is_of_care(pool):
    with pytest.raises(InvalidInput):
        await registry.register_partner(pool, replace(INSURER, use=CodeUse.TREAT))
