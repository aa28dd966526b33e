"""The pack is made from what is loaded and stored, dated, with digests, and names nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import pytest

import visits
from openhealthcode.collection import RULES
from openhealthcode.consent.seal import SealReason
from openhealthcode.registry import agreements as agreed
from openhealthcode.registry.agreements import Agreement, Channel
from openhealthcode.sign_in import Audience, StaffSession
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    InvalidInput,
    PurposeOfUse,
    RecordCategory,
)
from openhealthcode.supervision import agreements, breach, evidence, sealing
from openhealthcode.supervision.breach import Suspect, What
from openhealthcode.supervision.evidence.pack import MANIFEST
from openhealthcode.trust import Keys
from signing_in import Phones


@pytest.fixture
def keys(tmp_path):
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()


@pytest.fixture
async def world(pool, keys):
    return await visits.world(pool, keys)


def seat(world) -> StaffSession:
    now = datetime.now(UTC)
    return StaffSession(
        session_id=uuid4(),
        practitioner_id=uuid4(),
        institution_id=world.hospital,
        audience=Audience.SUPERVISOR,
        roles=frozenset(),
        terminal_id=uuid4(),
        started_at=now,
        expires_at=now + timedelta(hours=1),
    )


async def written(pool, keys, folder) -> dict[str, str]:
    await evidence.write(pool, keys, folder, "2026.11.22")
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


async def test_it_says_what_is_loaded_and_open_and_names_nobody(pool, keys, world, tmp_path):
    await world.resident()
    one, other = seat(world), seat(world)
    now = datetime.now(UTC)
    proposed = Agreement(
        agreement_id=uuid4(),
        party=agreed.party_of_institution(world.hospital),
        title="检验共享 | <b>协议</b>",
        purposes=frozenset({PurposeOfUse.TREATMENT}),
        categories=frozenset({RecordCategory.LABORATORY}),
        channels=frozenset({Channel.READ}),
        legal_basis="个人信息保护法第二十三条",
        impact_assessment="PIA-2026-014",
        sub_processors=("黛川云运维有限公司",),
        starts_on=now.date() - timedelta(days=30),
        ends_on=now.date() + timedelta(days=400),
        proposed_by=one.practitioner_id,
        proposed_at=now,
    )
    agreement_id = await agreements.propose(pool, keys, one, proposed)
    await agreements.sign(pool, keys, other, agreement_id)
    number = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
    why = sealing.Why(reason=SealReason.MISUSE, words="接到举报，正在核查", days=30)
    order_id = await sealing.place(pool, keys, Phones(), one, why, [number])
    what = What(
        suspect=Suspect.INSTITUTION,
        agent_id=world.hospital,
        since=now - timedelta(days=1),
        until=now,
        known_at=now - timedelta(hours=1),
        kinds="检验结果",
        cause="账号被他人使用",
        harm="诈骗电话",
        measures="停用",
        advice="不要给验证码",
        contact="卫生健康局",
    )
    breach_id = await breach.begin(pool, keys, one, what)
    texts = await written(pool, keys, tmp_path / "pack")
    digests = dict(line.split("  ")[::-1] for line in texts.pop(MANIFEST).splitlines())
    assert digests == {name: sha256(text.encode()).hexdigest() for name, text in texts.items()}
    for name in texts:
        assert name == "README.md" or f"({name})" in texts["README.md"]
    assessed = texts["impact-assessment.md"]
    for rule in RULES.rules.values():
        assert rule.reference in assessed
    assert "PIA-2026-014" in assessed
    assert "检验共享 \\| &lt;b>协议" in assessed
    assert str(order_id) in texts["open-matters.md"]
    assert str(breach_id) in texts["open-matters.md"]
    assert "record" in texts["keys.md"]
    everything = "".join(texts.values())
    for personal in (visits.national_id(2), "李试", why.words, what.cause, "王敏"):
        assert personal not in everything


async def test_it_overwrites_nothing_and_is_made_of_an_empty_region_too(pool, keys, tmp_path):
    folder = tmp_path / "pack"
    texts = await written(pool, keys, folder)
    assert "No sharing agreement is in force." in texts["impact-assessment.md"]
    assert len(texts) == 10
    with pytest.raises(InvalidInput):
        await evidence.write(pool, keys, folder, "2026.11.22")


async def test_the_keys_are_counted_and_nothing_of_them_is_told(keys, world):
    await world.resident()
    await world.resident(serial=4)
    held = keys.inventory()
    assert {one.key_class: one.count for one in held.residents}["record"] == 2
    assert all(not one.destroyed for one in held.residents)
    assert held.months
    assert held.region
