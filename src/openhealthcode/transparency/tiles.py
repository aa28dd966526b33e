"""The log as files that any web server can publish and any client can check.

    checkpoint                     the newest signed head
    checkpoint.witnessed           the newest that enough witnesses cosigned, if there are any
    tile/entries/<N>[.p/<W>]       commitments, each with its length (32) in two bytes before it
    tile/<L>/<N>[.p/<W>]           hashes of tile level L, 32 bytes each

N is written in groups of three digits, all but the last with an ``x`` before: ``x001/x234/067``.
A full tile holds 256; a ragged one says in its name how many. Entries are the truth: hashes are
made from them, and only what a checkpoint covers has been promised to anybody.

Source: c2sp.org/tlog-tiles.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from openhealthcode.transparency.frontier import TILE_WIDTH, Frontier, Tile
from openhealthcode.transparency.merkle import Subtree, leaf_hash, perfect_root
from openhealthcode.transparency.model import LogDamaged

HASH_BYTES: Final = 32
_LENGTH: Final = HASH_BYTES.to_bytes(2)
_ENTRY_BYTES: Final = len(_LENGTH) + HASH_BYTES
_ENTRIES: Final = "entries"
_CHECKPOINT: Final = "checkpoint"
_WITNESSED: Final = "checkpoint.witnessed"


def tile_path(level: int | str, index: int, width: int = TILE_WIDTH) -> str:
    """Where a tile lies below the log's folder.

    Args:
        level: tile level, or ``entries``.
        index: counted from the left, from 0.
        width: how many hashes it holds, 1-256.
    """
    digits = f"{index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return f"tile/{level}/{name}" + ("" if width == TILE_WIDTH else f".p/{width}")


class LogFolder:
    """Reads and writes one log's files. One writer at a time; any number of readers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def checkpoint(self) -> str | None:
        """The signed head as published, or None before the first."""
        try:
            return (self.folder / _CHECKPOINT).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def publish(self, note: str) -> None:
        """Replace the signed head, durably and at once."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write({_CHECKPOINT: note.encode()})

    def witnessed(self) -> str | None:
        """The newest head that enough witnesses cosigned, or None before the first."""
        try:
            return (self.folder / _WITNESSED).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def publish_witnessed(self, note: str) -> None:
        """Replace the cosigned head, durably and at once."""
        self._write({_WITNESSED: note.encode()})

    def grow(self, frontier: Frontier, commitments: Sequence[bytes]) -> Frontier:
        """Add commitments after the tree that ``frontier`` is the edge of; durable on return.

        Entries are in place before any hash tile of theirs.

        Raises:
            ValueError: a commitment does not have 32 bytes; nothing was written.
        """
        if any(len(commitment) != HASH_BYTES for commitment in commitments):
            raise ValueError("a commitment has 32 bytes")
        self._write(self._entry_tiles(frontier.size, commitments))
        grown, filled = frontier.grown(map(leaf_hash, commitments))
        unchanged = set(frontier.ragged())
        self._write(
            {
                tile_path(tile.level, tile.number, len(tile.hashes)): b"".join(tile.hashes)
                for tile in [*filled, *grown.ragged()]
                if tile not in unchanged
            }
        )
        return grown

    def forget_ragged(self, before: Frontier, after: Frontier) -> None:
        """Remove the ragged forms of tiles that have become full; clients then use the full one."""
        level = 0
        while full := after.size >> 8 * (level + 1):
            for index in range(before.size >> 8 * (level + 1), full):
                for kind in (_ENTRIES, level) if level == 0 else (level,):
                    ragged = (self.folder / tile_path(kind, index, 1)).parent
                    shutil.rmtree(ragged, ignore_errors=True)
            level += 1

    def entries_size(self, at_least: int) -> int:
        """How many commitments lie here without a gap, known to be at least so many.

        Raises:
            LogDamaged: there are fewer.
        """
        index = at_least // TILE_WIDTH
        while (self.folder / tile_path(_ENTRIES, index)).exists():
            index += 1
        widths = (self.folder / tile_path(_ENTRIES, index, 1)).parent
        found = [int(path.name) for path in _listed(widths) if path.name.isdigit()]
        size = index * TILE_WIDTH + max(found, default=0)
        if size < at_least:
            raise LogDamaged("entries that a checkpoint promised are missing")
        return size

    def commitments(self, start: int, end: int) -> list[bytes]:
        """The commitments from leaf ``start`` to before leaf ``end``, a size the log has had.

        Raises:
            LogDamaged: a tile is missing or malformed.
        """
        found: list[bytes] = []
        for index in range(start // TILE_WIDTH, -(-end // TILE_WIDTH)):
            first = index * TILE_WIDTH
            width = min(end - first, TILE_WIDTH)
            tile = self._read_at_least(_ENTRIES, index, width, _ENTRY_BYTES)
            for place in range(max(start - first, 0), width):
                entry = tile[place * _ENTRY_BYTES : (place + 1) * _ENTRY_BYTES]
                if entry[: len(_LENGTH)] != _LENGTH:
                    raise LogDamaged("an entry does not have 32 bytes")
                found.append(entry[len(_LENGTH) :])
        return found

    def frontier(self, size: int) -> Frontier:
        """The edge of the tree of this size, from its hash tiles.

        Raises:
            LogDamaged: a tile is missing.
        """
        rows = []
        level = 0
        while size >> 8 * level:
            count = size >> 8 * level
            rows.append(self._hashes(level, count // TILE_WIDTH, count % TILE_WIDTH))
            level += 1
        return Frontier(size, rows)

    def subtrees(self, size: int) -> Subtree:
        """The hashes of perfect subtrees in the tree of this size, for proofs; reads a tile once."""

        @cache
        def hashes(level: int, tile: int) -> list[bytes]:
            width = min((size >> 8 * level) - tile * TILE_WIDTH, TILE_WIDTH)
            return self._hashes(level, tile, width)

        @cache
        def subtree(level: int, index: int) -> bytes:
            tile_level, inner = divmod(level, 8)
            tile, place = divmod(index << inner, TILE_WIDTH)
            return perfect_root(hashes(tile_level, tile)[place : place + (1 << inner)])

        return subtree

    def is_tile(self, tile: Tile) -> bool:
        """Whether the file of this tile holds exactly these hashes."""
        try:
            found = self._read_at_least(tile.level, tile.number, len(tile.hashes), HASH_BYTES)
        except LogDamaged:
            return False
        return found[: len(tile.hashes) * HASH_BYTES] == b"".join(tile.hashes)

    def _hashes(self, level: int, index: int, width: int) -> list[bytes]:
        if not width:
            return []
        tile = self._read_at_least(level, index, width, HASH_BYTES)
        return [
            tile[start : start + HASH_BYTES] for start in range(0, width * HASH_BYTES, HASH_BYTES)
        ]

    def _read_at_least(self, level: int | str, index: int, width: int, item_bytes: int) -> bytes:
        """A tile's bytes: the one of this width, else the full one."""
        for candidate in (width, TILE_WIDTH):
            try:
                tile = (self.folder / tile_path(level, index, candidate)).read_bytes()
            except FileNotFoundError:
                continue
            if len(tile) != candidate * item_bytes:
                raise LogDamaged("a tile does not have the size its name says")
            return tile
        raise LogDamaged("a tile is missing")

    def _entry_tiles(self, size: int, commitments: Sequence[bytes]) -> dict[str, bytes]:
        first = size - size % TILE_WIDTH
        entries = [*self.commitments(first, size), *commitments]
        tiles = {}
        for start in range(0, len(entries), TILE_WIDTH):
            part = entries[start : start + TILE_WIDTH]
            path = tile_path(_ENTRIES, (first + start) // TILE_WIDTH, len(part))
            tiles[path] = b"".join(_LENGTH + entry for entry in part)
        return tiles

    def _write(self, files: dict[str, bytes]) -> None:
        """Write whole files: first all on the disk under other names, then renamed, then listed."""
        drafts = []
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name}.draft")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            drafts.append((draft, path))
        for draft, path in drafts:
            draft.replace(path)
        self._sync_folders({path.parent for _, path in drafts})

    def _sync_folders(self, changed: Iterable[Path]) -> None:
        """Make names durable, also those of folders that are new."""
        folders = {folder for path in changed for folder in (path, *path.parents)}
        for folder in folders:
            if folder.is_relative_to(self.folder):
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)


def _listed(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
