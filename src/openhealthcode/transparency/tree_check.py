"""Check the log's files against its signed head, without asking the database anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from openhealthcode.transparency.checkpoint import Checkpoint, open_checkpoint
from openhealthcode.transparency.finding import Finding, FindingKind
from openhealthcode.transparency.frontier import Frontier
from openhealthcode.transparency.merkle import leaf_hash
from openhealthcode.transparency.model import LogDamaged, UntrustedNote
from openhealthcode.transparency.note import NoteVerifier
from openhealthcode.transparency.tiles import LogFolder

_STRIDE: Final = 65_536


@dataclass(slots=True)
class CheckedTree:
    """The commitments as they lie in the files, and what was wrong with them."""

    commitments: list[bytes] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def note(self, kind: FindingKind, sentence: str) -> None:
        self.findings.append(Finding(kind, sentence))


def check_tree(
    folder: LogFolder, note: str | None, verifier: NoteVerifier, kept: Sequence[str] = ()
) -> CheckedTree:
    """Recompute everything from the entries: each hash tile, the root, and the roots at kept heads.

    Args:
        folder: the log's files.
        note: the published head, None if there is none.
        verifier: the log's public key.
        kept: heads that residents, witnesses or earlier checks kept.
    """
    tree = CheckedTree()
    published = _published(tree, note, verifier)
    heads = [*_kept(tree, kept, verifier), published] if published else []
    try:
        # Without a head to believe, the entries are still worth comparing with the database.
        size = published.size if published else folder.entries_size(0)
        tree.commitments = folder.commitments(0, size)
    except LogDamaged as damage:
        tree.note(FindingKind.TREE_ALTERED, f"The log's entries cannot be read: {damage}")
        return tree
    if note is None and (size or kept):
        tree.note(FindingKind.CHECKPOINT, "The signed head is missing.")
    for head in heads:
        if head.size > size:
            sentence = f"A kept head promises {head.size} entries, the log now has {size}."
            tree.note(FindingKind.REWRITTEN, sentence)
    sizes = sorted({head.size for head in heads if head.size <= size})
    for frontier in _growing(folder, tree, sizes):
        root = frontier.root()
        for head in heads:
            if head.size == frontier.size and head.root != root:
                _note_wrong_root(tree, head, is_published=head is published)
    return tree


def _published(tree: CheckedTree, note: str | None, verifier: NoteVerifier) -> Checkpoint | None:
    try:
        return open_checkpoint(note, verifier) if note is not None else None
    except UntrustedNote:
        tree.note(FindingKind.CHECKPOINT, "The signed head is not signed by this log.")
        return None


def _kept(tree: CheckedTree, kept: Sequence[str], verifier: NoteVerifier) -> Iterator[Checkpoint]:
    for text in kept:
        try:
            yield open_checkpoint(text, verifier)
        except UntrustedNote:
            tree.note(FindingKind.CHECKPOINT, "A head that was kept is not signed by this log.")


def _growing(folder: LogFolder, tree: CheckedTree, sizes: list[int]) -> Iterator[Frontier]:
    """Grow the tree from its entries, comparing hash tiles on the way; stop at each size."""
    frontier = Frontier()
    for size in sizes:
        while frontier.size < size:
            part = tree.commitments[frontier.size : min(frontier.size + _STRIDE, size)]
            frontier, filled = frontier.grown(map(leaf_hash, part))
            for tile in filled:
                if not folder.is_tile(tile):
                    _note_tile(tree, tile.level, tile.number)
        yield frontier
    for tile in frontier.ragged():
        if not folder.is_tile(tile):
            _note_tile(tree, tile.level, tile.number)


def _note_tile(tree: CheckedTree, level: int, number: int) -> None:
    sentence = f"Hash tile {number} of level {level} does not follow from the entries."
    tree.note(FindingKind.TREE_ALTERED, sentence)


def _note_wrong_root(tree: CheckedTree, head: Checkpoint, *, is_published: bool) -> None:
    if is_published:
        sentence = f"The entries do not add up to the root signed for {head.size} of them."
        tree.note(FindingKind.TREE_ALTERED, sentence)
    else:
        sentence = f"The first {head.size} entries are not those a kept head was signed for."
        tree.note(FindingKind.REWRITTEN, sentence)
