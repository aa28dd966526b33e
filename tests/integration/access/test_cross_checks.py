"""What was slipped into other tables, or taken out of them, is named by the log's check."""

from __future__ import annotations

from datetime import date

import asyncpg
import pytest

import visits
from openhealthcode import access, audit, collection, consent
from openhealthcode.access import CROSS_CHECKS
from openhealthcode.database import transaction
from openhealthcode.representation import Power, Proof, RepresentationKind, Wishes
from openhealthcode.standards import Certificate, CertificateKind, RecordCategory
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

ORIGIN = "region.example/log"


@pytest.fixture
async def world(pool, tmp_path):
    keys = Keys.open(tmp_path / "keys")
    yield await visits.world(pool, keys)
    keys.close()


@pytest.fixture
async def visit(world, owner_url, tmp_path):
    """A resident who has allowed, been looked at, and withdrawn, and the check of it all."""
    resident = await world.resident()
    consent_id, _ = await world.allow(resident)
    await world.look(resident)
    await consent.withdraw(world.pool, world.keys, resident, consent_id)
    await world.allow(resident)
    return Visit(world, resident, owner_url, tmp_path / "log")


class Visit:
    def __init__(self, world, resident: ResidentId, owner_url: str, folder) -> None:
        self.world, self.resident, self._owner_url, self._folder = (
            world,
            resident,
            owner_url,
            folder,
        )

    async def meddle(self, statement: str) -> None:
        intruder = await asyncpg.connect(self._owner_url)
        try:
            assert await intruder.execute(statement) not in {"UPDATE 0", "DELETE 0", "INSERT 0 0"}
        finally:
            await intruder.close()

    async def found(self) -> list[str]:
        keys = self.world.keys
        sequencer = audit.Sequencer(self.world.pool, self._folder, keys.checkpoint_signer(ORIGIN))
        await sequencer.sequence()
        sequencer.close()
        report = await audit.verify(
            self.world.pool,
            self._folder,
            keys.checkpoint_verifier(ORIGIN),
            keys=keys,
            cross_checks=CROSS_CHECKS,
        )
        assert {finding.resident_id for finding in report.findings} <= {self.resident}
        return [finding.sentence for finding in report.findings]


async def test_an_honest_visit_is_whole(visit):
    assert await visit.found() == []


async def test_an_honest_emergency_is_whole(visit):
    world = visit.world
    async with transaction(world.pool, resident=visit.resident) as connection:
        await consent.break_glass(
            connection,
            world.keys,
            visit.resident,
            practitioner_id=world.wang,
            institution_id=world.hospital,
            triage_level=1,
            reason="unconscious",
        )
    assert await visit.found() == []


async def test_honest_refusals_and_counted_visits_are_whole(visit):
    world, resident = visit.world, visit.resident
    await restrict_and_count(visit)
    (refusal,) = await consent.restrictions(world.pool, world.keys, resident)
    await world.allow(resident)
    await consent.lift(world.pool, world.keys, resident, refusal.consent_id)
    entry = (await access.own_record(world.pool, world.keys, resident)).entries[0].entry_id
    await access.hide_entry(world.pool, world.keys, resident, entry)
    await world.allow(resident)
    await access.reveal_entry(world.pool, world.keys, resident, entry)
    assert await visit.found() == []


async def restrict_and_count(visit) -> None:
    """A refusal in force, and a consent for one visit, which has been."""
    world, resident = visit.world, visit.resident
    closed = consent.Refusal(categories=frozenset({RecordCategory.CLAIMS}))
    await consent.restrict(world.pool, world.keys, resident, closed)
    terms = consent.Terms(
        kind=consent.ConsentKind.STANDING,
        institution_id=world.hospital,
        categories=visits.EVERYTHING,
        days=30,
        uses=1,
    )
    await consent.give(world.pool, world.keys, resident, terms, visits.TOLD)
    await world.look(resident)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (
            "DELETE FROM consent.provision WHERE rule = 'deny'",
            "What this refusal closed is open: its lines are gone.",
        ),
        (
            "UPDATE consent.consent SET event_number = 1 WHERE kind = 'restriction'",
            "The consent this event gave is gone.",
        ),
        (
            """UPDATE consent.consent SET withdrawn_at = now(), withdrawn_number = 2
                WHERE kind = 'restriction'""",
            "A consent names a withdrawal that was not logged.",
        ),
        (
            "UPDATE consent.use SET event_number = 1",
            "A use of a consent belongs to no look that was logged.",
        ),
    ],
)
async def test_a_meddled_refusal_or_count_is_named(visit, statement, sentence):
    await restrict_and_count(visit)
    assert await visit.found() == []
    await visit.meddle(statement)
    assert sentence in await visit.found()


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (
            "UPDATE record.entry SET filed_number = 2",
            "An entry of the record names a filing that was not logged.",
        ),
        (
            "UPDATE consent.consent SET event_number = 1 WHERE withdrawn_at IS NULL",
            "A consent names an answer that was not logged.",
        ),
        (
            "UPDATE consent.consent SET is_override = true WHERE withdrawn_at IS NULL",
            "A consent names an answer that was not logged.",
        ),
        (
            "UPDATE consent.consent SET withdrawn_at = NULL, withdrawn_number = NULL",
            "What this event withdrew is in force again, or gone.",
        ),
        (
            "UPDATE consent.consent SET withdrawn_at = now(), withdrawn_number = 1",
            "A consent names a withdrawal that was not logged.",
        ),
        (
            "UPDATE consent.request SET event_number = 1",
            "A request for consent names an event that was not logged.",
        ),
    ],
)
async def test_what_was_changed_beside_the_log_is_named(visit, statement, sentence):
    await visit.meddle(statement)
    assert sentence in await visit.found()


async def test_an_erased_consent_is_named(visit):
    await visit.meddle("DELETE FROM consent.provision")
    await visit.meddle("DELETE FROM consent.consent")
    found = await visit.found()
    assert found.count("The consent this event gave is gone.") == 2
    assert "What this event withdrew is in force again, or gone." in found


async def test_erased_entries_are_named(visit):
    world = visit.world
    later = visits.glucose("2026-03-01", 7.0)
    sent = visits.bundle(visits.patient(), later, key="later")
    await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)
    assert await visit.found() == []
    await visit.meddle(
        "DELETE FROM record.entry WHERE filed_number = (SELECT max(filed_number) FROM record.entry)"
    )
    assert await visit.found() == ["Everything this event filed is gone."]


async def represented(visit) -> None:
    """Somebody was appointed, ended, appointed again; wishes were said; a death was registered."""
    world, resident = visit.world, visit.resident
    card = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(9, "19850304"))
    wanted = access.Appointment(
        kind=RepresentationKind.HELPER,
        representative=access.Named(card, "张敏"),
        powers=frozenset({Power.RECORD}),
        proof=Proof.OWN_PHONE,
        days=30,
    )
    ended = await access.appoint_helper(world.pool, world.keys, resident, wanted)
    await access.revoke(world.pool, world.keys, resident, ended)
    await access.appoint_helper(world.pool, world.keys, resident, wanted)
    await access.wish(world.pool, world.keys, resident, Wishes(relatives_may=False))
    clerk = audit.Agent(audit.AgentKind.PRACTITIONER, world.wang, world.hospital)
    own = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2))
    named = access.Named(own, "李试")
    await access.register_death(world.pool, world.keys, clerk, named, date(2026, 1, 1))
    await access.take_death_back(world.pool, world.keys, clerk, named)
    await access.register_death(world.pool, world.keys, clerk, named, date(2026, 1, 1))


async def test_honest_representation_and_death_are_whole(visit):
    await represented(visit)
    assert await visit.found() == []


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (
            "UPDATE representation.representation SET event_number = 1",
            "Somebody may act for the resident whom nobody was logged to appoint.",
        ),
        (
            "UPDATE representation.representation SET revoked_number = 1 WHERE revoked_number > 1",
            "Somebody may act for the resident whom nobody was logged to appoint.",
        ),
        (
            "UPDATE representation.representation SET revoked_at = NULL, revoked_number = NULL",
            "An appointment that this event ended holds again, or is gone.",
        ),
        (
            "DELETE FROM representation.wishes",
            "What this event kept from representatives is gone.",
        ),
        ("DELETE FROM representation.death", "The death this event registered is gone."),
        (
            "UPDATE representation.death SET event_number = event_number + 100",
            "A death, or its correction, names an event that was not logged.",
        ),
        (
            "UPDATE representation.death SET taken_back_at = now(), taken_back_number = 1",
            "A death, or its correction, names an event that was not logged.",
        ),
    ],
)
async def test_meddled_representation_is_named(visit, statement, sentence):
    await represented(visit)
    await visit.meddle(statement)
    assert sentence in await visit.found()
