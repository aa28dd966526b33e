"""Load files of FHIR R4 transaction Bundles made by others, one resident a file.

A file is filed whole or not at all, and filing it again changes nothing: an interrupted load is
resumed by loading again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from openhealthcode.collection.file import file_bundle
from openhealthcode.collection.model import (
    BundleMalformed,
    Done,
    FiledBundle,
    Resource,
    Source,
    Weigh,
)
from openhealthcode.database import Pool
from openhealthcode.record import parse
from openhealthcode.standards import Conflict, HealthCodeError, TooLarge
from openhealthcode.trust import Keys

LARGEST_FILE_BYTES: Final = 256 * 2**20
_TRIES: Final = 5
_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """What became of one file: its counts, or why nothing of it was filed.

    Args:
        error_code: the stable code of the rule that failed; empty when all went well.
        error: the sentence for it; never a value out of the file.
    """

    path: Path
    counts: Counter[Done] = field(default_factory=Counter)
    is_new_resident: bool = False
    error_code: str = ""
    error: str = ""


def files_in(paths: Iterable[Path]) -> list[Path]:
    """The files meant: those named, and every ``.json`` below the folders named, in order.

    Raises:
        FileNotFoundError: a path does not exist.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(each for each in path.rglob("*.json") if each.is_file())
        elif path.exists():
            found.append(path)
        else:
            raise FileNotFoundError(path)
    return found


async def load(
    pool: Pool, keys: Keys, paths: Iterable[Path], source: Source
) -> AsyncIterator[LoadedFile]:
    """File each file, a few at once, and tell of each as it is done; a bad one stops no other."""
    waiting = list(reversed(list(paths)))
    running: set[asyncio.Task[LoadedFile]] = set()
    try:
        while waiting or running:
            while waiting and len(running) < _AT_ONCE:
                running.add(asyncio.create_task(load_file(pool, keys, waiting.pop(), source)))
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()
    finally:
        for task in running:
            task.cancel()


async def load_file(pool: Pool, keys: Keys, path: Path, source: Source) -> LoadedFile:
    """File one file; an expected failure is its result, anything else rises."""
    try:
        filed = await file_patiently(pool, keys, _read(path), source)
    except HealthCodeError as error:
        return LoadedFile(path, error_code=error.code, error=str(error))
    return LoadedFile(path, Counter(entry.done for entry in filed.entries), filed.is_new_resident)


async def file_patiently(
    pool: Pool, keys: Keys, bundle: Resource, source: Source, weigh: Weigh | None = None
) -> FiledBundle:
    """``file_bundle``, again when somebody else was filing for the same resident.

    Raises:
        HealthCodeError: as ``file_bundle``; a conflict only after five tries.
    """
    for _ in range(_TRIES - 1):
        try:
            return await file_bundle(pool, keys, bundle=bundle, source=source, weigh=weigh)
        except Conflict:
            await asyncio.sleep(0)
    return await file_bundle(pool, keys, bundle=bundle, source=source, weigh=weigh)


def _read(path: Path) -> Resource:
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise TooLarge
        return parse(path.read_bytes(), largest_bytes=LARGEST_FILE_BYTES)
    except OSError:
        raise BundleMalformed("the file cannot be read") from None
