"""The log's files grow without ever changing what was written, and say so when they are damaged."""

from __future__ import annotations

import hashlib
import os

import pytest

from openhealthcode.transparency import LogDamaged
from openhealthcode.transparency.frontier import Frontier, Tile
from openhealthcode.transparency.merkle import leaf_hash, root
from openhealthcode.transparency.tiles import LogFolder


def entries(start, end):
    return [hashlib.sha256(number.to_bytes(4)).digest() for number in range(start, end)]


@pytest.fixture
def folder(tmp_path):
    return LogFolder(tmp_path / "log")


def test_what_was_added_is_read_back_whatever_the_steps(folder):
    edge = Frontier()
    for size in (1, 2, 255, 256, 257, 600):
        edge = folder.grow(edge, entries(edge.size, size))
        assert folder.commitments(0, size) == entries(0, size)
        assert folder.entries_size(0) == size
    assert folder.commitments(250, 512) == entries(250, 512)
    assert folder.commitments(256, 256) == []


@pytest.mark.parametrize("size", [0, 31, 33])
def test_what_is_no_commitment_is_not_written(folder, size):
    with pytest.raises(ValueError, match="32 bytes"):
        folder.grow(Frontier(), [*entries(0, 2), bytes(size)])
    assert not folder.folder.exists()


def test_the_edge_read_back_is_the_edge_that_was_written(folder):
    edge = Frontier()
    for size in (3, 256, 511, 512, 700):
        edge = folder.grow(edge, entries(edge.size, size))
        again = folder.frontier(size)
        assert again.root() == edge.root()
        assert list(again.ragged()) == list(edge.ragged())


def test_a_full_tile_is_written_once_and_for_all(folder):
    edge = folder.grow(Frontier(), entries(0, 256))
    full = folder.folder / "tile/0/000"
    written = (full.stat().st_ino, full.stat().st_mtime_ns)
    folder.grow(edge, entries(256, 600))
    assert (full.stat().st_ino, full.stat().st_mtime_ns) == written


def test_unchanged_upper_tiles_are_not_written_again(folder):
    edge = folder.grow(Frontier(), entries(0, 300))
    upper = folder.folder / "tile/1/000.p/1"
    written = upper.stat().st_mtime_ns
    folder.grow(edge, entries(300, 310))
    assert upper.stat().st_mtime_ns == written


def test_growing_leaves_the_old_edge_as_it_was(folder):
    edge = folder.grow(Frontier(), entries(0, 10))
    before = edge.root()
    folder.grow(edge, entries(10, 20))
    assert (edge.size, edge.root()) == (10, before)


def test_subtrees_are_found_in_full_and_in_ragged_tiles(folder):
    folder.grow(Frontier(), entries(0, 700))
    hashes = [leaf_hash(entry) for entry in entries(0, 700)]

    def from_leaves(level, index):
        width = 1 << level
        part = hashes[index * width : (index + 1) * width]
        while len(part) > 1:
            part = [
                hashlib.sha256(b"\x01" + part[place] + part[place + 1]).digest()
                for place in range(0, len(part), 2)
            ]
        return part[0]

    for level in range(10):
        for index in range(700 >> level):
            assert folder.subtrees(700)(level, index) == from_leaves(level, index)
    assert root(700, folder.subtrees(700)) == folder.frontier(700).root()


def test_once_a_tile_is_full_its_ragged_forms_go_and_older_sizes_still_read(folder):
    small = folder.grow(Frontier(), entries(0, 200))
    large = folder.grow(small, entries(200, 520))
    old_root = small.root()
    folder.forget_ragged(small, large)
    assert not (folder.folder / "tile/0/000.p").exists()
    assert not (folder.folder / "tile/entries/000.p").exists()
    assert (folder.folder / "tile/0/002.p/8").exists()
    assert folder.commitments(0, 200) == entries(0, 200)
    assert folder.frontier(200).root() == old_root


def test_growing_past_65536_fills_the_second_level(folder):
    edge = folder.grow(Frontier(), entries(0, 65_536))
    assert (folder.folder / "tile/1/000").stat().st_size == 256 * 32
    assert (folder.folder / "tile/2/000.p/1").stat().st_size == 32
    assert folder.frontier(65_536).root() == edge.root()
    folder.forget_ragged(Frontier(), edge)
    assert folder.frontier(65_536).root() == edge.root()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes() + b"x"),
        lambda path: path.write_bytes(b"\x00\x1f" + path.read_bytes()[2:]),
    ],
)
def test_damaged_entries_are_not_read(folder, spoil):
    folder.grow(Frontier(), entries(0, 10))
    spoil(folder.folder / "tile/entries/000.p/10")
    with pytest.raises(LogDamaged):
        folder.commitments(0, 10)


def test_a_gap_ends_what_counts_as_there(folder):
    folder.grow(Frontier(), entries(0, 600))
    (folder.folder / "tile/entries/001").unlink()
    assert folder.entries_size(0) == 256
    with pytest.raises(LogDamaged):
        folder.commitments(0, 600)


def test_fewer_entries_than_were_promised_are_damage(folder):
    folder.grow(Frontier(), entries(0, 600))
    (folder.folder / "tile/entries/002.p/88").unlink()
    with pytest.raises(LogDamaged):
        folder.entries_size(600)


def test_half_written_files_do_not_count(folder):
    folder.grow(Frontier(), entries(0, 10))
    (folder.folder / "tile/entries/000.p/.11.draft").write_bytes(b"half")
    assert folder.entries_size(10) == 10


def test_a_tile_is_compared_byte_for_byte(folder):
    edge = folder.grow(Frontier(), entries(0, 3))
    (tile,) = edge.ragged()
    assert folder.is_tile(tile)
    assert not folder.is_tile(Tile(0, 0, tile.hashes[::-1]))
    assert not folder.is_tile(Tile(0, 1, tile.hashes))


def test_before_the_first_head_there_is_none(folder):
    assert folder.checkpoint() is None
    folder.publish("head\n")
    folder.publish("next head\n")
    assert folder.checkpoint() == "next head\n"
    assert [path.name for path in folder.folder.iterdir()] == ["checkpoint"]


def test_each_file_is_on_the_disk_before_it_has_its_name(folder, monkeypatch):
    """And the names are durable before anything that builds on them is written."""
    calls = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)

        def noted(*arguments, _name=name, _real=real):
            calls.append(_name)
            return _real(*arguments)

        monkeypatch.setattr(os, name, noted)
    folder.publish("head\n")
    assert calls == ["fsync", "replace", "fsync"]
    calls.clear()
    folder.grow(Frontier(), entries(0, 300))
    text = "".join(call[0] for call in calls)
    # Two entry tiles, their folders; then three hash tiles, their folders.
    assert text.startswith("ffrrff")
    assert text.count("r") == 5
    assert text.endswith("f")
    assert "rfffrrr" in text or "fffrrrf" in text
