"""`ohc upgrade`: real processes of this release are replaced by those of a later one, under load.

The later release is this one with a change such as releases have: a column is added before, the code asks
for it, and the column it takes the place of goes after.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import site
import subprocess
import sys
import venv
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx
import pytest

import openhealthcode
import systems
import visits
from openhealthcode.database import open_pool, stamp
from openhealthcode.database.migrate import newest
from openhealthcode.trust import Keys
from ports import free_port

SITE = "https://region.test"
OHC = Path(sys.executable).with_name("ohc")
BEFORE = """
ALTER TABLE ohc.installation ADD COLUMN kind text;

UPDATE ohc.installation SET kind = mode;
"""
AFTER = """
ALTER TABLE ohc.installation DROP COLUMN mode;
"""
FAR = 9000


@dataclass
class Served:
    """A production installation that answers, and what its callers met."""

    port: int
    environment: dict[str, str]
    owner_url: str
    token: str = field(repr=False)
    patient: str
    place: str
    parent: subprocess.Popen = field(repr=False)
    answered: int = 0
    failures: list[str] = field(default_factory=list)

    async def call(self, client: httpx.AsyncClient, turn: int) -> None:
        """Read a result or file one; whatever is not done is a failure."""
        headers = {"Authorization": f"Bearer {self.token}", "X-Forwarded-Proto": "https"}
        try:
            if turn % 4:
                answer = await client.get(f"/fhir/Observation/{self.place}", headers=headers)
            else:
                result = visits.glucose("2026-03-01", 4 + turn % 300 / 100)
                result["subject"] = {"reference": f"Patient/{self.patient}"}
                answer = await client.post("/fhir/Observation", json=result, headers=headers)
        except httpx.HTTPError as error:
            self.failures.append(repr(error))
            return
        self.answered += 1
        if answer.status_code not in {200, 201}:
            self.failures.append(f"{answer.status_code} {answer.text}")

    async def load(self, *, keeps: bool) -> None:
        """One caller after the other without end, on one connection or each on a new one."""
        limits = httpx.Limits(max_keepalive_connections=10 if keeps else 0)
        address = f"http://127.0.0.1:{self.port}"
        async with httpx.AsyncClient(base_url=address, limits=limits, timeout=300) as client:
            for turn in range(10**9):
                await self.call(client, turn)

    def command(self, release: Path, verb: str) -> subprocess.CompletedProcess[str]:
        """Run a release's own `ohc`."""
        program = "from openhealthcode.cli import main; main()"
        ohc = [release / "bin" / "python", "-c", program, verb]
        told = {"env": self.environment, "capture_output": True, "text": True}
        return subprocess.run(ohc, timeout=900, check=False, **told)

    def upgrade(self, release: Path) -> asyncio.Task:
        return asyncio.create_task(asyncio.to_thread(self.command, release, "upgrade"))

    def told(self) -> dict[str, object]:
        """What the service tells other commands of its machine."""
        path = Path(self.environment["OHC_DATA_DIRECTORY"]) / f"serving-{self.port}.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def parents_told(self) -> set[object]:
        return {self.told().get("pid")}

    async def columns(self) -> set[str]:
        owner = await asyncpg.connect(self.owner_url)
        found = await owner.fetch(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = 'ohc' AND table_name = 'installation'"
        )
        await owner.close()
        return {row["column_name"] for row in found}

    async def releases(self) -> set[str]:
        owner = await asyncpg.connect(self.owner_url)
        found = await owner.fetch(
            "SELECT DISTINCT application_name FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name LIKE 'openhealthcode %'"
        )
        await owner.close()
        return {row["application_name"].split()[1] for row in found}


@pytest.fixture
async def served(database, tmp_path):
    """This release, serving with two processes."""
    await stamp(database.owner_url, "production")
    data = tmp_path / "data"
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("OHC_")},
        "OHC_DATA_DIRECTORY": str(data),
        "OHC_DATABASE_URL": database.url,
        "OHC_DATABASE_OWNER_URL": database.owner_url,
        "OHC_DATABASE_CONNECTIONS": "4",
        "OHC_PORT": str(port),
        "OHC_PUBLIC_URL": SITE,
        "OHC_TRUSTED_PROXIES": "127.0.0.1",
        "OHC_WORKERS": "2",
        "OHC_LOG_LEVEL": "warning",
    }
    pool, keys = await open_pool(database.url, size=2), Keys.open(data / "keys")
    world = await visits.world(pool, keys)
    resident = await world.resident(visits.glucose("2026-02-01"), serial=3)
    his = await systems.connect(world, world.hospital)
    await pool.close()
    owner = await asyncpg.connect(database.owner_url)
    entry = await owner.fetchval("SELECT entry_id FROM record.entry WHERE type = 'Observation'")
    await owner.close()
    names = [keys.seal_id(resident, one) for one in (resident, entry)]
    keys.close()
    said = (tmp_path / "service.log").open("wb")
    parent = subprocess.Popen([OHC, "serve"], env=environment, stdout=said, stderr=said)
    try:
        token = await token_of(his, port, parent)
        yield Served(port, environment, database.owner_url, token, *names, parent)
        if parent.poll() is None:
            parent.terminate()
            assert await asyncio.to_thread(parent.wait, 60) == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            parent.kill()
        parent.wait()
        said.close()


async def token_of(his: systems.HospitalSystem, port: int, parent: subprocess.Popen) -> str:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        while True:
            assert parent.poll() is None, "the service did not start"
            with contextlib.suppress(httpx.TransportError):
                form = his.form(aud=f"{SITE}/oauth/token")
                headers = {"X-Forwarded-Proto": "https"}
                answer = await client.post("/oauth/token", data=form, headers=headers)
                assert answer.status_code == 200, answer.text
                return answer.json()["access_token"]
            await asyncio.sleep(0.2)


@pytest.fixture
def later(tmp_path):
    """A later release, installed in an environment of its own."""
    release, source = tmp_path / "later", tmp_path / "source" / "openhealthcode"
    shutil.copytree(
        Path(openhealthcode.__file__).parent, source, ignore=shutil.ignore_patterns("__pycache__")
    )
    add_migration(source, FAR, "a_kind_before", BEFORE)
    add_migration(source, FAR + 1, "no_mode_after", AFTER)
    for domain in ("database", "operations"):
        queries = source / domain / "queries.sql"
        text = queries.read_text("utf-8")
        assert "SELECT mode, installation_id" in text
        changed = text.replace(
            "SELECT mode, installation_id", "SELECT kind AS mode, installation_id"
        )
        queries.write_text(changed, "utf-8")
    venv.create(release, with_pip=False, symlinks=True)
    (packages,) = release.glob("lib/python*/site-packages")
    (packages / "later.pth").write_text("\n".join([str(source.parent), *site.getsitepackages()]))
    return release


def source_of(release: Path) -> Path:
    return release.parent / "source" / "openhealthcode"


def add_migration(source: Path, number: int, name: str, text: str) -> None:
    (source / "database" / "migrations" / f"{number}_{name}.sql").write_text(text, "utf-8")


async def test_a_release_is_replaced_under_load_without_a_failed_request(served, later):
    loads = [asyncio.create_task(served.load(keeps=number % 2 == 0)) for number in range(4)]
    try:
        await asyncio.sleep(0.5)
        assert await served.releases() == {newest()}
        done = await served.upgrade(later)
        before = served.answered
        await asyncio.sleep(0.5)
    finally:
        for load in loads:
            load.cancel()
        await asyncio.gather(*loads, return_exceptions=True)
    assert served.failures == [], done.stdout + done.stderr
    assert done.returncode == 0, done.stdout + done.stderr
    assert served.answered > before > 20
    assert await served.releases() == {str(FAR + 1)}, done.stdout
    assert "kind" in await served.columns()
    assert "mode" not in await served.columns()


async def test_a_release_that_does_not_come_up_changes_nothing_for_anybody(served, later):
    broken = source_of(later) / "app.py"
    broken.write_text("raise RuntimeError('not this one')\n" + broken.read_text("utf-8"), "utf-8")
    done = await served.upgrade(later)
    assert done.returncode == 1
    assert "the one before goes on" in done.stderr.replace("\n", " ")
    assert await served.releases() == {newest()}
    assert {"kind", "mode"} <= await served.columns(), "what this release needs is still there"
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}", timeout=60) as client:
        for turn in range(8):
            await served.call(client, turn)
    assert served.failures == []


async def test_what_was_not_finished_is_finished_first(served, later):
    add_migration(source_of(later), FAR + 2, "one_more_before", "SELECT 1;\n")
    done = await served.upgrade(later)
    assert done.returncode == 1
    assert "more than one release behind" in done.stderr.replace("\n", " ")
    assert "kind" not in await served.columns()
    assert await served.releases() == {newest()}


async def test_an_older_release_elsewhere_keeps_what_it_needs(served, later):
    elsewhere = await open_pool(served.environment["OHC_DATABASE_URL"], size=1)
    try:
        wanted = served.upgrade(later)
        while str(FAR + 1) not in await served.releases():
            assert not wanted.done()
            await asyncio.sleep(0.2)
        assert {"kind", "mode"} <= await served.columns()
        told = await asyncio.to_thread(served.command, later, "doctor")
        assert "is connected: run `ohc upgrade`" in " ".join(told.stdout.split())
    finally:
        await elsewhere.close()
    done = await wanted
    assert done.returncode == 0, done.stdout + done.stderr
    assert "mode" not in await served.columns()


async def test_processes_end_with_their_parent_and_the_next_takes_the_port(served, tmp_path):
    served.parent.kill()
    with (tmp_path / "again.log").open("wb") as said:
        again = subprocess.Popen([OHC, "serve"], env=served.environment, stdout=said, stderr=said)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client:
            for turn in range(3000):
                assert again.poll() is None, (tmp_path / "again.log").read_text()
                served.failures.clear()
                if served.parents_told() == {again.pid}:
                    await served.call(client, turn)
                    break
                await asyncio.sleep(0.1)
        assert served.failures == []
        assert served.answered == 1
    finally:
        again.terminate()
        assert await asyncio.to_thread(again.wait, 60) == 0


async def test_hup_replaces_the_processes_by_fresh_ones(served):
    while len(served.told().get("answering", ())) != 2:  # answered before the parent told of it
        assert served.parent.poll() is None
        await asyncio.sleep(0.05)
    before = served.told()
    os.kill(served.parent.pid, signal.SIGHUP)
    while served.told().get("replaced") != 1 or served.told()["leaving"]:
        assert served.parent.poll() is None
        await asyncio.sleep(0.1)
    after = served.told()
    assert not set(before["answering"]) & set(after["answering"])
    assert len(after["answering"]) == len(before["answering"]) == 2
    assert after["problem"] == ""
