"""What is acknowledged stays, once, and nothing is shown unlogged: while an installation is harmed under load.

``make chaos`` (CYCLES=110): the program as ``ohc serve`` runs it over a production database of its own,
systems that file and read, residents who allow and withdraw, all over HTTP, trying again until they
are answered. Each cycle does one harm at a random moment and waits until filing and reading are answered
again. In the end every answer is held against the records, the log and the consents.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

_TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_TESTS)]

import clients
import harms
from clients import Span, Told
from examining import examine
from installation import ORIGIN, Installation

import systems
import visits
from openhealthcode import audit, identity, registry
from openhealthcode.database import open_pool, transaction
from openhealthcode.registry import InstitutionEntry, InstitutionKind
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind, Phone
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust import Keys

FILING, RESIDENTS, CONSENTING = 4, 12, 2
LONGEST_AWAY_SECONDS = 10.0
CLOCK_SETTLES_SECONDS = 2.0
GIVEN_UP_SECONDS = 240.0


@dataclass
class Population:
    """Who lives in the region and which systems there are."""

    hospital: systems.HospitalSystem
    clinic: systems.HospitalSystem
    clinic_id: str
    residents: list[ResidentId]
    patients: list[str]
    """By the ids systems know them under; the first few consent, the others are filed for."""
    tokens: list[str]
    """Of the sessions of those who consent."""
    results: list[str]
    """A result of each of those who consent."""


async def settle(installation: Installation) -> Population:
    """Two institutions' systems and some residents, made before anything is harmed."""
    pool = await open_pool(installation.url(), size=4)
    keys = Keys.open(installation.keys)
    world = await visits.world(pool, keys)
    clinic = await registry.register_institution(
        pool, InstitutionEntry("test|clinic", InstitutionKind.TOWNSHIP_CENTRE, "青禾镇卫生院")
    )
    residents, tokens, results = [], [], []
    for number in range(RESIDENTS):
        resident = await world.resident(visits.glucose("2026-02-01"), serial=3 + 2 * number)
        residents.append(resident)
        if number >= CONSENTING:
            continue
        phone = Phone.parse(f"1391234567{number}")
        card = Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(3 + 2 * number))
        async with transaction(pool, resident=resident) as connection:
            await identity.bind_phone(connection, keys, resident, phone)
            begun = await begin_session(connection, keys, resident, Subject(card, "李试", phone))
        tokens.append(begun.token)
        results.append(keys.seal_id(resident, await _result(pool, resident)))
    settled = Population(
        await systems.connect(world, world.hospital),
        await systems.connect(world, clinic, "clinic"),
        str(clinic),
        residents,
        [keys.seal_id(one, EntryId(one)) for one in residents],
        tokens,
        results,
    )
    sequencer = audit.Sequencer(pool, installation.log, keys.checkpoint_signer(ORIGIN))
    await sequencer.sequence()
    sequencer.close()
    await pool.close()
    keys.close()
    return settled


async def _result(pool, resident: ResidentId) -> EntryId:
    async with transaction(pool, resident=resident) as connection:
        found = await connection.fetchval(
            "SELECT entry_id FROM record.entry WHERE resident_id = $1 AND type = 'Observation'",
            resident,
        )
    return EntryId(found)


async def begin(installation: Installation, people: Population, told: Told) -> list[asyncio.Task]:
    """Set everybody to work; answers when everything was answered once."""
    address = installation.address
    work = [
        clients.file_on(number, address, people.hospital, people.patients[CONSENTING:], told)
        for number in range(FILING)
    ]
    for number in range(CONSENTING):
        who, token = people.patients[number], people.tokens[number]
        resident = clients.Resident(address, told, token, people.clinic_id)
        await resident.add_passkey()
        work.append(clients.consent_on(who, resident, told))
        reader = clients.System(address, told, "look", people.clinic)
        work.append(clients.look_on(who, people.results[number], reader, told))
    tasks = [asyncio.create_task(one) for one in work]
    await _until(lambda: told.filed and told.read and told.seen, tasks, told)
    return tasks


async def cycle(
    installation: Installation, harm: harms.Harm, told: Told, chance: random.Random, tasks: list
) -> float:
    """Do harm; how long after it was over somebody was answered again who filed, and who read."""
    begun = time.monotonic()
    await harm(installation, chance)
    over = time.monotonic()
    if harm in harms.WITH_CLOCKS.values():
        told.wrong_clocks.append(Span(begun, over + CLOCK_SETTLES_SECONDS))
    await _until(lambda: told.filed_at > over and told.read_at > over, tasks, told)
    return time.monotonic() - over


async def _until(holds, tasks: list[asyncio.Task], told: Told) -> None:
    begun = time.monotonic()
    while not holds():
        for task in tasks:
            if task.done():
                task.result()  # a client met what it does not expect
        if time.monotonic() - begun > GIVEN_UP_SECONDS:
            raise RuntimeError(f"nobody was answered for {GIVEN_UP_SECONDS:.0f} s: {told.answers}")
        await asyncio.sleep(0.02)


async def campaign(cycles: int, seed: int, only: str) -> int:
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)
    chance, told, installation = random.Random(seed), Told(), Installation()
    can, cannot = harms.possible(installation)
    chosen = {name: harm for name, harm in can.items() if only in name}
    away: dict[str, list[float]] = {name: [] for name in chosen}
    for sentence in cannot:
        print(f"left out  {sentence}", flush=True)
    try:
        await installation.make()
        people = await settle(installation)
        installation.serve()
        installation.keep_up()
        tasks = await begin(installation, people, told)
        for number in range(cycles):
            name = list(chosen)[number % len(chosen)]
            await asyncio.sleep(chance.uniform(0.3, 2.0))
            seconds = await cycle(installation, chosen[name], told, chance, tasks)
            away[name].append(seconds)
            print(
                f"{number + 1:4}  {name:24} answered again after {seconds:5.1f} s;"
                f" {len(told.filed):,} filed, {told.read.total():,} shown,"
                f" {len(told.changed):,} consents",
                flush=True,
            )
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await installation.stop()
        keys = Keys.open(installation.keys)
        wrong = await examine(
            installation.url(), keys, installation.log, ORIGIN, people.residents, told
        )
        keys.close()
    finally:
        for name in ("service", "database"):
            _keep(installation.home / f"{name}.log")
        await installation.remove()
    return _report(told, away, wrong, seed)


def _keep(log: Path) -> None:
    """What was said on standard error, for whoever looks for a reason."""
    kept = Path("build") / f"chaos-{log.name}"
    kept.parent.mkdir(exist_ok=True)
    if log.exists():
        kept.write_bytes(log.read_bytes()[-5_000_000:])


def _report(told: Told, away: dict[str, list[float]], wrong: list[str], seed: int) -> int:
    print(f"\n{'harm':26}{'times':>6}{'median s':>10}{'longest s':>11}")
    for name, seconds in away.items():
        if seconds:
            middle = sorted(seconds)[len(seconds) // 2]
            print(f"{name:26}{len(seconds):6}{middle:10.1f}{max(seconds):11.1f}")
            late = sum(one > LONGEST_AWAY_SECONDS for one in seconds)
            wrong += [f"more than {LONGEST_AWAY_SECONDS:.0f} s away after: {name}"] * late
    print(
        f"\n{len(told.filed):,} filings of {len(told.tried):,}, {told.read.total():,} disclosures,"
        f" {sum(was_shown for _, _, was_shown in told.seen):,} of"
        f" {len(told.seen):,} looks of another institution were shown,"
        f" {sum(stands is not None for _, _, stands in told.changed):,} changes of consent"
        f" acknowledged; seed {seed};"
        f" {resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime:.0f} s of processor time"
    )
    print(", ".join(f"{count:,} {answer}" for answer, count in sorted(told.answers.items())))
    for sentence, count in Counter(wrong).items():
        print(f"WRONG  {count} x {sentence}")
    if not wrong:
        print("nothing acknowledged was lost or doubled, nothing was shown without its event")
    return int(bool(wrong))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cycles", type=int, default=110)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--only", default="", help="Harms whose name holds this.")
    options = parser.parse_args()
    sys.exit(asyncio.run(campaign(options.cycles, options.seed, options.only)))


if __name__ == "__main__":
    main()
