"""Whoever is suspended is out within a minute in every process, at the clinic and as a system."""

from __future__ import annotations

import asyncio
import multiprocessing
import time

import suspended_elsewhere
from openhealthcode import registry
from openhealthcode.supervision import cases
from openhealthcode.supervision.cases import About, Office, Person, Said, StepKind
from openhealthcode.trust import Keys

PROMISED_SECONDS = 60


async def test_a_suspended_account_dies_within_a_minute_in_another_process(
    pool, database_url, tmp_path
):
    keys = Keys.open(tmp_path / "keys")
    keys.close()
    spawned = multiprocessing.get_context("spawn")
    ours, theirs = spawned.Pipe()
    place = suspended_elsewhere.Place(database_url, tmp_path / "keys")
    process = spawned.Process(
        target=suspended_elsewhere.work_until_stopped, args=(place, theirs), daemon=True
    )
    process.start()
    try:
        assert await asyncio.to_thread(ours.poll, 300)
        practitioner_id, system_id = ours.recv()
        await asyncio.sleep(2)  # so that the other process remembers both
        keys = Keys.open(tmp_path / "keys")
        authority = await registry.register_institution(
            pool,
            registry.InstitutionEntry(
                "test|authority", registry.InstitutionKind.AUTHORITY, "卫健委"
            ),
        )
        supervisor = await registry.register_practitioner(
            pool,
            registry.PractitionerEntry(
                "test|施", authority, "施", registry.PractitionerRole.OFFICER
            ),
        )
        person = Person(Office.SUPERVISOR, supervisor, authority)
        case = await cases.open_case(
            pool, keys, person, accused=practitioner_id, about=About(rule="volume")
        )
        await cases.take_step(
            pool, keys, case.case_id, person, StepKind.SUSPEND, Said("先停用再核实。")
        )
        before = time.monotonic()
        await registry.suspend_system(pool, system_id)
        at = time.monotonic()  # one clock for all processes of a computer
        assert await asyncio.to_thread(ours.poll, 300)
        clinician, system = ours.recv()
        keys.close()
    finally:
        process.kill()
        ours.close()
    assert 0 < clinician < at + PROMISED_SECONDS
    assert before < system < at + PROMISED_SECONDS
