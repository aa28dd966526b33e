"""Rules change by two persons, in the log, for everybody to see; a forged edition is none."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import pytest

from openhealthcode.audit import REGION, Action
from openhealthcode.database import transaction
from openhealthcode.standards.ids import PractitionerId
from openhealthcode.supervision import alerts
from openhealthcode.supervision.alerts import EditionMoved
from openhealthcode.supervision.cases import Office, Person, WordsUnsuitable
from openhealthcode.supervision.warning import EditionUnreadable, shipped

QUIET = alerts.shipped_text().replace("[rules.self]", "[rules.self]\nenabled = false")


def supervisor() -> Person:
    return Person(Office.SUPERVISOR, PractitionerId(uuid4()))


async def in_force(hospital):
    return await alerts.edition_in_force(hospital.pool, hospital.keys)


async def test_one_person_changes_nothing(hospital):
    author = supervisor()
    number = await alerts.propose(hospital.pool, hospital.keys, author, QUIET, "误报太多。")
    assert (await in_force(hospital)).digest == shipped().digest
    with pytest.raises(EditionMoved):
        await alerts.decide(hospital.pool, hospital.keys, number, author, is_approved=True)
    assert (await in_force(hospital)).digest == shipped().digest
    assert await alerts.silenced_rules(hospital.pool, hospital.keys) == ()


async def test_two_persons_do_and_what_is_silenced_is_shown(hospital):
    author, other = supervisor(), supervisor()
    number = await alerts.propose(hospital.pool, hospital.keys, author, QUIET, "误报太多。")
    await alerts.decide(hospital.pool, hospital.keys, number, other, is_approved=True)
    assert not (await in_force(hospital)).rules["self"].is_enabled
    assert await alerts.silenced_rules(hospital.pool, hospital.keys) == ("self",)
    assert (await alerts.figures(hospital.pool, hospital.keys)).silenced == ("self",)
    (row,) = await alerts.editions(hospital.pool)
    assert (row.author_id, row.decider_id) == (author.practitioner_id, other.practitioner_id)
    (weaker,) = alerts.weaker_than_before([row], row)
    assert (weaker.rule, weaker.silences) == ("self", True)


async def test_an_approved_edition_judges_the_next_access(hospital):
    number = await alerts.propose(hospital.pool, hospital.keys, supervisor(), QUIET, "误报太多。")
    doctor, own = await hospital.staff("宁"), await hospital.resident(11)
    await hospital.tie(doctor, 11)
    officer = hospital.officer(await hospital.staff("何"))

    async def look():
        detail = {"because": "kind-allowed", "items": []}
        await hospital.happens(doctor, own, Action.RECORD_DISCLOSE, detail=detail)
        await hospital.follow()
        queue = await alerts.alerts_for(hospital.pool, hospital.keys, officer)
        found = [*queue.today, *queue.others, *queue.waiting]
        return sum(len(finding.leaves) for row in found for finding in row.alert.findings)

    assert await look() == 1
    await alerts.decide(hospital.pool, hospital.keys, number, supervisor(), is_approved=True)
    assert await look() == 1


async def test_one_edition_is_decided_at_a_time_and_once(hospital):
    author, other = supervisor(), supervisor()
    number = await alerts.propose(hospital.pool, hospital.keys, author, QUIET, "误报太多。")
    with pytest.raises(EditionMoved):
        await alerts.propose(hospital.pool, hospital.keys, other, QUIET, "另一个版本。")
    with pytest.raises(EditionMoved):
        await alerts.give_up(hospital.pool, hospital.keys, number, other)
    await alerts.decide(hospital.pool, hospital.keys, number, other, is_approved=False)
    with pytest.raises(EditionMoved):
        await alerts.decide(hospital.pool, hospital.keys, number, supervisor(), is_approved=True)
    again = await alerts.propose(hospital.pool, hospital.keys, author, QUIET, "再提一次。")
    await alerts.give_up(hospital.pool, hospital.keys, again, author)
    assert [one.state for one in await alerts.editions(hospital.pool)] == ["given-up", "refused"]
    assert (await in_force(hospital)).digest == shipped().digest


async def test_an_officer_of_an_institution_changes_no_rule(hospital):
    officer = hospital.officer(await hospital.staff("何"))
    with pytest.raises(EditionMoved):
        await alerts.propose(hospital.pool, hospital.keys, officer, QUIET, "误报太多。")
    number = await alerts.propose(hospital.pool, hospital.keys, supervisor(), QUIET, "误报太多。")
    with pytest.raises(EditionMoved):
        await alerts.decide(hospital.pool, hospital.keys, number, officer, is_approved=True)


@pytest.mark.parametrize(
    "text", ["", "x = ", "name = 'x'", "字" * 100_001, QUIET.replace("weight", "wait")]
)
async def test_what_is_no_edition_is_not_proposed(hospital, text):
    with pytest.raises(EditionUnreadable):
        await alerts.propose(hospital.pool, hospital.keys, supervisor(), text, "误报太多。")
    with pytest.raises(WordsUnsuitable):
        await alerts.propose(hospital.pool, hospital.keys, supervisor(), QUIET, " ")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE supervision.rule_edition SET document = document || ' # silent'",
        "UPDATE supervision.rule_edition SET decider_id = gen_random_uuid()",
        "UPDATE supervision.rule_edition SET author_id = gen_random_uuid()",
        "UPDATE supervision.rule_edition SET seal = decode(repeat('00', 32), 'hex')",
    ],
)
async def test_an_edition_put_in_by_hand_is_not_taken(hospital, owner_url, change):
    number = await alerts.propose(hospital.pool, hospital.keys, supervisor(), QUIET, "误报太多。")
    await alerts.decide(hospital.pool, hospital.keys, number, supervisor(), is_approved=True)
    owner = await asyncpg.connect(owner_url)
    await owner.execute(change)
    await owner.close()
    assert (await in_force(hospital)).digest == shipped().digest


async def test_who_proposed_and_decided_stands_in_the_regions_log(hospital):
    author, other = supervisor(), supervisor()
    number = await alerts.propose(hospital.pool, hospital.keys, author, QUIET, "误报太多。")
    await alerts.decide(hospital.pool, hospital.keys, number, other, is_approved=True)
    async with transaction(hospital.pool, resident=REGION) as connection:
        rows = await connection.fetch("SELECT action, agent_id FROM audit.event ORDER BY number")
    assert [(row["action"], row["agent_id"]) for row in rows] == [
        (Action.RULES_PROPOSE, author.practitioner_id),
        (Action.RULES_DECIDE, other.practitioner_id),
    ]
