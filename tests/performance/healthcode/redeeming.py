"""Redeeming by many at once: different codes, and one code that everybody wants."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from measure import Figure
from visit.world import region, run

from openhealthcode import healthcode
from openhealthcode.database import Pool, open_pool
from openhealthcode.healthcode import SpentCode
from openhealthcode.standards import PurposeOfUse, Scene
from openhealthcode.trust import Keys

CLIENTS: Final = 32
CODES: Final = 1_000
AT_ONCE: Final = 64
CONTESTS, ALL_CONTESTS = 100, 1_000

Redeem = Callable[[str], Awaitable[object]]


def measure(*, is_full: bool) -> Iterator[Figure]:
    with region(0, entries=0) as empty:
        yield from run(_measured(empty.postgres.url, empty.keys, is_full=is_full))


async def _measured(url: str, keys_at: Path, *, is_full: bool) -> list[Figure]:
    pool = await open_pool(url, size=16)
    keys = Keys.open(keys_at)
    resident = UUID(int=1)
    phones = [healthcode.new_device_reference() for _ in range(CODES)]
    for phone in phones:
        await healthcode.enrol_device(pool, phone, resident, datetime.now(UTC))

    async def redeem(text: str) -> object:
        return await healthcode.redeem(
            pool,
            keys,
            text,
            practitioner_id=uuid4(),
            institution_id=uuid4(),
            terminal_id=uuid4(),
            purpose=PurposeOfUse.TREATMENT,
            scene=Scene.CONSULTATION,
        )

    turn = cycle(phones)  # two codes of one phone in one second may be the same

    def drawn() -> str:
        return healthcode.issue(keys, next(turn), datetime.now(UTC))

    await _different(drawn, redeem, 200)
    waits = await _different(drawn, redeem, CODES)
    plain = await _different(drawn, lambda _: _one_row(pool), CODES)
    contests = ALL_CONTESTS if is_full else CONTESTS
    winners = [await _contested(drawn(), redeem) for _ in range(contests)]
    await pool.close()
    keys.close()
    return [
        Figure(
            "redeem_p99",
            round(_p99(waits) * 1000, 1),
            "ms",
            baseline=round(_p99(plain) * 1000, 1),
            baseline_is="one row inserted and committed",
            notes={"codes": CODES, "clients": CLIENTS},
        ),
        Figure(
            "redeem_same_code_successes",
            float(max(winners)) if min(winners) == max(winners) else float("nan"),
            "count",
            notes={"at once": AT_ONCE, "times": contests},
        ),
    ]


async def _different(drawn: Callable[[], str], work: Redeem, count: int) -> list[float]:
    """Seconds each of so many codes took, by as many clients as there are."""
    waits: list[float] = []
    left = iter(range(count))

    async def client() -> None:
        for _ in left:
            text, started = drawn(), time.perf_counter()
            await work(text)
            waits.append(time.perf_counter() - started)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return waits


async def _contested(text: str, redeem: Redeem) -> int:
    """How many of those who redeem one code at once succeed."""
    answers = await asyncio.gather(*(redeem(text) for _ in range(AT_ONCE)), return_exceptions=True)
    others = [one for one in answers if isinstance(one, BaseException)]
    if not all(isinstance(one, SpentCode) for one in others):
        raise RuntimeError("a code was refused for another reason than being spent")
    return AT_ONCE - len(others)


async def _one_row(pool: Pool) -> None:
    await pool.execute(
        "INSERT INTO sign_in.spent_assertion VALUES ($1, now())",  # the plainest row there is
        uuid4().bytes + uuid4().bytes,
    )


def _p99(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.99)]
