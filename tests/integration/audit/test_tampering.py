"""Randomised tampering with the log behind the service's back: every one is found, none is invented.

Each trial alters a whole and honest log in one of nine ways, at a random place, with a random degree of
covering up, and asks the check. ``make tamper`` runs ten thousand; here are a few of each kind.
"""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from openhealthcode.audit.verify import verify
from openhealthcode.transparency import Checkpoint, Frontier, LogFolder, canonical, commitment

ORIGIN = "region.example/log"
TRIALS = int(os.environ.get("OHC_TEST_TRIALS", "54"))
TABLES = ("chain", "event", "pending", "leaf")
TEXTS = ("action", "outcome", "purpose", "scene", "agent_kind")


class Trials:
    """A log that is altered, checked and put back."""

    def __init__(self, region, owner, folder, seed):
        self.region, self.owner, self.folder = region, owner, folder
        self.random = random.Random(seed)
        self.heads = []

    async def prepare(self):
        """Six residents, ten passes of the sequencer, a head kept after each, an old copy of files."""
        residents = [await self.region.register() for _ in range(6)]
        for passes in range(10):
            for resident in self.random.sample(residents, 4):
                await self.region.log(resident, self.random.randint(1, 3))
            await self.region.sequencer.sequence()
            self.heads.append(self.region.head)
            if passes == 6:
                shutil.copytree(self.region.folder, self.folder / "old")
        for resident in residents:
            await self.region.log(resident)
        await self.region.sequencer.sequence()
        self.heads.append(self.region.head)
        shutil.copytree(self.region.folder, self.folder / "whole")
        for table in TABLES:
            await self.owner.execute(f"CREATE TABLE public.{table} AS TABLE audit.{table}")
        self.rows = await self.owner.fetch(
            "SELECT * FROM public.event ORDER BY resident_id, number"
        )
        self.residents = sorted({row["resident_id"] for row in self.rows})

    async def put_back(self):
        tables = ", ".join(f"audit.{table}" for table in TABLES)
        await self.owner.execute(f"TRUNCATE {tables}")
        for table in TABLES:
            await self.owner.execute(f"INSERT INTO audit.{table} SELECT * FROM public.{table}")
        self.files("whole")

    def files(self, name):
        shutil.rmtree(self.region.folder)
        shutil.copytree(self.folder / name, self.region.folder)

    async def findings(self):
        """The check as an auditor runs it who kept some of the heads, always the newest."""
        keys = self.region.keys
        kept = [*self.random.sample(self.heads[:-1], 2), self.heads[-1]]
        verifier = keys.checkpoint_verifier(ORIGIN)
        report = await verify(self.region.pool, self.region.folder, verifier, keys=keys, kept=kept)
        return report.findings

    def some(self):
        return self.random.choice(self.rows)

    async def edit(self):
        """One column of one event; sometimes with the commitment made to fit."""
        row = dict(self.some())
        column = self.random.choice(
            [*TEXTS, "agent_id", "institution_id", "detail", "salt", "commitment", "link"]
        )
        if column in TEXTS:
            row[column] = f"x{self.random.randrange(10**6)}"
        elif column.endswith("_id"):
            row[column] = uuid4()
        else:
            row[column] = self.flipped(row[column])
        await self.rewrite(row, fitting=self.random.random() < 0.5 and column != "commitment")

    async def backdate(self):
        """Another time, nearly always with the commitment made to fit."""
        row = dict(self.some())
        row["recorded_at"] -= timedelta(seconds=self.random.choice([1, 3_600, 86_400 * 40]))
        await self.rewrite(row, fitting=self.random.random() < 0.9)

    async def delete(self):
        """One event; sometimes its leaf too, or the later ones moved up."""
        row = self.some()
        only = (row["resident_id"], row["number"])
        await self.owner.execute(
            "DELETE FROM audit.event WHERE resident_id = $1 AND number = $2", *only
        )
        covered = self.random.random() < 0.7
        if covered:
            await self.owner.execute(
                "DELETE FROM audit.leaf WHERE resident_id = $1 AND number = $2", *only
            )
        if covered and self.random.random() < 0.5:
            await self.close_up(*only)

    async def close_up(self, resident, number):
        for table in ("event", "leaf"):
            for sign in ("-", ""):  # two steps: a primary key is checked row by row
                value = "-number" if sign else "-number - 1"
                where = "number > $2" if sign else "number < 0 AND $2 > 0"
                await self.owner.execute(
                    f"UPDATE audit.{table} SET number = {value} WHERE resident_id = $1 AND {where}",
                    resident,
                    number,
                )
        await self.fit_chain(resident)

    async def insert(self):
        """An event that never was, at the end of a chain that is made to fit."""
        row = dict(self.random.choice([one for one in self.rows if one["number"] > 1]))
        ends = max(one["number"] for one in self.rows if one["resident_id"] == row["resident_id"])
        row |= {"number": ends + 1, "agent_id": uuid4(), "link": self.random.randbytes(32)}
        row["commitment"] = self.committed(row)
        names = ", ".join(row)
        places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
        await self.owner.execute(
            f"INSERT INTO audit.event ({names}) VALUES ({places})", *row.values()
        )
        if self.random.random() < 0.5:
            await self.owner.execute(
                "INSERT INTO audit.leaf SELECT resident_id, $2, leaf_index FROM audit.leaf"
                " WHERE resident_id = $1 AND number = $3",
                row["resident_id"], ends + 1, ends,
            )  # fmt: skip
        await self.fit_chain(row["resident_id"])

    async def reorder(self):
        """Two events of one resident in each other's place; sometimes their leaves too."""
        row = self.some()
        others = [
            one["number"]
            for one in self.rows
            if one["resident_id"] == row["resident_id"] and one["number"] != row["number"]
        ]
        pair = (row["number"], self.random.choice(others))
        tables = ("event", "leaf") if self.random.random() < 0.5 else ("event",)
        for table in tables:
            for old, new in ((pair[0], -1), (pair[1], pair[0]), (-1, pair[1])):
                await self.owner.execute(
                    f"UPDATE audit.{table} SET number = $3 WHERE resident_id = $1 AND number = $2",
                    row["resident_id"], old, new,
                )  # fmt: skip
        await self.fit_chain(row["resident_id"])

    async def truncate(self):
        """The last events of a resident, with every trace in the database."""
        resident = self.random.choice(self.residents)
        numbers = [row["number"] for row in self.rows if row["resident_id"] == resident]
        cut = self.random.randint(1, len(numbers) - 1)
        for table in ("event", "leaf", "pending"):
            await self.owner.execute(
                f"DELETE FROM audit.{table} WHERE resident_id = $1 AND number > $2",
                resident,
                max(numbers) - cut,
            )
        await self.fit_chain(resident)

    async def roll_back(self):
        """Database, files, or both, as they were earlier."""
        which = self.random.choice(["database", "files", "both"])
        if which != "database":
            self.files("old")
        if which == "files":
            return
        size = int(self.heads[6].split("\n")[1])
        await self.owner.execute(
            "DELETE FROM audit.event e USING audit.leaf l WHERE l.resident_id = e.resident_id"
            " AND l.number = e.number AND l.leaf_index >= $1",
            size,
        )
        await self.owner.execute("DELETE FROM audit.leaf WHERE leaf_index >= $1", size)
        await self.owner.execute(
            "DELETE FROM audit.chain WHERE resident_id NOT IN (SELECT resident_id FROM audit.event)"
        )
        for resident in self.residents:
            await self.fit_chain(resident)

    async def fork(self):
        """The same size, other entries, signed by who holds the log's key; database made to fit."""
        files = LogFolder(self.region.folder)
        size = int(self.heads[-1].split("\n")[1])
        entries = files.commitments(0, size)
        place = self.random.randrange(size)
        if self.random.random() < 0.5:
            entries[place] = self.random.randbytes(32)
        else:
            other = self.random.choice([n for n in range(size) if n != place])
            entries[place], entries[other] = entries[other], entries[place]
            await self.owner.execute(
                "UPDATE audit.leaf SET leaf_index = CASE leaf_index WHEN $1 THEN $2 ELSE $1 END"
                " WHERE leaf_index IN ($1, $2)",
                place,
                other,
            )
        shutil.rmtree(self.region.folder)
        grown = LogFolder(self.region.folder).grow(Frontier(), entries)
        signer = self.region.keys.checkpoint_signer(ORIGIN)
        note = Checkpoint(ORIGIN, grown.size, grown.root()).signed(signer)
        LogFolder(self.region.folder).publish(note)

    async def omit(self):
        """A resident who never was: every row of theirs, in every table."""
        resident = self.random.choice(self.residents)
        for table in TABLES:
            await self.owner.execute(f"DELETE FROM audit.{table} WHERE resident_id = $1", resident)

    async def rewrite(self, row, *, fitting):
        if fitting:
            row["commitment"] = self.committed(row)
        names = [name for name in row if name not in {"resident_id", "number"}]
        sets = ", ".join(f"{name} = ${n}" for n, name in enumerate(names, 3))
        await self.owner.execute(
            f"UPDATE audit.event SET {sets} WHERE resident_id = $1 AND number = $2",
            row["resident_id"], row["number"], *(row[name] for name in names),
        )  # fmt: skip

    async def fit_chain(self, resident):
        await self.owner.execute(
            "UPDATE audit.chain c SET next_number = e.number + 1, head = e.link FROM audit.event e"
            " WHERE c.resident_id = $1 AND e.resident_id = $1 AND e.number ="
            " (SELECT max(number) FROM audit.event WHERE resident_id = $1)",
            resident,
        )

    def committed(self, row):
        event = canonical(
            row["resident_id"], row["number"], row["recorded_at"],
            tuple(row[name] for name in TEXTS),
            row["agent_id"], row["institution_id"], row["detail"],
        )  # fmt: skip
        return commitment(row["salt"], event)

    def flipped(self, data):
        changed = bytearray(data)
        changed[self.random.randrange(len(changed))] ^= 1 << self.random.randrange(8)
        return bytes(changed)


KINDS = (
    "edit", "delete", "insert", "reorder", "truncate", "fork", "roll_back", "backdate", "omit",
)  # fmt: skip


@pytest.fixture
async def owner(owner_url):
    """An intruder who is superuser of the database."""
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


@pytest.mark.parametrize("seed", [int(os.environ.get("OHC_TEST_SEED", "7"))])
async def test_every_tampering_is_found_and_none_invented(region, tmp_path, owner, seed):
    trials = Trials(region, owner, tmp_path, seed)
    await trials.prepare()
    found, missed, false_alarms, kinds = Counter(), [], 0, Counter()
    for nth in range(TRIALS):
        kind = KINDS[nth % len(KINDS)]
        if nth % 10 == 0:
            false_alarms += bool(await trials.findings())
        await getattr(trials, kind)()
        findings = await trials.findings()
        found[kind] += bool(findings)
        kinds.update({one.kind.value for one in findings})
        if not findings:
            missed.append((nth, kind))
        await trials.put_back()
    false_alarms += bool(await trials.findings())
    print(f"\n{sum(found.values())} of {TRIALS} found, {false_alarms} false alarms")
    print("by kind:", dict(found), "named as:", dict(kinds))
    assert missed == []
    assert false_alarms == 0
    assert set(found) == set(KINDS[:TRIALS])
