"""What is done to an installation, each until it is over; what comes after is for it to mend."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable

from installation import Installation, descendants

STALL_SECONDS, SLOW_SECONDS, FULL_SECONDS, CLOCK_SECONDS = 2.0, 3.0, 3.0, 3.0
CLOCK_MINUTES = 10

Harm = Callable[[Installation, random.Random], Awaitable[None]]


async def kill_service(one: Installation, _: random.Random) -> None:
    """``kill -9`` of every process that serves."""
    one.kill(one.service)


async def kill_worker(one: Installation, chance: random.Random) -> None:
    """``kill -9`` of one process below the service."""
    workers = descendants(one.service.pid)
    if workers:
        one.signal(chance.choice(workers), signal.SIGKILL)


async def kill_database(one: Installation, _: random.Random) -> None:
    """``kill -9`` of every process of PostgreSQL."""
    one.kill(one.database)


async def kill_backend(one: Installation, chance: random.Random) -> None:
    """``kill -9`` of one process of PostgreSQL, upon which it ends all others and recovers."""
    below = descendants(one.database.pid)
    if below:
        one.signal(chance.choice(below), signal.SIGKILL)


async def kill_both(one: Installation, _: random.Random) -> None:
    """``kill -9`` of everything at once."""
    one.kill(one.service)
    one.kill(one.database)


async def restart_database(one: Installation, _: random.Random) -> None:
    """PostgreSQL's fast shutdown, as before an update of the machine."""
    one.signal(one.database.pid, signal.SIGINT)


async def stall_database(one: Installation, _: random.Random) -> None:
    """Every process of PostgreSQL stands still, as before a disk that does not answer."""
    one.kill(one.database, signal.SIGSTOP)
    await asyncio.sleep(STALL_SECONDS)
    one.kill(one.database, signal.SIGCONT)


async def slow_disk(one: Installation, _: random.Random) -> None:
    """The database's writes reach the disk at forty a second."""
    one.disk.slow()
    await asyncio.sleep(SLOW_SECONDS)
    one.disk.slow(0)


async def full_disk(one: Installation, _: random.Random) -> None:
    """Database, keys and log find no byte left on their disk."""
    await asyncio.to_thread(one.disk.fill)
    await asyncio.sleep(FULL_SECONDS)
    one.disk.free()


async def full_disk_and_kill(one: Installation, chance: random.Random) -> None:
    """The disk is full and everything is killed; room is made after a while."""
    await asyncio.to_thread(one.disk.fill)
    await asyncio.sleep(chance.uniform(0.2, 1.0))
    await kill_both(one, chance)
    await asyncio.sleep(FULL_SECONDS)
    one.disk.free()


async def turn_clocks(one: Installation, chance: random.Random) -> None:
    """The clock of the service, of the database or of both is ten minutes wrong for a while."""
    minutes = chance.choice((-CLOCK_MINUTES, CLOCK_MINUTES))
    for who in chance.choice((("service",), ("database",), ("service", "database"))):
        one.clock.turn(who, minutes)
    await asyncio.sleep(CLOCK_SECONDS)
    for who in ("service", "database"):
        one.clock.turn(who, 0)


ALWAYS: dict[str, Harm] = {
    "service killed": kill_service,
    "database killed": kill_database,
    "both killed": kill_both,
    "one worker killed": kill_worker,
    "one backend killed": kill_backend,
    "database restarted": restart_database,
    "database stalled": stall_database,
}
ON_A_DISK: dict[str, Harm] = {
    "disk full": full_disk,
    "disk full, both killed": full_disk_and_kill,
}
ON_A_SLOW_DISK: dict[str, Harm] = {"disk slow": slow_disk}
WITH_CLOCKS: dict[str, Harm] = {"clock wrong": turn_clocks}


def possible(one: Installation) -> tuple[dict[str, Harm], list[str]]:
    """What can be done on this machine, and what cannot, with the reason."""
    can, cannot = dict(ALWAYS), []
    if one.disk is not None:
        can |= ON_A_DISK
    else:
        cannot.append("disk full, disk slow: needs root and loop devices")
    if one.disk is not None and one.disk.group is not None:
        can |= ON_A_SLOW_DISK
    elif one.disk is not None:
        cannot.append("disk slow: needs the control group blkio")
    if one.clock is not None:
        can |= WITH_CLOCKS
    else:
        cannot.append("clock wrong: needs libfaketime (apt-get install libfaketime)")
    return can, cannot
