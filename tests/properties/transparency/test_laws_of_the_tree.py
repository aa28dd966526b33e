"""Laws of the public tree, for trees of every size and shape."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.transparency.frontier import Frontier
from openhealthcode.transparency.merkle import (
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    perfect_root,
    root,
)
from openhealthcode.transparency.tiles import LogFolder

LEAVES = [leaf_hash(number.to_bytes(4)) for number in range(1200)]
sizes = st.integers(1, 1200) | st.sampled_from([1, 2, 255, 256, 257, 511, 512, 513, 1024, 1025])


def subtree(level: int, index: int) -> bytes:
    return perfect_root(LEAVES[index << level : (index + 1) << level])


def reference_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = reference_root(leaves[:split]), reference_root(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@given(sizes)
def test_the_root_is_the_rfc_s(size):
    assert root(size, subtree) == reference_root(LEAVES[:size])


@given(st.lists(st.integers(0, 400), max_size=5))
def test_growing_in_any_steps_gives_the_same_root(steps):
    edge = Frontier()
    for step in steps:
        edge, _ = edge.grown(LEAVES[edge.size : edge.size + step])
    assert edge.size == min(sum(steps), 1200)
    assert edge.root() == root(edge.size, subtree)


@given(sizes, st.data())
def test_every_leaf_is_provably_in_its_tree(size, data):
    leaf_index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(leaf_index, size, subtree)
    assert is_included(LEAVES[leaf_index], leaf_index, size, proof, root(size, subtree))


@given(sizes, st.data())
def test_no_other_leaf_is_provable_in_its_place(size, data):
    leaf_index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, 1199).filter(lambda number: number != leaf_index))
    proof = inclusion_proof(leaf_index, size, subtree)
    assert not is_included(LEAVES[other], leaf_index, size, proof, root(size, subtree))


@given(sizes, sizes)
def test_a_grown_tree_is_consistent_with_what_it_was(one, other):
    old, new = sorted((one, other))
    proof = consistency_proof(old, new, subtree)
    assert is_consistent(old, root(old, subtree), new, root(new, subtree), proof)


@given(sizes, sizes, st.data())
def test_a_rewritten_tree_is_never_consistent(one, other, data):
    old, new = sorted((one, other))
    changed = data.draw(st.integers(0, old - 1))
    rewritten = [*LEAVES[:changed], leaf_hash(b"rewritten"), *LEAVES[changed + 1 : new]]

    def other_subtree(level: int, index: int) -> bytes:
        return perfect_root(rewritten[index << level : (index + 1) << level])

    proof = consistency_proof(old, new, other_subtree)
    assert not is_consistent(old, root(old, subtree), new, root(new, other_subtree), proof)


@given(sizes, sizes, st.data())
def test_a_proof_with_one_bit_changed_proves_nothing(one, other, data):
    old, new = sorted((one, other))
    proof = consistency_proof(old, new, subtree)
    if not proof:
        return
    place = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    proof[place] = (int.from_bytes(proof[place]) ^ 1 << bit).to_bytes(32)
    assert not is_consistent(old, root(old, subtree), new, root(new, subtree), proof)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=4))
def test_files_give_the_roots_and_proofs_that_memory_gives(steps):
    commitments = [number.to_bytes(32) for number in range(1200)]
    hashes = [leaf_hash(commitment) for commitment in commitments]
    with tempfile.TemporaryDirectory() as place:
        folder, edge = LogFolder(Path(place)), Frontier()
        for step in steps:
            before = edge
            edge = folder.grow(edge, commitments[edge.size : edge.size + step])
            folder.forget_ragged(before, edge)
        assert edge.root() == reference_root(hashes[: edge.size])
        proof = inclusion_proof(edge.size // 2, edge.size, folder.subtrees(edge.size))
        assert is_included(hashes[edge.size // 2], edge.size // 2, edge.size, proof, edge.root())
