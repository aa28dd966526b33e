"""``kill -9`` of server and database at any moment: nothing acknowledged is lost, nothing unlogged shown."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
import pytest

import unattended
from openhealthcode import audit
from openhealthcode.database import embedded, open_pool
from openhealthcode.transparency import NoteVerifier
from openhealthcode.trust import Keys

KILLS = 5
UNATTENDED = Path(unattended.__file__)


@pytest.fixture
def directory():
    made = Path(tempfile.mkdtemp(prefix="ohc-kill-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


def run_and_kill(directory: Path, seed: int, after_seconds: float) -> list[str]:
    """Let it work for a while, then kill every process of it at once; what it acknowledged."""
    running = subprocess.Popen(
        [sys.executable, UNATTENDED, directory, str(seed)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(UNATTENDED.parent)},
        start_new_session=True,
    )
    lines = [running.stdout.readline()]  # ready
    while not lines[-1].startswith("shown"):
        lines.append(running.stdout.readline())
        assert lines[-1], "it ended by itself"
    time.sleep(after_seconds)
    below = subprocess.run(
        ["pgrep", "-f", str(directory)], capture_output=True, text=True, check=False
    )
    for process in [running.pid, *map(int, below.stdout.split())]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    rest, _ = running.communicate(timeout=30)
    told = [*lines, *rest.splitlines()]
    return [line.strip() for line in told if line.startswith(("filed", "shown"))]


async def test_nothing_acknowledged_is_lost_and_nothing_shown_is_unlogged(directory):
    chance = random.Random(20261122)
    acknowledged: list[str] = []
    for kill in range(KILLS):
        acknowledged += run_and_kill(directory, kill, chance.uniform(0.1, 1.5))
    assert len(acknowledged) > KILLS * 2

    async with await embedded.start(directory / "pg") as server:
        owner = await asyncpg.connect(server.owner_url)
        entries = {
            (str(row["resident_id"]), str(row["entry_id"]))
            for row in await owner.fetch("SELECT resident_id, entry_id FROM record.entry")
        }
        events = {
            (str(row["resident_id"]), str(row["number"]))
            for row in await owner.fetch(
                "SELECT resident_id, number FROM audit.event WHERE action = 'record.disclose'"
            )
        }
        await owner.close()
        for line in acknowledged:
            kind, resident, what = line.split()
            assert (resident, what) in (entries if kind == "filed" else events), line

        pool = await open_pool(server.url)
        keys = Keys.open(directory / "keys")
        signer = keys.checkpoint_signer(unattended.ORIGIN)
        sequencer = audit.Sequencer(pool, directory / "log", signer)
        while await sequencer.sequence():
            pass
        report = await audit.verify(
            pool, directory / "log", NoteVerifier(signer.verifier_key), keys=keys
        )
        assert report.findings == ()
        await pool.close()
