"""Who was allowed to keep copies is asked to erase them, answers in the log, and is listed if not."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

import visits
from openhealthcode import access, audit, consent, registry
from openhealthcode.consent import ConsentKind, Manner, Notice, Terms, erasure
from openhealthcode.consent.erasure import ATTEST_WITHIN, ErasureAnswer, ErasureState, NotToAttest
from openhealthcode.database import transaction
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import InvalidInput, NotFound, RecordCategory, SensitiveCategory
from openhealthcode.standards.ids import (
    ConsentId,
    InstitutionId,
    PractitionerId,
    ResidentId,
    SystemId,
)
from openhealthcode.trust import Keys
from visits import World

LAW = "医疗机构须依法保存病历"
TOLD = Notice("v1", "zh-CN", ("谁可以看。",))


@dataclass(frozen=True)
class Clinic:
    """An institution that filed nothing, and its system."""

    world: World
    institution_id: InstitutionId
    system: SystemAccess

    @property
    def officer(self) -> audit.Agent:
        """Somebody who speaks for it."""
        kind = audit.AgentKind.PRACTITIONER
        return audit.Agent(kind, PractitionerId(uuid4()), self.institution_id)

    async def fetch(self, resident: ResidentId, kind: str = "AllergyIntolerance") -> str:
        """Let the system read one entry, and so keep it; its FHIR id."""
        shown = await access.own_record(self.world.pool, self.world.keys, resident)
        one = next(entry for entry in shown.entries if entry.type == kind)
        fhir_id = self.world.keys.seal_id(resident, one.entry_id)
        await access.read_entry(
            self.world.pool, self.world.keys, system=self.system, type=kind, fhir_id=fhir_id
        )
        return fhir_id

    async def asked(self) -> list[access.AskedErasure]:
        """What is on its list."""
        return await access.erasures_asked(self.world.pool, self.world.keys, self.institution_id)

    async def attest(self, answer: ErasureAnswer, reason: str = "") -> None:
        """Attest the first of the list."""
        await access.attest_erasure(
            self.world.pool,
            self.world.keys,
            (await self.asked())[0].public_id,
            self.officer,
            answer=answer,
            reason=reason,
        )


@pytest.fixture
def keys(tmp_path):
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()


@pytest.fixture
async def world(pool, keys):
    return await visits.world(pool, keys)


@pytest.fixture
async def resident(world):
    return await world.resident()


@pytest.fixture
async def clinic(world):
    return await clinic_named(world, "clinic")


@pytest.fixture
async def owner(owner_url):
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


async def clinic_named(world: World, name: str) -> Clinic:
    institution_id = await registry.register_institution(
        world.pool,
        registry.InstitutionEntry(
            f"test|{name}", registry.InstitutionKind.TOWNSHIP_CENTRE, "青石镇卫生院"
        ),
    )
    system = SystemAccess(SystemId(uuid4()), institution_id, frozenset())
    return Clinic(world, institution_id, system)


async def give(clinic: Clinic, resident: ResidentId, **more) -> ConsentId:
    said = {
        "kind": ConsentKind.STANDING,
        "institution_id": clinic.institution_id,
        "categories": frozenset(RecordCategory),
        "manner": Manner.KEEP,
        "days": 30,
        **more,
    }
    world = clinic.world
    return await consent.give(world.pool, world.keys, resident, Terms(**said), TOLD)


async def withdraw(world: World, resident: ResidentId, consent_id: ConsentId) -> None:
    await consent.withdraw(world.pool, world.keys, resident, consent_id)


async def let_pass(owner, time: timedelta) -> None:
    await owner.execute(
        "UPDATE consent.erasure SET asked_at = asked_at - $1::interval,"
        " due_at = due_at - $1::interval",
        time,
    )


async def test_a_withdrawal_asks_whoever_may_keep_to_erase(world, resident, clinic):
    consent_id = await give(clinic, resident)
    fetched = await clinic.fetch(resident)
    assert await clinic.asked() == []
    await withdraw(world, resident, consent_id)
    (asked,) = await clinic.asked()
    assert asked.state is ErasureState.WAITING
    assert asked.due_at - asked.asked_at == ATTEST_WITHIN
    copies = await access.copies_to_erase(world.pool, world.keys, asked.public_id, clinic.officer)
    assert copies.entries == (("AllergyIntolerance", fetched),)
    assert copies.last_at
    (own,) = await access.own_erasures(world.pool, world.keys, resident)
    assert (own.consent_id, own.institution_id) == (consent_id, clinic.institution_id)


async def test_whoever_could_only_look_is_asked_nothing(world, resident, clinic):
    consent_id = await give(clinic, resident, manner=Manner.VIEW)
    await withdraw(world, resident, consent_id)
    at_a_visit, _ = await world.allow(resident)
    await withdraw(world, resident, at_a_visit)
    assert await clinic.asked() == []
    assert await access.own_erasures(world.pool, world.keys, resident) == []


async def test_what_the_platform_did_not_see_kept_is_asked_about_too(world, resident, clinic):
    await withdraw(world, resident, await give(clinic, resident))
    (asked,) = await clinic.asked()
    copies = await access.copies_to_erase(world.pool, world.keys, asked.public_id, clinic.officer)
    assert (copies.entries, copies.last_at) == ((), None)
    await clinic.attest(ErasureAnswer.NOTHING_KEPT)
    assert await clinic.asked() == []


async def test_what_was_added_to_a_consent_is_asked_for_with_it(world, resident, clinic):
    first = await give(clinic, resident)
    mental = frozenset({SensitiveCategory.MENTAL_HEALTH})
    await give(clinic, resident, sensitive=mental, added_to=first)
    await withdraw(world, resident, first)
    assert len(await clinic.asked()) == 2


async def test_what_another_consent_still_lets_them_keep_is_not_asked_for(world, resident, clinic):
    first = await give(clinic, resident)
    allergies = frozenset({RecordCategory.ALLERGIES})
    await give(clinic, resident, categories=allergies)
    await clinic.fetch(resident)
    glucose = await clinic.fetch(resident, "Observation")
    await withdraw(world, resident, first)
    (asked,) = await clinic.asked()
    copies = await access.copies_to_erase(world.pool, world.keys, asked.public_id, clinic.officer)
    assert copies.entries == (("Observation", glucose),)


async def test_what_an_institution_filed_itself_it_keeps(world, resident):
    clinic = Clinic(
        world, world.hospital, SystemAccess(SystemId(uuid4()), world.hospital, frozenset())
    )
    consent_id = await give(clinic, resident)
    await clinic.fetch(resident)
    await withdraw(world, resident, consent_id)
    (asked,) = await clinic.asked()
    copies = await access.copies_to_erase(world.pool, world.keys, asked.public_id, clinic.officer)
    assert copies.entries == ()


async def test_an_attestation_stands_in_the_log_and_is_read_by_the_resident(
    world, resident, clinic, owner
):
    await withdraw(world, resident, await give(clinic, resident))
    public_id = (await clinic.asked())[0].public_id
    await access.copies_to_erase(world.pool, world.keys, public_id, clinic.officer)
    await clinic.attest(ErasureAnswer.RETAINED, f"  {LAW} ")
    lines = await access.own_log(world.pool, world.keys, resident)
    attested, read = lines[0], lines[1]
    assert (attested.action, read.action) == (
        audit.Action.ERASURE_ATTEST,
        audit.Action.ERASURE_READ,
    )
    assert attested.institution_id == clinic.institution_id
    assert (attested.detail["answer"], attested.detail["reason"]) == ("retained", LAW)
    (own,) = await access.own_erasures(world.pool, world.keys, resident)
    assert (own.answer, own.reason) == (ErasureAnswer.RETAINED, LAW)
    stored = await owner.fetchval("SELECT e::text FROM consent.erasure e")
    assert LAW not in stored
    assert LAW.encode().hex() not in stored


@pytest.mark.parametrize("reason", ["", "法", "1234 ...", "法" * 501])
async def test_copies_are_retained_for_a_reason_in_words_only(world, resident, clinic, reason):
    await withdraw(world, resident, await give(clinic, resident))
    with pytest.raises(InvalidInput):
        await clinic.attest(ErasureAnswer.RETAINED, reason)
    (asked,) = await clinic.asked()
    assert asked.state is ErasureState.WAITING


async def test_it_is_attested_once_but_what_is_retained_is_erased_one_day(world, resident, clinic):
    await withdraw(world, resident, await give(clinic, resident))
    (asked,) = await clinic.asked()
    await clinic.attest(ErasureAnswer.RETAINED, LAW)
    (still,) = await clinic.asked()
    assert still.state is ErasureState.RETAINED
    for answer in (ErasureAnswer.NOTHING_KEPT, ErasureAnswer.RETAINED):
        with pytest.raises(NotToAttest):
            await clinic.attest(answer, LAW)
    await clinic.attest(ErasureAnswer.ERASED)
    assert await clinic.asked() == []
    with pytest.raises(NotToAttest):
        await access.attest_erasure(
            world.pool, world.keys, asked.public_id, clinic.officer, answer=ErasureAnswer.ERASED
        )


async def test_nobody_attests_or_reads_what_another_was_asked(world, resident, clinic):
    await withdraw(world, resident, await give(clinic, resident))
    public_id = (await clinic.asked())[0].public_id
    other = await clinic_named(world, "other")
    assert await other.asked() == []
    nobody = audit.Agent(audit.AgentKind.PRACTITIONER, uuid4(), None)
    unknown = world.keys.seal_id(resident, uuid4())
    nowhere = world.keys.seal_id(uuid4(), uuid4())
    for agent, named in (
        (other.officer, public_id),
        (nobody, public_id),
        (clinic.officer, unknown),
        (clinic.officer, nowhere),
        (clinic.officer, "nonsense"),
    ):
        with pytest.raises(NotFound):
            await access.copies_to_erase(world.pool, world.keys, named, agent)
        with pytest.raises(NotFound):
            await access.attest_erasure(
                world.pool, world.keys, named, agent, answer=ErasureAnswer.ERASED
            )
    actions = [line.action for line in await access.own_log(world.pool, world.keys, resident)]
    assert not {audit.Action.ERASURE_READ, audit.Action.ERASURE_ATTEST} & set(actions)


async def test_what_nobody_attested_in_time_is_the_supervisors(world, resident, clinic, owner):
    await withdraw(world, resident, await give(clinic, resident))
    assert await access.erasures_overdue(world.pool, world.keys) == []
    await let_pass(owner, ATTEST_WITHIN)
    (late,) = await access.erasures_overdue(world.pool, world.keys)
    assert (late.institution_id, late.state) == (clinic.institution_id, ErasureState.OVERDUE)
    assert (await clinic.asked())[0].state is ErasureState.OVERDUE
    await clinic.attest(ErasureAnswer.ERASED)  # late, and still an answer
    assert await access.erasures_overdue(world.pool, world.keys) == []


async def test_a_transaction_of_nobody_or_of_another_institution_sees_no_request(
    world, resident, clinic
):
    await withdraw(world, resident, await give(clinic, resident))
    other = await world.resident(serial=4)
    count = "SELECT count(*) FROM consent.erasure"
    for context in ({}, {"resident": other}, {"lookup": (uuid4().bytes,)}, {"task": "closing"}):
        async with transaction(world.pool, **context) as connection:
            assert await connection.fetchval(count) == 0
    async with transaction(world.pool, lookup=(clinic.institution_id.bytes,)) as connection:
        assert await connection.fetchval(count) == 1


async def test_closing_an_account_asks_everybody_and_the_receipt_lists_who_has_not_attested(
    world, resident, clinic
):
    other = await clinic_named(world, "other")
    first = await give(clinic, resident)
    await give(other, resident)
    for one in (clinic, other):
        await one.fetch(resident)
    await withdraw(world, resident, first)
    await clinic.attest(ErasureAnswer.ERASED)
    closing = await access.close_account(world.pool, world.keys, resident)
    (left,) = closing.copies
    assert (left.institution_id, left.entries) == (other.institution_id, 1)
    assert len(await other.asked()) == 1
    assert await clinic.asked() == []


async def test_what_is_retained_or_not_attested_stays_on_the_receipt(world, resident, clinic):
    await withdraw(world, resident, await give(clinic, resident))
    again = await give(clinic, resident)
    await clinic.fetch(resident)
    await withdraw(world, resident, again)
    for _ in range(2):
        await clinic.attest(ErasureAnswer.RETAINED, LAW)
    closing = await access.close_account(world.pool, world.keys, resident)
    assert [one.institution_id for one in closing.copies] == [clinic.institution_id]


async def test_after_the_account_is_closed_it_is_still_attested_and_logged(
    world, resident, clinic, owner
):
    await give(clinic, resident)
    fetched = await clinic.fetch(resident)
    await access.close_account(world.pool, world.keys, resident)
    (asked,) = await clinic.asked()
    copies = await access.copies_to_erase(world.pool, world.keys, asked.public_id, clinic.officer)
    assert copies.entries == (("AllergyIntolerance", fetched),)
    await clinic.attest(ErasureAnswer.ERASED)
    assert await clinic.asked() == []
    actions = await owner.fetch(
        "SELECT action FROM audit.event WHERE resident_id = $1 ORDER BY number DESC LIMIT 3",
        resident,
    )
    assert [row["action"] for row in actions] == [
        "erasure.attest",
        "erasure.read",
        "account.close",
    ]


async def test_two_who_attest_at_once_are_one_attestation(world, resident, clinic):
    await withdraw(world, resident, await give(clinic, resident))
    (asked,) = await clinic.asked()

    async def attest() -> None:
        await access.attest_erasure(
            world.pool, world.keys, asked.public_id, clinic.officer, answer=ErasureAnswer.ERASED
        )

    async with transaction(world.pool, resident=resident) as somebody_else:
        await audit.hold(somebody_else, resident)
        trying = [asyncio.create_task(attest()) for _ in range(4)]
        await asyncio.sleep(0.5)  # long enough for all of them to come as far as they can
    done = await asyncio.gather(*trying, return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["NoneType", *["NotToAttest"] * 3]
    lines = await access.own_log(world.pool, world.keys, resident)
    assert [line.action for line in lines].count(audit.Action.ERASURE_ATTEST) == 1


async def test_requests_are_the_residents_own(world, resident, clinic):
    await withdraw(world, resident, await give(clinic, resident))
    other = await world.resident(serial=4)
    assert await access.own_erasures(world.pool, world.keys, other) == []
    async with transaction(world.pool, resident=other) as connection:
        assert await erasure.requests_of(connection, world.keys, resident) == []


async def findings(world: World, folder) -> set[str]:
    origin = "test.example/log"
    sequencer = audit.Sequencer(world.pool, folder, world.keys.checkpoint_signer(origin))
    await sequencer.sequence()
    sequencer.close()
    report = await audit.verify(
        world.pool,
        folder,
        world.keys.checkpoint_verifier(origin),
        keys=world.keys,
        cross_checks=access.CROSS_CHECKS,
    )
    return {one.sentence for one in report.findings}


async def test_an_attestation_slipped_in_or_taken_out_is_found(
    world, resident, clinic, owner, tmp_path
):
    await withdraw(world, resident, await give(clinic, resident))
    assert await findings(world, tmp_path / "log") == set()
    await owner.execute(
        "UPDATE consent.erasure SET answer = 'erased', answered_at = now(), answered_number = 1"
    )
    slipped_in = "An attestation that copies are erased was not logged."
    assert await findings(world, tmp_path / "log") == {slipped_in}
    await owner.execute(
        "UPDATE consent.erasure SET answer = NULL, answered_at = NULL, answered_number = NULL"
    )
    await clinic.attest(ErasureAnswer.RETAINED, LAW)
    await clinic.attest(ErasureAnswer.ERASED)
    assert await findings(world, tmp_path / "log") == set()
    await owner.execute("UPDATE consent.erasure SET answered_number = 1")
    assert "The attestation this event took is gone." in await findings(world, tmp_path / "log")
