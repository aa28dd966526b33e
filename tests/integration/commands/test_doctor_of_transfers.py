"""`ohc doctor` names whose applications run, and what may leave the region, without a signature."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from rich.console import Console

import systems
import visits
from openhealthcode import app, registry
from openhealthcode.commands.doctor import doctor
from openhealthcode.commands.migrate import migrate
from openhealthcode.registry import Joining
from openhealthcode.registry.agreements import (
    Agreement,
    Channel,
    party_of_institution,
    propose_agreement,
    sign_agreement,
)
from openhealthcode.settings import Settings
from openhealthcode.standards import PUBLISHED_YEARS, CodeUse, PurposeOfUse, RecordCategory

HOSPITAL = "黛川县人民医院"


@pytest.fixture
async def settings(tmp_path, database):
    made = Settings(
        data_directory=tmp_path, database_url=database.url, database_owner_url=database.owner_url
    )
    await migrate(made, Console(file=io.StringIO()))
    return made


async def told(settings: Settings) -> tuple[int, str]:
    console = Console(file=io.StringIO(), width=300)
    return await doctor(settings, console), console.file.getvalue()


async def agree(settings: Settings, party: str) -> None:
    today, at = datetime.now(UTC).date(), datetime.now(UTC)
    one = Agreement(
        agreement_id=uuid4(),
        party=party,
        title="检验结果共享协议",
        purposes=frozenset({PurposeOfUse.TREATMENT}),
        categories=frozenset({RecordCategory.LABORATORY}),
        channels=frozenset({Channel.READ}),
        legal_basis="个人信息保护法第二十三条",
        impact_assessment="PIA-2026-014",
        sub_processors=(),
        starts_on=today - timedelta(days=1),
        ends_on=today + timedelta(days=300),
        proposed_by=uuid4(),
        proposed_at=at,
    )
    async with app.opened(settings) as platform:
        await propose_agreement(platform.pool, one)
        assert await sign_agreement(platform.pool, one.agreement_id, uuid4(), at)


async def connected(settings: Settings) -> str:
    """The party of a hospital of whose systems one is connected."""
    async with app.opened(settings) as platform:
        world = await visits.world(platform.pool, platform.keys)
        await systems.connect(world, world.hospital, "院内系统")
    return party_of_institution(world.hospital)


async def test_an_application_without_a_signature_is_to_be_mended(settings):
    assert (await told(settings))[0] == 0
    party = await connected(settings)
    code, words = await told(settings)
    assert code == 1
    assert f"1 of 1 institutions whose applications are connected without a signed agreement ({HOSPITAL})" in words  # fmt: skip
    assert "/supervision/transfers" in words
    await agree(settings, party)
    code, words = await told(settings)
    assert code == 0, words
    assert "1 institutions whose applications are connected, all signed" in words


async def test_where_agreements_are_required_nothing_runs_without_one(settings):
    await connected(settings)
    code, words = await told(replace(settings, sharing_agreements="required"))
    assert code == 0, words
    assert "without a signed agreement; they are refused" in words


async def test_an_insurer_without_a_signature_is_to_be_mended(settings):
    async with app.opened(settings) as platform:
        entry = registry.PartnerEntry(
            "test|insurer", CodeUse.SETTLE, Joining.FUSION, "黛川县医疗保障局", "Insurance",
            "https://insurer.example", bytes(32),
        )  # fmt: skip
        await registry.register_partner(platform.pool, entry)
    code, words = await told(settings)
    assert code == 1
    assert "1 of 1 partners and regions without a signed agreement (黛川县医疗保障局)" in words


async def test_it_says_of_which_years_the_holidays_are_known(settings):
    _, words = await told(settings)
    assert f"holidays of {min(PUBLISHED_YEARS)} to {max(PUBLISHED_YEARS)} are known" in words
