"""The tree over all events: anybody can check that an event is in it and that nothing left it.

A perfect subtree is named by its level and its index from the left: level 0 is the leaves, and
subtree ``(level, index)`` covers the leaves from ``index << level`` on. Proofs are lists of such
subtrees' hashes and of the hash of the ragged right edge.

Source: RFC 6962 section 2.1 (tree, proofs), RFC 9162 sections 2.1.3.2 and 2.1.4.2 (verifying).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Final


def sha256(data: bytes) -> bytes:
    """SHA-256 in one call."""
    return hashlib.sha256(data).digest()


EMPTY_ROOT: Final = sha256(b"")

Subtree = Callable[[int, int], bytes]
"""The hash of a perfect subtree, by level and index."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one log entry; the prefix keeps it from ever passing for a node."""
    return sha256(b"\x00" + entry)


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbouring subtrees."""
    return sha256(b"\x01" + left + right)


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The hash over a power of two of neighbouring subtrees' hashes."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[left], row[left + 1]) for left in range(0, len(row), 2)]
    return row[0]


def root(size: int, subtree: Subtree) -> bytes:
    """The hash of the whole tree of this size."""
    return _span(0, size, subtree) if size else EMPTY_ROOT


def inclusion_proof(leaf_index: int, size: int, subtree: Subtree) -> list[bytes]:
    """What leads from a leaf to the root of the tree of this size, bottom first.

    Raises:
        ValueError: the tree has no such leaf.
    """
    if not 0 <= leaf_index < size:
        raise ValueError("the tree has no such leaf")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _left_width(end - start)
        if leaf_index < middle:
            path.append(_span(middle, end, subtree))
            end = middle
        else:
            path.append(_span(start, middle, subtree))
            start = middle
    return path[::-1]


def consistency_proof(old_size: int, new_size: int, subtree: Subtree) -> list[bytes]:
    """What shows that the tree of the new size begins with the tree of the old size.

    Raises:
        ValueError: the old tree is empty or larger than the new one.
    """
    if not 0 < old_size <= new_size:
        raise ValueError("the old tree is empty or larger than the new one")
    start, end, path = 0, new_size, []
    while old_size != end:
        middle = start + _left_width(end - start)
        if old_size <= middle:
            path.append(_span(middle, end, subtree))
            end = middle
        else:
            path.append(_span(start, middle, subtree))
            start = middle
    if start > 0:  # else the verifier has the old root already
        path.append(_span(start, end, subtree))
    return path[::-1]


def is_included(
    leaf: bytes, leaf_index: int, size: int, proof: Sequence[bytes], expected_root: bytes
) -> bool:
    """Whether a leaf's hash is at this place of the tree with this root."""
    if not 0 <= leaf_index < size:
        return False
    place, last, computed = leaf_index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            computed = node_hash(sibling, computed)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and computed == expected_root


def is_consistent(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree with the new root begins with the tree with the old one."""
    if old_size == new_size:
        return not proof and old_root == new_root
    if not 0 < old_size < new_size or not proof:
        return old_size == 0 < new_size and not proof and old_root == EMPTY_ROOT
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_computed = new_computed = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old_computed = node_hash(sibling, old_computed)
            new_computed = node_hash(sibling, new_computed)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new_computed = node_hash(new_computed, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old_computed == old_root and new_computed == new_root


def _span(start: int, end: int, subtree: Subtree) -> bytes:
    """The hash over the leaves from ``start`` to before ``end``, as RFC 6962 splits them."""
    width = end - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return subtree(level, start >> level)
    middle = start + _left_width(width)
    return node_hash(_span(start, middle, subtree), _span(middle, end, subtree))


def _left_width(width: int) -> int:
    """The largest power of two below ``width``."""
    return 1 << (width - 1).bit_length() - 1
