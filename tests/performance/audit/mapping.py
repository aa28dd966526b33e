"""What a daily map of a million residents costs: the file and its proofs, beside hashing the leaves alone."""

from __future__ import annotations

import hashlib
import resource
import tempfile
from collections.abc import Iterator
from datetime import date
from itertools import cycle
from pathlib import Path
from time import process_time
from typing import NamedTuple
from uuid import UUID

from measure import Figure, per_call_us

from openhealthcode.audit.map_file import MapFile, MapWriter
from openhealthcode.transparency import is_mapped, map_index, map_leaf, map_path, map_root

RESIDENTS, FULL = 1_000_000, 10_000_000
PROOFS = 200
_DAY = date(2026, 3, 1)


class _Made(NamedTuple):
    """What making one map took."""

    seconds: float
    floor: float
    grown_mb: float


def measure(*, is_full: bool) -> Iterator[Figure]:
    count = FULL if is_full else RESIDENTS
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "map"
        made = _made(path, count)
        yield Figure(
            "daily_map",
            round(made.seconds, 2),
            "s",
            baseline=round(made.floor, 2),
            baseline_is="two SHA-256 for each resident, nothing else",
            cpu_us=made.seconds * 1e6 / count,
            notes={
                "residents": count,
                "memory_grown_mb": round(made.grown_mb, 1),
                "file_mb": round(path.stat().st_size / 1e6, 1),
            },
        )
        yield _proof(path, count)


def _made(path: Path, count: int) -> _Made:
    before = _memory_mb()
    began = process_time()
    writer = MapWriter(path)
    for number in range(count):
        writer.add(_index(number), number % 100 + 1)
    for _ in writer.steps():
        pass
    seconds = process_time() - began
    grown = _memory_mb() - before
    began = process_time()
    for number in range(count):
        hashlib.sha256(hashlib.sha256(number.to_bytes(57)).digest() + bytes(9)).digest()
    return _Made(seconds, process_time() - began, grown)


def _proof(path: Path, count: int) -> Figure:
    numbers = cycle(range(0, count, count // PROOFS))
    with MapFile(path) as made:
        for number in range(0, count, count // 10):
            proven = made.prove(_index(number))
            assert proven is not None
            assert is_mapped(_index(number), *proven, made.root)
        taken = per_call_us(lambda: made.prove(_index(next(numbers))), calls=PROOFS)
    leaves = [(int.from_bytes(_index(number)), number) for number in range(200)]
    keys = sorted(key for key, _ in leaves)
    hashes = [map_leaf(key.to_bytes(32), 1) for key in keys]
    floor = per_call_us(lambda: map_path(keys, hashes, keys[100]), calls=PROOFS)
    assert map_root(keys, hashes)
    return Figure(
        "daily_map_proof",
        round(taken / 1000, 3),
        "ms",
        baseline=round(floor / 1000, 3),
        baseline_is="the path among two hundred leaves in memory",
        cpu_us=taken,
        notes={"residents": count},
    )


def _index(number: int) -> bytes:
    return map_index(number.to_bytes(16), UUID(int=number), _DAY)


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
