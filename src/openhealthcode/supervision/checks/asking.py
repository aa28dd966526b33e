"""Ask for a check, carry it out, and keep what came of it."""

from __future__ import annotations

from typing import Final

from openhealthcode.database import Pool, load_queries, transaction
from openhealthcode.sign_in import StaffSession
from openhealthcode.supervision.checks.looks import LOOKS
from openhealthcode.supervision.checks.model import Check, Installation, Outcome, Run

_QUERIES = load_queries("openhealthcode.supervision.checks")
_TASK: Final = "supervision"


async def ask(pool: Pool, auditor: StaffSession, check: Check) -> None:
    """Have a check run; one that was asked for and not finished stays the only one."""
    async with transaction(pool, task=_TASK) as connection:
        await connection.execute(_QUERIES["ask"], check, auditor.practitioner_id)


async def run_asked(of: Installation) -> int:
    """Carry out what was asked for, one process at a time; how many checks that were.

    One that was broken off, by a crash for instance, is carried out again.
    """
    ran = 0
    async with transaction(of.pool, task=_TASK) as connection:
        if not await connection.fetchval(_QUERIES["take_turn"]):
            return 0
        for row in await connection.fetch(_QUERIES["asked"]):
            outcome = await LOOKS[Check(row["name"])](of)
            kinds, times = list(outcome.found), list(outcome.found.values())
            await connection.execute(
                _QUERIES["finish"], row["name"], row["asked_at"], outcome.checked, kinds, times
            )
            ran += 1
    return ran


async def results(pool: Pool) -> list[Run]:
    """The latest run of each check, and the one before while that is not finished; the newest first."""
    async with transaction(pool, task=_TASK) as connection:
        rows = await connection.fetch(_QUERIES["latest"])
    return [
        Run(
            check=Check(row["name"]),
            asked_by=row["asked_by"],
            asked_at=row["asked_at"],
            finished_at=row["finished_at"],
            outcome=None
            if row["finished_at"] is None
            else Outcome(row["checked"], dict(zip(row["kinds"], row["times"], strict=True))),
        )
        for row in rows
    ]
