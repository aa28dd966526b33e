"""A number was changed: the old one still finds its person and proves nothing any more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import asyncpg
import pytest

from openhealthcode import audit, collection, identity
from openhealthcode.audit import Action, Agent, AgentKind
from openhealthcode.collection import Source
from openhealthcode.database import transaction
from openhealthcode.identity import (
    CertificateTaken,
    Known,
    NotTheirCertificate,
    Registration,
    Review,
    ReviewReason,
    Verification,
    reading,
)
from openhealthcode.standards import Certificate, CertificateKind, Forbidden, InvalidInput, Sex
from openhealthcode.standards.ids import InstitutionId
from registering import AMMIE, LI, NATIONAL, PASSPORT, register


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


CORRECTED = Certificate.parse(CertificateKind.NATIONAL_ID, "880105194912310044")
RENUMBERED = replace(LI, certificates=(CORRECTED,))
INSTITUTION = InstitutionId(UUID(int=7))
CLERK = Source(
    Agent(AgentKind.PRACTITIONER, UUID(int=9), INSTITUTION), INSTITUTION, has_seen_document=True
)
REASON = "户籍证明，号码纠错"


async def supersede(pool, keys, resident_id, old=NATIONAL, new=RENUMBERED, *, source=CLERK):
    return await collection.supersede(
        pool, keys, resident_id, old=old, registration=new, reason=REASON, source=source
    )


async def identifiers(pool, keys, resident_id):
    async with transaction(pool, resident=resident_id) as connection:
        return await reading.identifiers(connection, keys, resident_id)


async def test_the_old_number_finds_and_does_not_prove(pool, keys):
    _, resident_id, _ = await register(pool, keys, LI)
    assert await supersede(pool, keys, resident_id)
    assert await identity.find(pool, keys, NATIONAL) == resident_id
    assert await identity.find(pool, keys, CORRECTED) == resident_id
    assert await identity.find_named(pool, keys, NATIONAL, LI.name) is None
    assert await identity.find_named(pool, keys, CORRECTED, LI.name) == resident_id


async def test_old_papers_still_arrive_under_either_number(pool, keys):
    _, resident_id, _ = await register(pool, keys, LI)
    await supersede(pool, keys, resident_id)
    assert (await register(pool, keys, LI))[0] == Known(resident_id)
    assert (await register(pool, keys, RENUMBERED))[0] == Known(resident_id)
    third = replace(
        LI, certificates=(Certificate.parse(CertificateKind.NATIONAL_ID, THIRD), PASSPORT)
    )
    await register(pool, keys, replace(RENUMBERED, certificates=(CORRECTED, PASSPORT)))
    contradiction, _, _ = await register(pool, keys, third)
    assert contradiction == Review(ReviewReason.SECOND_NATIONAL_ID, (resident_id,))


THIRD = "880105194912310060"


async def test_each_number_says_since_when_and_what_became_of_it(pool, keys):
    _, resident_id, _ = await register(pool, keys, LI)
    await supersede(pool, keys, resident_id)
    old, new = await identifiers(pool, keys, resident_id)
    assert (old.certificate, old.superseded_by, new.superseded_at) == (NATIONAL, CORRECTED, None)
    assert old.superseded_at is not None
    assert (old.verification, new.verification) == (Verification.ASSERTED, Verification.SEEN)
    assert new.added_at >= old.added_at


async def test_it_stands_once_in_the_log_with_its_reason_sealed(pool, keys, owner):
    _, resident_id, _ = await register(pool, keys, LI)
    assert await supersede(pool, keys, resident_id)
    assert not await supersede(pool, keys, resident_id)
    rows = await owner.fetch("SELECT action, agent_id, detail FROM audit.event")
    assert [(row["action"], row["agent_id"]) for row in rows] == [
        (Action.CERTIFICATE_SUPERSEDE, UUID(int=9))
    ]
    assert REASON.encode() not in rows[0]["detail"]


async def test_the_way_back_is_the_same_with_the_two_exchanged(pool, keys):
    _, resident_id, _ = await register(pool, keys, LI)
    await supersede(pool, keys, resident_id)
    assert await supersede(pool, keys, resident_id, CORRECTED, LI)
    assert await identity.find_named(pool, keys, NATIONAL, LI.name) == resident_id
    assert await identity.find_named(pool, keys, CORRECTED, LI.name) is None
    assert (await register(pool, keys, LI))[0] == Known(resident_id)


async def test_a_number_that_went_to_another_is_the_others(pool, keys):
    _, resident_id, _ = await register(pool, keys, LI)
    await supersede(pool, keys, resident_id)
    twin = Registration((NATIONAL, PASSPORT), "王秀兰", Sex.FEMALE, date(1949, 12, 31))
    waiting, _, _ = await register(pool, keys, twin)
    assert waiting == Review(ReviewReason.NAME_DISAGREES, (resident_id,)), "still finds the first"


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        (PASSPORT, RENUMBERED, NotTheirCertificate),
        (CORRECTED, RENUMBERED, NotTheirCertificate),
        (NATIONAL, LI, NotTheirCertificate),
        (NATIONAL, replace(LI, certificates=(PASSPORT,)), CertificateTaken),
        (
            NATIONAL,
            replace(
                LI,
                certificates=(
                    Certificate.parse(CertificateKind.HOUSEHOLD_BOOK, "00012345"),
                    CORRECTED,
                ),
            ),
            NotTheirCertificate,
        ),
    ],
)
async def test_what_is_somebody_elses_or_nobodys_changes_nothing(
    pool, keys, owner, old, new, refusal
):
    _, resident_id, _ = await register(pool, keys, LI)
    await register(pool, keys, AMMIE)
    before = await owner.fetch("SELECT * FROM identity.identifier ORDER BY identifier_key")
    with pytest.raises(refusal):
        await supersede(pool, keys, resident_id, old, new)
    assert await owner.fetch("SELECT * FROM identity.identifier ORDER BY identifier_key") == before
    assert await owner.fetchval("SELECT count(*) FROM audit.event") == 0


async def test_another_residents_number_cannot_be_given_up(pool, keys):
    await register(pool, keys, LI)
    _, other, _ = await register(pool, keys, AMMIE)
    with pytest.raises(NotTheirCertificate):
        await supersede(pool, keys, other)


async def test_nobody_who_saw_no_document_and_gives_no_reason_changes_a_number(pool, keys):
    _, resident_id, _ = await register(pool, keys, LI)
    with pytest.raises(Forbidden):
        await supersede(pool, keys, resident_id, source=replace(CLERK, has_seen_document=False))
    for reason in ("", "  ", "长" * 501):
        with pytest.raises(InvalidInput):
            await collection.supersede(
                pool, keys, resident_id,
                old=NATIONAL, registration=RENUMBERED, reason=reason, source=CLERK,
            )  # fmt: skip


async def test_a_certificate_that_is_shown_later_weighs_more_and_never_less_again(pool, keys):
    institution = InstitutionId(uuid4())
    _, resident_id, _ = await register(pool, keys, LI)
    for level, kept in [
        (Verification.SEEN, Verification.SEEN),
        (Verification.CHECKED, Verification.CHECKED),
        (Verification.SEEN, Verification.CHECKED),
        (Verification.ASSERTED, Verification.CHECKED),
    ]:
        await register(pool, keys, LI, identity.Source(institution, level))
        (identifier,) = await identifiers(pool, keys, resident_id)
        assert identifier.verification is kept


async def test_a_period_is_kept_beside_the_certificate(pool, keys, owner):
    until = date(2030, 1, 31)
    dated = replace(PASSPORT, valid_until=until)
    await register(pool, keys, replace(AMMIE, certificates=(dated,)))
    assert await owner.fetchval("SELECT valid_until FROM identity.identifier") == until
    seen = identity.Source(None, Verification.SEEN)
    await register(pool, keys, replace(AMMIE, certificates=(PASSPORT,)), seen)
    assert await owner.fetchval("SELECT valid_until FROM identity.identifier") == until


async def test_a_households_number_finds_nobody(pool, keys, owner):
    book = Certificate.parse(CertificateKind.HOUSEHOLD_BOOK, "00012345")
    _, first, _ = await register(pool, keys, replace(LI, certificates=(NATIONAL, book)))
    _, second, _ = await register(
        pool, keys, Registration((PASSPORT, book), "李明", Sex.MALE, date(2015, 5, 1))
    )
    assert first != second
    assert await identity.find(pool, keys, book) is None
    assert await owner.fetchval("SELECT count(*) FROM identity.identifier") == 2


async def test_closing_an_account_closes_no_household(pool, keys):
    book = Certificate.parse(CertificateKind.HOUSEHOLD_BOOK, "00012345")
    _, first, _ = await register(pool, keys, replace(LI, certificates=(NATIONAL, book)))
    async with transaction(pool, resident=first) as connection:
        await identity.forget(connection, keys, first, (await audit.hold(connection, first))[1])
    child = Registration((PASSPORT, book), "李明", Sex.MALE, date(2015, 5, 1))
    assert isinstance((await register(pool, keys, child))[0], identity.New)
    assert await identity.find(pool, keys, NATIONAL) is None
