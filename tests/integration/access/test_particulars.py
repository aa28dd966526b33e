"""Particulars put right at their edges: who may, what a paper may say, which numbers change."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

import entries
import visits
from openhealthcode import access, audit, collection
from openhealthcode.access.duplicates.decide import changed_number
from openhealthcode.access.particulars import of_document
from openhealthcode.collection import Correction
from openhealthcode.identity import Identifier, Registration, Verification
from openhealthcode.standards import Certificate, CertificateKind, InvalidInput, NotFound, Sex
from openhealthcode.trust import Keys

CARD = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
OTHER = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(4))
PASSPORT = Certificate.parse(CertificateKind.PASSPORT, "E12345678", "CHN")
LI = access.Named(CARD, "李试")
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
async def world(pool, tmp_path):
    keys = Keys.open(tmp_path / "keys")
    yield await visits.world(pool, keys)
    keys.close()


def clerk(institution=None) -> audit.Agent:
    return audit.Agent(audit.AgentKind.PRACTITIONER, uuid4(), institution)


async def correct(world, agent, paper="户口登记项目变更证明"):
    said = access.Particulars(name="欧阳明远")
    return await access.correct_at_counter(
        world.pool, world.keys, agent, LI, said, Correction.CHANGED, paper
    )


async def test_a_clerk_of_no_institution_corrects_nobody(world):
    await world.resident()
    with pytest.raises(NotFound):
        await correct(world, clerk())
    assert await correct(world, clerk(world.hospital)) == ("name",)


async def test_a_paper_beyond_all_bounds_is_refused(world):
    await world.resident()
    with pytest.raises(InvalidInput):
        await correct(world, clerk(world.hospital), "证" * 501)


async def test_a_case_is_accepted_with_a_paper_only(world):
    resident = await world.resident()
    sent = visits.bundle(visits.patient(2, "赵改名"), visits.glucose("2026-03-01"), key="changed")
    with pytest.raises(collection.NeedsReview):
        await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    case = await entries.case_of(world, resident)
    agent = clerk(world.hospital)
    await access.compare_case(world.pool, world.keys, case, agent)
    with pytest.raises(InvalidInput):
        await access.accept_case(world.pool, world.keys, case, agent, "")
    await access.accept_case(world.pool, world.keys, case, agent, "户口登记项目变更证明")


def test_a_document_says_sex_and_birth_date_if_its_number_does():
    assert of_document(CARD, "李试").sex is Sex.FEMALE
    assert of_document(CARD, "李试").birth_date is not None
    assert of_document(PASSPORT, "李试") == Registration((PASSPORT,), "李试")


def held(certificate: Certificate, *, superseded: bool = False) -> Identifier:
    return Identifier(
        certificate=certificate,
        verification=Verification.SEEN,
        added_at=NOW,
        superseded_at=NOW if superseded else None,
        superseded_by=None,
    )


def test_one_number_takes_the_place_of_one():
    came = Registration((PASSPORT, OTHER), "李试")
    assert changed_number([held(CARD), held(PASSPORT)], came) == (CARD, OTHER)
    for known, delivered in (
        ([held(PASSPORT)], came),
        ([held(CARD, superseded=True)], came),
        ([held(CARD)], Registration((PASSPORT,), "李试")),
    ):
        with pytest.raises(InvalidInput):
            changed_number(known, delivered)
