"""The tree against the reference vectors of Certificate Transparency.

Source: RFC 6962's reference tree of eight leaves as published in google/certificate-transparency
(merkle_tree_test) and transparency-dev/merkle.
"""

from __future__ import annotations

import itertools

import pytest

from openhealthcode.transparency.frontier import Frontier
from openhealthcode.transparency.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    perfect_root,
    root,
)

LEAVES = [
    leaf_hash(bytes.fromhex(text))
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        5,
        7,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
CONSISTENCY = [
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
    (
        3,
        7,
        [
            "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
            "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e",
        ],
    ),
    (4, 8, ["6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
]


def subtree(level: int, index: int) -> bytes:
    return perfect_root(LEAVES[index << level : (index + 1) << level])


def hashes(texts):
    return [bytes.fromhex(text) for text in texts]


@pytest.mark.parametrize("size", range(9))
def test_roots(size):
    assert root(size, subtree).hex() == ROOTS[size]
    assert Frontier().grown(LEAVES[:size])[0].root().hex() == ROOTS[size]


def test_the_empty_tree_is_the_hash_of_nothing():
    assert EMPTY_ROOT.hex() == ROOTS[0]


@pytest.mark.parametrize(("leaf_index", "size", "proof"), INCLUSION)
def test_inclusion(leaf_index, size, proof):
    expected = bytes.fromhex(ROOTS[size])
    assert inclusion_proof(leaf_index, size, subtree) == hashes(proof)
    assert is_included(LEAVES[leaf_index], leaf_index, size, hashes(proof), expected)


@pytest.mark.parametrize(("old", "new", "proof"), CONSISTENCY)
def test_consistency(old, new, proof):
    old_root, new_root = bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[new])
    assert consistency_proof(old, new, subtree) == hashes(proof)
    assert is_consistent(old, old_root, new, new_root, hashes(proof))


@pytest.mark.parametrize(("leaf_index", "size", "proof"), INCLUSION)
def test_inclusion_with_a_wrong_place_or_size_is_refused(leaf_index, size, proof):
    path, expected = hashes(proof), bytes.fromhex(ROOTS[size])
    leaf = LEAVES[leaf_index]
    sides = _sides(leaf_index, size)
    for other_index in range(-2, 12):
        for other_size in range(-1, 20):
            # Sizes and places whose siblings stand on the same sides share a proof; which of them
            # is meant, the signed head says. All others are refused.
            fits = _sides(other_index, other_size) == sides
            assert is_included(leaf, other_index, other_size, path, expected) == fits


def _sides(leaf_index: int, size: int) -> list[bool] | None:
    """On which side each sibling of a proof stands; the independent, recursive way."""
    if not 0 <= leaf_index < size:
        return None
    if size == 1:
        return []
    left = 1 << ((size - 1).bit_length() - 1)
    if leaf_index < left:
        return [*(_sides(leaf_index, left) or []), True]
    return [*(_sides(leaf_index - left, size - left) or []), False]


@pytest.mark.parametrize(("leaf_index", "size", "proof"), INCLUSION)
def test_a_damaged_inclusion_proof_is_refused(leaf_index, size, proof):
    path, expected = hashes(proof), bytes.fromhex(ROOTS[size])
    leaf = LEAVES[leaf_index]
    assert not is_included(leaf, leaf_index, size, [*path, expected], expected)
    assert not is_included(leaf, leaf_index, size, path, EMPTY_ROOT)
    assert not is_included(EMPTY_ROOT, leaf_index, size, path, expected)
    for place in range(len(path)):
        assert not is_included(leaf, leaf_index, size, path[:place] + path[place + 1 :], expected)
        changed = [*path[:place], EMPTY_ROOT, *path[place + 1 :]]
        assert not is_included(leaf, leaf_index, size, changed, expected)


@pytest.mark.parametrize(("old", "new", "proof"), CONSISTENCY)
def test_a_damaged_consistency_proof_is_refused(old, new, proof):
    path = hashes(proof)
    old_root, new_root = bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[new])
    assert not is_consistent(old, old_root, new, new_root, [*path, new_root])
    assert not is_consistent(old, EMPTY_ROOT, new, new_root, path)
    assert not is_consistent(old, old_root, new, EMPTY_ROOT, path)
    for place in range(len(path)):
        shortened = path[:place] + path[place + 1 :]
        assert not is_consistent(old, old_root, new, new_root, shortened)
        changed = [*path[:place], EMPTY_ROOT, *path[place + 1 :]]
        assert not is_consistent(old, old_root, new, new_root, changed)


@pytest.mark.parametrize(("old", "new", "proof"), CONSISTENCY[1:])
def test_consistency_with_wrong_sizes_is_refused(old, new, proof):
    old_root, new_root = bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[new])
    for other_old in range(-1, 12):
        for other_new in range(-1, 24):
            # Pairs of sizes that put the same hashes together in the same way share a proof; which
            # of them is meant, the signed heads say. All others are refused.
            fits = _recipe(other_old, other_new) == _recipe(old, new)
            accepted = is_consistent(other_old, old_root, other_new, new_root, hashes(proof))
            assert accepted == fits, (other_old, other_new)


def _recipe(old: int, new: int) -> tuple[object, object] | None:
    """How both roots are put together from the proof; RFC 6962 section 2.1.2 read symbolically."""
    siblings = itertools.count()

    def put_together(old: int, new: int, *, knows_old: bool) -> tuple[object, object]:
        if old == new:
            known = "old root" if knows_old else next(siblings)
            return known, known
        left = 1 << ((new - 1).bit_length() - 1)
        if old <= left:
            below, above = put_together(old, left, knows_old=knows_old)
            return below, (above, next(siblings))
        below, above = put_together(old - left, new - left, knows_old=False)
        sibling = next(siblings)
        return (sibling, below), (sibling, above)

    return put_together(old, new, knows_old=True) if 0 < old < new else None


def test_everything_follows_the_empty_tree_and_equal_trees_follow_each_other():
    one = bytes.fromhex(ROOTS[1])
    assert is_consistent(0, EMPTY_ROOT, 1, one, [])
    assert not is_consistent(0, one, 1, one, [])
    assert not is_consistent(0, EMPTY_ROOT, 1, one, [one])
    assert is_consistent(1, one, 1, one, [])
    assert not is_consistent(1, one, 1, EMPTY_ROOT, [])
    assert not is_consistent(1, one, 1, one, [one])


@pytest.mark.parametrize(("leaf_index", "size"), [(-1, 8), (8, 8), (0, 0)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(leaf_index, size):
    with pytest.raises(ValueError, match="leaf"):
        inclusion_proof(leaf_index, size, subtree)


@pytest.mark.parametrize(("old", "new"), [(0, 8), (8, 7)])
def test_there_is_no_consistency_proof_backwards_or_from_nothing(old, new):
    with pytest.raises(ValueError, match="old tree"):
        consistency_proof(old, new, subtree)
